import Foundation

/// Which files a path is completed to. Folders always are.
package enum CompletedFiles: Sendable, Hashable {
  /// Files that ``Dataset`` opens by their own path.
  case data
  /// Files that are models, by the ends of their names.
  case models
  /// All files.
  case all

  /// Whether a file of this name is one of them.
  package func contain(_ name: String) -> Bool {
    let name = name.lowercased()
    switch self {
    case .all: return true
    case .models: return [".onnx", ".pt2", "-symbol.json", ".params"].contains { name.hasSuffix($0) }
    case .data:
      return [".npy", ".npz", "ubyte", ".idx", "ubyte.gz", ".idx.gz"].contains { name.hasSuffix($0) }
        || (name.contains("idx") && !name.contains("."))
    }
  }
}

/// Completion of a path while it is typed.
package enum PathCompletion: Sendable {
  /// What a typed path may become, in the order of names: folders (ending in `/`) and files.
  ///
  /// A leading `~` stays as typed. Hidden names come only when their dot is typed. What cannot be read gives nothing.
  /// - Parameters:
  ///   - typed: the text so far; relative paths are meant from the current folder.
  ///   - files: which files.
  ///   - limit: how many to give at most.
  package static func candidates(
    for typed: String, of files: CompletedFiles = .data, limit: Int = 200
  ) -> [String] {
    if typed == "~" { return ["~/"] }
    let typedFolder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let prefix = typed.dropFirst(typedFolder.count)
    let folder = typedFolder.isEmpty ? "." : (typedFolder as NSString).expandingTildeInPath
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let matching = names.filter { $0.hasPrefix(prefix) && (prefix.hasPrefix(".") || !$0.hasPrefix(".")) }
    var result: [String] = []
    for name in matching.sorted() where result.count < max(0, limit) {
      var isFolder: ObjCBool = false
      let path = (folder as NSString).appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        result.append(typedFolder + name + "/")
      } else if files.contain(name) {
        result.append(typedFolder + name)
      }
    }
    return result
  }

  /// The longest text that all candidates begin with: what Tab inserts.
  package static func commonPrefix(of candidates: [String]) -> String {
    guard var common = candidates.first else { return "" }
    for candidate in candidates.dropFirst() {
      common = String(zip(common, candidate).prefix { $0 == $1 }.map(\.0))
    }
    return common
  }
}
