import Foundation
import TestSupport
import Testing

/// The reference sample with its data in a folder of its own, for tests that write beside it.
final class Sample {
  let folder: TemporaryFolder

  /// - Parameter isConfigured: whether the YAML file that names the data stands beside the model.
  init(isConfigured: Bool = true) throws {
    folder = try TemporaryFolder()
    let files = ["reference.onnx"] + (isConfigured ? ["reference.yaml"] : [])
    for file in files {
      try FileManager.default.copyItem(
        at: Program.samples.appending(path: file), to: folder.url.appending(path: file))
    }
    try FileManager.default.createSymbolicLink(
      at: folder.url.appending(path: "fashion-mnist"),
      withDestinationURL: Program.samples.appending(path: "fashion-mnist"))
  }

  /// The model's path.
  var model: String { path("reference.onnx") }

  func path(_ name: String) -> String { folder.path(name) }

  /// Writes a file of the folder; gives its path.
  func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws -> String {
    try data.write(to: folder.url.appending(path: name))
    return path(name)
  }

  func bytes(_ name: String) -> Data? { FileManager.default.contents(atPath: path(name)) }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// The names in the folder, sorted: what a failed command must not add to.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
  }
}

/// JSON as tests look into it.
struct JSONValue {
  let value: Any?

  init(_ text: String) throws { value = try JSONSerialization.jsonObject(with: Data(text.utf8)) }

  private init(value: Any?) { self.value = value }

  subscript(key: String) -> JSONValue { JSONValue(value: (value as? [String: Any])?[key]) }
  subscript(index: Int) -> JSONValue { JSONValue(value: list.indices.contains(index) ? list[index] : nil) }

  private var list: [Any] { value as? [Any] ?? [] }
  var elements: [JSONValue] { list.map { JSONValue(value: $0) } }
  var keys: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
  var int: Int? { (value as? NSNumber)?.intValue }
  var double: Double? { (value as? NSNumber)?.doubleValue }
  var string: String? { value as? String }
  var bool: Bool? { value as? Bool }
  var ints: [Int] { elements.compactMap(\.int) }
  var doubles: [Double] { elements.compactMap(\.double) }
}
