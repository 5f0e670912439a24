package import Datasets
import Foundation
package import Graph

/// What `torch.save` writes since PyTorch 1.6: a ZIP archive with a pickle that says how tensors lie in storages, and the
/// storages. The pickle is read, never run: see `Unpickler`.
package struct TorchFile: TensorFile {
  /// What the format is called.
  package static let formatName = "PyTorch"

  /// Where it stands.
  package let path: String
  /// The tensors' names, in the order of the file.
  package let names: [String]
  private let tensors: [String: PickledTensor]
  private let archive: ZIPArchive
  private let entries: [String: ZIPArchive.Entry]
  /// The folder in the archive.
  private let root: String
  private let isBigEndian: Bool

  /// Reads the pickle of an archive.
  package init(_ archive: ZIPArchive) throws {
    self.archive = archive
    path = archive.source.path
    guard
      let pickle = archive.entries.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") })
    else {
      throw TensorFileError.unknownFormat(file: path)
    }
    root = String(pickle.name.dropLast("data.pkl".count))
    entries = Dictionary(archive.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    isBigEndian =
      try entries["\(root)byteorder"].map { entry in
        let source = try archive.content(of: entry)
        return try source.bytes(at: 0, count: min(3, source.count)) == Array("big".utf8)
      } ?? false
    let source = try archive.content(of: pickle)
    var unpickler = Unpickler(try source.bytes(at: 0, count: source.count), file: path)
    let found = try unpickler.namedTensors()
    names = found.map(\.name)
    tensors = Dictionary(found.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// The shape of a tensor; `nil` where there is none of that name.
  package func shape(of name: String) -> [Int]? { tensors[name]?.shape }

  /// Reads a tensor.
  package func tensor(_ name: String) throws -> Tensor {
    guard let pickled = tensors[name] else { throw TensorFileError.noSuchTensor(file: path, name: name) }
    func malformed(_ problem: String) -> TensorFileError {
      .malformed(file: path, format: Self.formatName, problem: "the tensor \(name) \(problem)")
    }
    guard let type = pickled.elementType, let width = type.byteCount else {
      throw TensorFileError.unsupportedType(file: path, name: name, type: pickled.storage.typeName)
    }
    guard let count = pickled.shape.checkedElementCount, let bytes = count.checkedProduct(width) else {
      throw malformed("has an impossible shape")
    }
    // Strides of zero make much of little.
    if MemoryBudget.exceeded(by: bytes) != nil {
      throw TensorFileError.tooLarge(file: path, name: name, bytes: bytes)
    }
    if count == 0 { return try Tensor(type, shape: pickled.shape, bytes: Data()) }
    guard let entry = entries["\(root)data/\(pickled.storage.key)"] else {
      throw malformed("lies in a storage that is missing")
    }
    let layout = pickled.layout
    guard let last = layout.lastElement, let end = last.checkedSum(1).flatMap({ $0.checkedProduct(width) }),
      end <= entry.size
    else { throw malformed("reaches beyond its storage") }
    let storage = try archive.content(of: entry)
    var content =
      layout.isDense
      ? try storage.bytes(at: layout.offset * width, count: bytes)
      : [UInt8](layout.gathered(from: Data(try storage.bytes(at: 0, count: end)), width: width))
    if isBigEndian, width > 1 {
      for start in stride(from: 0, to: content.count, by: width) { content[start..<start + width].reverse() }
    }
    return try Tensor(type, shape: pickled.shape, bytes: Data(content))
  }
}

/// A storage as a pickle names it.
package struct PickledStorage: Sendable, Hashable {
  /// The class: `FloatStorage`; `UntypedStorage` where the tensor says the type.
  package let typeName: String
  /// The entry of the archive, in the folder `data`.
  package let key: String

  /// A storage.
  package init(typeName: String, key: String) { (self.typeName, self.key) = (typeName, key) }
}

/// Where a tensor lies in a storage; extents and strides are not negative.
package struct PickledTensor: Sendable, Hashable {
  /// The storage.
  package let storage: PickledStorage
  /// The name of the type where the storage has none: `float32`.
  package var typeName: String?
  /// How it lies there.
  package let layout: StridedLayout
  /// Its extents.
  package var shape: [Int] { layout.shape }

  /// A tensor in a storage.
  package init(storage: PickledStorage, typeName: String? = nil, offset: Int, shape: [Int], strides: [Int]) {
    (self.storage, self.typeName) = (storage, typeName)
    layout = StridedLayout(offset: offset, shape: shape, strides: strides)
  }

  /// The type of the elements; `nil` where it is not read.
  package var elementType: ElementType? {
    Self.types[typeName ?? storage.typeName]
  }

  /// The class of storages of elements of a type.
  package static func storageName(of type: ElementType) -> String {
    types.first { $0.value == type && $0.key.hasSuffix("Storage") }?.key ?? "ByteStorage"
  }

  /// By classes of storages and names of types.
  static let types: [String: ElementType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
    "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
    "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8, "uint16": .uint16, "uint32": .uint32,
    "uint64": .uint64, "bool": .bool,
  ]
}
