import Foundation
import Graph

/// An encoded model without its tensors' elements, which stay where they are, or are read into memory of their own.
///
/// Parsing copies every `bytes` field. The weights are nearly all of a model, so the skeleton has a
/// short token in the place of each `raw_data`, `float_data` and `double_data`; once it is parsed, `restore(into:)` puts the
/// elements there.
/// The encoding is that of https://protobuf.dev/programming-guides/encoding/.
struct WireSkeleton {
  /// The encoded model with tokens.
  private(set) var bytes = Data()
  /// What was read, piece by piece: together the whole model as it was encoded.
  private(set) var pieces: [Data] = []
  /// The bytes that the tokens stand for.
  private var elements: [Data] = []
  /// Where the pieces so far end.
  private var end = 0

  /// Elements of fewer bytes are no piece of their own.
  private static let smallestPiece = 1 << 12

  /// Messages on the way to a tensor's elements.
  private enum Part {
    case model, function, graph, node, attribute, sparseTensor, tensor, elements

    /// The part that a length-delimited field holds; `nil` for fields that are copied as they are.
    func child(_ field: UInt64) -> Part? {
      switch (self, field) {
      case (.model, 7): .graph
      case (.model, 25): .function
      case (.function, 7), (.graph, 1): .node
      case (.function, 11), (.node, 5): .attribute
      case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2): .tensor
      case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparseTensor
      case (.attribute, 6), (.attribute, 11): .graph
      case (.tensor, 4), (.tensor, 9), (.tensor, 10): .elements
      default: nil
      }
    }
  }

  /// Elements of a tensor that one field holds: as a rule in one run. They may also lie in several, or each for itself.
  private enum Field {
    case run(Range<Int>)
    case joined(Data)
  }

  /// The skeleton of an encoded model; `nil` when the encoding is not well-formed (or uses groups, which
  /// ONNX does not), for which the parser proper has the better explanation.
  init?(of file: EncodedBytes) throws {
    guard let bytes = try copy(file, 0..<file.count, as: .model, depth: 0) else { return nil }
    self.bytes = bytes
    pieces.append(try file.data(end..<file.count))
  }

  private mutating func copy(
    _ file: EncodedBytes, _ range: Range<Int>, as part: Part, depth: Int
  ) throws -> Data? {
    guard depth < 100 else { return nil }
    var output = Data()
    var position = range.lowerBound
    var copied = position
    var fields: [UInt64: Field] = [:]
    while position < range.upperBound {
      let start = position
      guard let key = try Self.varint(file, &position, range.upperBound) else { return nil }
      var body = position..<position
      switch key & 7 {
      case 0: guard try Self.varint(file, &position, range.upperBound) != nil else { return nil }
      case 1: position += 8
      case 5: position += 4
      case 2:
        guard let length = try Self.varint(file, &position, range.upperBound),
          length <= UInt64(range.upperBound - position)
        else { return nil }
        body = position..<position + Int(length)
        position = body.upperBound
      default: return nil
      }
      guard position <= range.upperBound else { return nil }
      if part == .tensor, key == 4 << 3 | 5 || key == 10 << 3 | 1 {
        // A single element.
        body = (key & 7 == 5 ? position - 4 : position - 8)..<position
      } else if key & 7 != 2 {
        continue
      }
      guard let child = part.child(key >> 3) else { continue }
      output.append(try file.data(copied..<start))
      copied = position
      if child == .elements {
        fields[key >> 3] = try Self.joining(fields[key >> 3], body, key >> 3, file)
      } else {
        guard let inner = try copy(file, body, as: child, depth: depth + 1) else { return nil }
        Self.append(inner, field: key >> 3, to: &output)
      }
    }
    output.append(try file.data(copied..<range.upperBound))
    for (field, content) in fields.sorted(by: { $0.key < $1.key }) {
      Self.append(Self.token(elements.count), field: field, to: &output)
      try take(content, of: file)
    }
    return output
  }

  /// More elements of a field: raw ones take the place of earlier ones, others stand behind them.
  private static func joining(
    _ earlier: Field?, _ body: Range<Int>, _ field: UInt64, _ file: EncodedBytes
  ) throws -> Field {
    guard let earlier, field != 9 else { return .run(body) }
    var joined: Data
    switch earlier {
    case .run(let range): joined = try file.data(range)
    case .joined(let data): joined = data
    }
    joined.append(try file.data(body))
    return .joined(joined)
  }

  private mutating func take(_ field: Field, of file: EncodedBytes) throws {
    switch field {
    case .joined(let data): elements.append(data)
    case .run(let range):
      let data = try file.data(range)
      elements.append(data)
      guard range.count >= Self.smallestPiece, range.lowerBound >= end else { return }
      pieces += [try file.data(end..<range.lowerBound), data]
      end = range.upperBound
    }
  }

  private static func varint(
    _ file: EncodedBytes, _ position: inout Int, _ end: Int
  ) throws -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { return nil }
      let byte = try file.byte(position)
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// A length-delimited field.
  private static func append(_ content: Data, field: UInt64, to output: inout Data) {
    append(field << 3 | 2, to: &output)
    append(UInt64(content.count), to: &output)
    output.append(content)
  }

  private static func append(_ value: UInt64, to output: inout Data) {
    var value = value
    while value >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    output.append(UInt8(value))
  }

  private static func token(_ index: Int) -> Data {
    withUnsafeBytes(of: UInt64(index).littleEndian) { Data($0) }
  }

  // MARK: Back into the parsed message

  /// Puts the elements in the place of their tokens.
  func restore(into model: inout Onnx_ModelProto) {
    // Taken out and put back, because a change inside a message's message copies it otherwise.
    if model.hasGraph {
      var graph = model.graph
      model.clearGraph()
      restore(into: &graph)
      model.graph = graph
    }
    var functions = model.functions
    model.functions = []
    for index in functions.indices {
      for node in functions[index].node.indices { restore(into: &functions[index].node[node].attribute) }
      restore(into: &functions[index].attributeProto)
    }
    model.functions = functions
  }

  private func restore(into graph: inout Onnx_GraphProto) {
    for index in graph.initializer.indices { restore(into: &graph.initializer[index]) }
    for index in graph.sparseInitializer.indices { restore(into: &graph.sparseInitializer[index]) }
    for index in graph.node.indices { restore(into: &graph.node[index].attribute) }
  }

  private func restore(into tensor: inout Onnx_SparseTensorProto) {
    if tensor.hasValues { restore(into: &tensor.values) }
    if tensor.hasIndices { restore(into: &tensor.indices) }
  }

  private func restore(into attributes: inout [Onnx_AttributeProto]) {
    for index in attributes.indices {
      if attributes[index].hasT { restore(into: &attributes[index].t) }
      if attributes[index].hasG {
        var graph = attributes[index].g
        attributes[index].clearG()
        restore(into: &graph)
        attributes[index].g = graph
      }
      if attributes[index].hasSparseTensor { restore(into: &attributes[index].sparseTensor) }
      for tensor in attributes[index].sparseTensors.indices {
        restore(into: &attributes[index].sparseTensors[tensor])
      }
      for tensor in attributes[index].tensors.indices { restore(into: &attributes[index].tensors[tensor]) }
      for graph in attributes[index].graphs.indices { restore(into: &attributes[index].graphs[graph]) }
    }
  }

  private func restore(into tensor: inout Onnx_TensorProto) {
    if tensor.hasRawData { tensor.rawData = elements(of: tensor.rawData) }
    if tensor.hasFloatData { tensor.floatData = elements(of: tensor.floatData) }
    if tensor.hasDoubleData { tensor.doubleData = elements(of: tensor.doubleData) }
  }

  private func elements(of token: Data) -> Data {
    elements[safe: token.reversed().reduce(0) { $0 << 8 | Int($1) }] ?? Data()
  }
}
