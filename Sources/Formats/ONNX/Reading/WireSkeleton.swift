import Foundation

/// An encoded model without its tensors' raw bytes, which stay where they are in the file.
///
/// Parsing copies every `bytes` field. The weights are nearly all of a model, so the skeleton has a
/// short token in the place of each `raw_data`; once it is parsed, `restore(into:)` puts views of the file there.
/// The encoding is that of https://protobuf.dev/programming-guides/encoding/.
struct WireSkeleton {
  /// The encoded model with tokens.
  private(set) var bytes = Data()
  /// The raw bytes that the tokens stand for: views of the file.
  private var rawFields: [Data] = []

  /// Messages on the way to a tensor's raw bytes.
  private enum Part {
    case model, function, graph, node, attribute, tensor, rawBytes

    /// The part that a length-delimited field holds; `nil` for fields that are copied as they are.
    func child(_ field: UInt64) -> Part? {
      switch (self, field) {
      case (.model, 7): .graph
      case (.model, 25): .function
      case (.function, 7), (.graph, 1): .node
      case (.function, 11), (.node, 5): .attribute
      case (.graph, 5), (.attribute, 5), (.attribute, 10): .tensor
      case (.attribute, 6), (.attribute, 11): .graph
      case (.tensor, 9): .rawBytes
      default: nil
      }
    }
  }

  /// The skeleton of an encoded model; `nil` when the encoding is not well-formed (or uses groups, which
  /// ONNX does not), for which the parser proper has the better explanation.
  init?(of file: Data) {
    guard let bytes = copy(file, file.startIndex..<file.endIndex, as: .model, depth: 0) else { return nil }
    self.bytes = bytes
  }

  private mutating func copy(_ file: Data, _ range: Range<Int>, as part: Part, depth: Int) -> Data? {
    guard depth < 100 else { return nil }
    var output = Data()
    var position = range.lowerBound
    var copied = position
    while position < range.upperBound {
      let start = position
      guard let key = Self.varint(file, &position, range.upperBound) else { return nil }
      switch key & 7 {
      case 0: guard Self.varint(file, &position, range.upperBound) != nil else { return nil }
      case 1: position += 8
      case 5: position += 4
      case 2:
        guard let length = Self.varint(file, &position, range.upperBound),
          length <= UInt64(range.upperBound - position)
        else { return nil }
        let body = position..<position + Int(length)
        position = body.upperBound
        guard let child = part.child(key >> 3) else { continue }
        output.append(file[copied..<start])
        copied = position
        let content: Data
        if child == .rawBytes {
          content = Self.token(rawFields.count)
          rawFields.append(file[body])
        } else {
          guard let inner = copy(file, body, as: child, depth: depth + 1) else { return nil }
          content = inner
        }
        Self.append(key, to: &output)
        Self.append(UInt64(content.count), to: &output)
        output.append(content)
      default: return nil
      }
      guard position <= range.upperBound else { return nil }
    }
    output.append(file[copied..<range.upperBound])
    return output
  }

  private static func varint(_ file: Data, _ position: inout Int, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { return nil }
      let byte = file[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
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

  /// Puts the raw bytes in the place of their tokens.
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
    for index in graph.node.indices { restore(into: &graph.node[index].attribute) }
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
      for tensor in attributes[index].tensors.indices { restore(into: &attributes[index].tensors[tensor]) }
      for graph in attributes[index].graphs.indices { restore(into: &attributes[index].graphs[graph]) }
    }
  }

  private func restore(into tensor: inout Onnx_TensorProto) {
    guard tensor.hasRawData else { return }
    let index = tensor.rawData.reversed().reduce(0) { $0 << 8 | Int($1) }
    tensor.rawData = rawFields[index]
  }
}
