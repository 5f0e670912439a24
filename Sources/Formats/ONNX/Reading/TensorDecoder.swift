import Foundation
import Graph

/// Makes tensors of a file's tensor messages.
struct TensorDecoder {
  let file: String
  let external: ExternalFiles
  private let dense = DenseAllowance()

  /// What the sparse tensors of a file may become together: a few bytes could ask for any size.
  private final class DenseAllowance { var elements = 1 << 26 }

  /// The tensor; `nil` for one of strings, which the network does not carry.
  func tensor(_ proto: Onnx_TensorProto, called name: String) throws -> Tensor? {
    guard let elementType = ElementType(onnx: proto.dataType) else {
      throw FormatError.unsupportedElementType(file: file, tensor: name, type: Self.typeName(proto.dataType))
    }
    guard elementType != .string else { return nil }
    guard !proto.hasSegment else { throw malformed(name, "it is cut into segments") }
    let shape = try shape(proto.dims, name)
    let bytes =
      proto.dataLocation == .external ? try external.bytes(of: proto) : inlineBytes(proto, elementType)
    do {
      return try Tensor(elementType, shape: shape, bytes: bytes)
    } catch {
      throw malformed(
        name, "\(bytes.count) bytes do not make a \(elementType.rawValue) tensor of \(shape.shapeText)")
    }
  }

  /// The dense form of a sparse tensor.
  func tensor(_ sparse: Onnx_SparseTensorProto, called name: String) throws -> Tensor {
    let shape = try shape(sparse.dims, name)
    guard let count = shape.checkedElementCount, count <= dense.elements else {
      throw FormatError.tooLargeToRead(file: file, what: "a dense form of the sparse tensor \(name)")
    }
    dense.elements -= count
    guard let values = try tensor(sparse.values, called: name),
      let indices = try tensor(sparse.indices, called: name), let width = values.elementType.byteCount
    else { throw malformed(name, "it is a sparse tensor of strings") }
    guard values.shape.count == 1, indices.elementType == .int64 else {
      throw malformed(name, "its values are not a vector with int64 indices")
    }
    let linear = try linearIndices(indices, count: values.elementCount, shape: shape, name)
    var dense = Data(count: count * width)
    for (position, index) in linear.enumerated() {
      guard 0..<count ~= index else { throw malformed(name, "an index lies outside \(shape.shapeText)") }
      let source = values.bytes.startIndex + position * width
      dense.replaceSubrange(index * width..<(index + 1) * width, with: values.bytes[source..<source + width])
    }
    do {
      return try Tensor(values.elementType, shape: shape, bytes: dense)
    } catch {
      throw malformed(name, "its sizes do not fit together")
    }
  }

  /// Indices may be given as `[NNZ]`, into the flattened tensor, or as `[NNZ, rank]`.
  private func linearIndices(
    _ indices: Tensor, count: Int, shape: [Int], _ name: String
  ) throws -> [Int] {
    if indices.shape == [count] { return indices.integers }
    guard indices.shape == [count, shape.count] else {
      throw malformed(name, "its indices of \(indices.shape.shapeText) do not fit \(count) values")
    }
    let coordinates = indices.integers
    let strides = shape.denseStrides
    var linear = [Int](repeating: 0, count: count)
    for index in 0..<count {
      for axis in shape.indices {
        let coordinate = coordinates[index * shape.count + axis]
        guard 0..<shape[axis] ~= coordinate else {
          throw malformed(name, "an index lies outside \(shape.shapeText)")
        }
        linear[index] += coordinate * strides[axis]
      }
    }
    return linear
  }

  private func shape(_ dims: [Int64], _ name: String) throws -> [Int] {
    let shape = dims.map { Int($0) }
    guard shape.checkedElementCount != nil else {
      throw malformed(name, "its shape is \(shape.shapeText)")
    }
    return shape
  }

  /// Elements are in `raw_data`, or else in the field that the type has.
  private func inlineBytes(_ proto: Onnx_TensorProto, _ type: ElementType) -> Data {
    if proto.hasRawData { return proto.rawData }
    func pack<T>(_ elements: [T]) -> Data { elements.withUnsafeBytes { Data($0) } }
    return switch type {
    case .float32: proto.floatData
    case .float64: proto.doubleData
    case .int64: pack(proto.int64Data)
    case .uint64: pack(proto.uint64Data)
    case .uint32: pack(proto.uint64Data.map(UInt32.init(truncatingIfNeeded:)))
    case .int32: pack(proto.int32Data)
    case .int16, .uint16, .float16, .bfloat16: pack(proto.int32Data.map(UInt16.init(truncatingIfNeeded:)))
    case .int8, .uint8: pack(proto.int32Data.map(UInt8.init(truncatingIfNeeded:)))
    case .bool: pack(proto.int32Data.map { UInt8($0 == 0 ? 0 : 1) })
    case .string: Data()
    }
  }

  private func malformed(_ name: String, _ problem: String) -> FormatError {
    .malformedTensor(file: file, tensor: name, problem: problem)
  }

  private static func typeName(_ code: Int32) -> String {
    guard let type = Onnx_TensorProto.DataType(rawValue: Int(code)) else { return "number \(code)" }
    return "\(type)"
  }
}

extension ElementType {
  /// The element type of an ONNX type number; `nil` for those that are not read.
  init?(onnx code: Int32) {
    guard let type = Onnx_TensorProto.DataType(rawValue: Int(code)),
      let known = Self.allCases.first(where: { $0.onnx == type })
    else { return nil }
    self = known
  }

  /// ONNX's word for the type.
  var onnx: Onnx_TensorProto.DataType {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float
    case .float64: .double
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    case .bool: .bool
    case .string: .string
    }
  }
}
