import Foundation

/// A folder of PNG and JPEG images: one sub-folder per class, or all in one without classes.
struct ImageFolder: Sendable {
  let path: String
  /// The classes in the order of their names; empty for a flat folder.
  let classes: [String]
  /// The files, taking turns among the classes, so that the first N are of every class.
  let files: [String]
  /// The class of every file; nil for a flat folder.
  let labels: [Int32]?

  init?(path: String) {
    let folders = Self.entries(path).filter { Self.isFolder("\(path)/\($0)") }
    let byClass = folders.map { (name: $0, files: Self.images("\(path)/\($0)")) }.filter { !$0.files.isEmpty }
    if byClass.isEmpty {
      let files = Self.images(path)
      guard !files.isEmpty else { return nil }
      self.path = path
      self.classes = []
      self.files = files
      self.labels = nil
      return
    }
    var files: [String] = []
    var labels: [Int32] = []
    for turn in 0..<(byClass.map(\.files.count).max() ?? 0) {
      for (label, entry) in byClass.enumerated() where turn < entry.files.count {
        files.append(entry.files[turn])
        labels.append(Int32(label))
      }
    }
    self.path = path
    self.classes = byClass.map(\.name)
    self.files = files
    self.labels = labels
  }

  /// The parts of a folder whose sub-folders are called train, val, test or alike.
  static func parts(of path: String) -> [Split: String] {
    var parts: [Split: String] = [:]
    for name in entries(path) {
      let folder = "\(path)/\(name)"
      guard let part = Split(word: name), isFolder(folder) else { continue }
      parts[part] = folder
    }
    // A single one may be a class that is called so.
    return parts[.train] == nil ? [:] : parts
  }

  /// Sizes of up to 64 images spread over the folder; broken ones are passed over.
  func sampledHeaders() -> [(file: String, header: ImageCodec.Header)] {
    let step = max(1, files.count / 64)
    return stride(from: 0, to: files.count, by: step).compactMap { index in
      guard let header = try? ImageCodec.header(path: files[index]) else { return nil }
      return (files[index], header)
    }
  }

  private static func images(_ folder: String) -> [String] {
    entries(folder).filter { ImageCodec.extensions.contains(($0 as NSString).pathExtension.lowercased()) }
      .map { "\(folder)/\($0)" }
  }

  /// Names in the order of their code points, whatever the locale; hidden ones are passed over.
  private static func entries(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { !$0.hasPrefix(".") }.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
