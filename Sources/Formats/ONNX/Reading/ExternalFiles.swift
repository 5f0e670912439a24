import Foundation

/// The files beside a model that hold tensors of it, mapped when first asked for.
///
/// https://onnx.ai/onnx/repo-docs/ExternalData.html
final class ExternalFiles {
  private let file: String
  private let folder: String?
  /// The files mapped so far, by the location that tensors give.
  private(set) var mapped: [String: Data]

  /// - Parameters:
  ///   - file: the model, for errors.
  ///   - folder: where the model is; `nil` for a model that did not come from a file.
  ///   - mapped: files that are mapped already.
  init(of file: String, in folder: String?, mapped: [String: Data] = [:]) {
    self.file = file
    self.folder = folder
    self.mapped = mapped
  }

  /// The bytes of all files mapped so far.
  var byteCount: Int { mapped.values.reduce(0) { $0 + $1.count } }

  /// The bytes of a tensor that is kept outside the model: a view of the mapped file.
  func bytes(of tensor: Onnx_TensorProto) throws -> Data {
    let entries = Dictionary(tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    guard let location = entries["location"], !location.isEmpty else {
      throw malformed(tensor, "it is kept in another file, but not said in which")
    }
    let data = try map(location, for: tensor)
    let offset = try number(entries["offset"], "offset", tensor) ?? 0
    guard offset <= data.count else {
      throw malformed(tensor, "it begins at byte \(offset) of \(location), which has \(data.count)")
    }
    let length = try number(entries["length"], "length", tensor) ?? data.count - offset
    guard length <= data.count - offset else {
      throw malformed(
        tensor, "it needs \(length) bytes from byte \(offset) of \(location), which has \(data.count)")
    }
    let start = data.startIndex + offset
    return data[start..<start + length]
  }

  private func map(_ location: String, for tensor: Onnx_TensorProto) throws -> Data {
    if let data = mapped[location] { return data }
    guard let folder else {
      throw FormatError.missingExternalFile(
        file: file, tensor: tensor.name, location: location, reason: "the model's folder is not known")
    }
    let path = try path(of: location, in: folder, for: tensor)
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
      mapped[location] = data
      return data
    } catch {
      throw FormatError.missingExternalFile(
        file: file, tensor: tensor.name, location: location, reason: FileBytes.reason(error))
    }
  }

  /// A model from elsewhere must not make us read what is not its own: neither by `..`, nor by an
  /// absolute path, nor through a symbolic link. (A download cache links a model and its data to files in
  /// another folder; that folder, where the model really is, counts as the model's own.)
  private func path(
    of location: String, in folder: String, for tensor: Onnx_TensorProto
  ) throws -> String {
    let steps = location.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    let homes = [
      URL(fileURLWithPath: folder).resolvingSymlinksInPath(),
      URL(fileURLWithPath: file).resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    let url = URL(fileURLWithPath: folder).appendingPathComponent(location).resolvingSymlinksInPath()
    guard !location.hasPrefix("/"), !steps.contains(".."), !location.utf8.contains(0),
      homes.contains(where: { url.pathComponents.dropLast().starts(with: $0.pathComponents) })
    else { throw FormatError.externalFileOutside(file: file, tensor: tensor.name, location: location) }
    // Mapping a pipe or a device would wait, or never end.
    let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
    guard let type else {
      throw FormatError.missingExternalFile(
        file: file, tensor: tensor.name, location: location, reason: "there is no such file")
    }
    guard type == .typeRegular else {
      throw FormatError.missingExternalFile(
        file: file, tensor: tensor.name, location: location, reason: "it is not a regular file")
    }
    return url.path
  }

  private func number(_ text: String?, _ key: String, _ tensor: Onnx_TensorProto) throws -> Int? {
    guard let text else { return nil }
    guard let number = Int(text), number >= 0 else { throw malformed(tensor, "its \(key) is “\(text)”") }
    return number
  }

  private func malformed(_ tensor: Onnx_TensorProto, _ problem: String) -> FormatError {
    .malformedTensor(file: file, tensor: tensor.name, problem: problem)
  }
}
