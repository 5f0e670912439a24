public import Foundation

/// Small files on which a pruner goes wrong easily: models of unusual make, and files that mean harm.
public enum CaseFile {
  /// A model, or data that belong to one, by its file's name: `if_scripted.onnx`.
  public static func model(_ name: String) -> URL { folder.appending(path: "models/\(name)") }

  /// Every model that was made to end or to exhaust the program that opens it, in the order of the names.
  public static var hostile: [URL] {
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder.appending(path: "hostile"), includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  private static var folder: URL { Bundle.module.bundleURL.appending(path: "Cases") }
}
