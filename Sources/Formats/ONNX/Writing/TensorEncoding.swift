import Foundation
import Graph

extension Onnx_TensorProto {
  /// A new tensor message with raw data.
  init(_ tensor: Tensor, name: String = "") {
    self.init()
    dims = tensor.shape.map(Int64.init)
    dataType = Int32(tensor.elementType.onnx.rawValue)
    if !name.isEmpty { self.name = name }
    rawData = tensor.bytes
  }

  /// Makes the message hold `tensor`, in the element type and the kind of field that it has now.
  ///
  /// A tensor that is kept outside the file gets its new bytes as raw data, and stays marked as external
  /// until `TensorPlacement` decides where they go.
  mutating func replaceElements(with tensor: Tensor) {
    let type = ElementType(onnx: dataType) ?? tensor.elementType
    let tensor = type == .string ? tensor : tensor.converted(to: type)
    let isTyped = !hasRawData && dataLocation != .external && tensor.elementCount > 0
    dims = tensor.shape.map(Int64.init)
    dataType = Int32(tensor.elementType.onnx.rawValue)
    clearRawData()
    clearFloatData()
    clearDoubleData()
    int32Data = []
    int64Data = []
    uint64Data = []
    guard isTyped else {
      rawData = tensor.bytes
      return
    }
    switch tensor.elementType {
    case .float32: floatData = tensor.bytes
    case .float64: doubleData = tensor.bytes
    case .int64: int64Data = tensor.integers.map(Int64.init)
    case .uint64: uint64Data = tensor.bitPatterns(of: UInt64.self)
    case .uint32: uint64Data = tensor.bitPatterns(of: UInt32.self).map(UInt64.init)
    case .float16, .bfloat16: int32Data = tensor.bitPatterns(of: UInt16.self).map(Int32.init)
    default: int32Data = tensor.integers.map(Int32.init(truncatingIfNeeded:))
    }
  }
}

extension Tensor {
  fileprivate func bitPatterns<T: FixedWidthInteger>(of type: T.Type) -> [T] {
    let width = MemoryLayout<T>.size
    return (0..<bytes.count / width).map { element in
      let start = bytes.startIndex + element * width
      return bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | T($1) }
    }
  }
}

extension Onnx_AttributeProto {
  /// Makes the attribute hold `new`, in place of anything it holds now.
  ///
  /// Graphs are written by `GraphEdit`, which knows what they were.
  mutating func replaceValue(with new: Attribute) {
    var replaced = Onnx_AttributeProto()
    replaced.name = name
    if hasDocString { replaced.docString = docString }
    switch new {
    case .int(let value):
      replaced.type = .int
      replaced.i = Int64(value)
    case .float(let value):
      replaced.type = .float
      replaced.f = value
    case .string(let value):
      replaced.type = .string
      replaced.s = Data(value.utf8)
    case .ints(let values):
      replaced.type = .ints
      replaced.ints = values.map(Int64.init)
    case .floats(let values):
      replaced.type = .floats
      replaced.floats = values
    case .strings(let values):
      replaced.type = .strings
      replaced.strings = values.map { Data($0.utf8) }
    case .tensor(let tensor):
      replaced.type = .tensor
      if hasT {
        replaced.t = t
        replaced.t.replaceElements(with: tensor)
      } else {
        replaced.t = Onnx_TensorProto(tensor)
      }
    case .graph, .graphs, .opaque: return
    }
    replaced.unknownFields = unknownFields
    self = replaced
  }
}

extension Onnx_ValueInfoProto {
  /// What a file says of a value of this type.
  init(name: String, type declared: DeclaredType?) {
    self.init()
    self.name = name
    if let declared { type.replaceTensorType(with: declared) }
  }
}

extension Onnx_TypeProto {
  /// Sets element type and shape; what is said of each dimension beyond its extent stays.
  mutating func replaceTensorType(with declared: DeclaredType) {
    tensorType.elemType = Int32(declared.elementType.onnx.rawValue)
    if let dimensions = declared.dimensions {
      tensorType.shape.replaceDimensions(with: dimensions)
    } else {
      tensorType.clearShape()
    }
  }
}

extension Onnx_TensorShapeProto {
  /// Sets the extents.
  mutating func replaceDimensions(with dimensions: [Graph.Dimension]) {
    if dim.count != dimensions.count {
      dim = [Onnx_TensorShapeProto.Dimension](repeating: .init(), count: dimensions.count)
    }
    for (axis, dimension) in dimensions.enumerated() where Graph.Dimension(dim[axis]) != dimension {
      switch dimension {
      case .fixed(let extent): dim[axis].dimValue = Int64(extent)
      case .symbolic(let name): dim[axis].dimParam = name
      case .unknown: dim[axis].value = nil
      }
    }
  }

  /// Renews the extents that do not hold: a dimension that the file leaves free stays free.
  mutating func renewDimensions(from inferred: [Graph.Dimension]) {
    guard dim.count == inferred.count else { return replaceDimensions(with: inferred) }
    replaceDimensions(
      with: zip(dim, inferred).map { declared, inferred in
        let declared = Graph.Dimension(declared)
        return declared.extent == nil ? declared : inferred
      })
  }
}
