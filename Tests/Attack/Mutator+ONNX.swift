import Formats
import Foundation
import Graph
import SwiftProtobuf

extension Mutator {
  /// Changes one thing in a model.
  mutating func change(_ message: inout Onnx_ModelProto, _ words: ONNXWords) {
    switch below(40) {
    case 0:
      let index = below(max(1, message.opsetImport.count))
      if message.opsetImport.indices.contains(index) {
        message.opsetImport[index].version = Int64(once(in: 3) ? integer() : 1 + below(28))
      }
    case 1 where !message.functions.isEmpty:
      let index = below(message.functions.count)
      var graph = Onnx_GraphProto()
      graph.node = message.functions[index].node
      change(&graph, words, depth: 0)
      message.functions[index].node = graph.node
    default: change(&message.graph, words, depth: 0)
    }
  }

  private mutating func change(_ graph: inout Onnx_GraphProto, _ words: ONNXWords, depth: Int) {
    // Into a branch or a body.
    let bodies = graph.node.indices.filter { graph.node[$0].attribute.contains { $0.hasG } }
    if depth < 3, let index = pick(bodies), once(in: 2),
      let attribute = pick(
        graph.node[index].attribute.indices.filter { graph.node[index].attribute[$0].hasG })
    {
      return change(&graph.node[index].attribute[attribute].g, words, depth: depth + 1)
    }
    let node = below(graph.node.count)
    let hasNodes = !graph.node.isEmpty
    let tensor = graph.initializer.isEmpty ? nil : below(graph.initializer.count)
    switch below(20) {
    case 0...3 where hasNodes:
      if let index = pick(graph.node[node].attribute.indices) {
        change(&graph.node[node].attribute[index], words)
      }
    case 4 where hasNodes:
      if var attribute = pick(words.attributes) {
        // One that the node has already, more often than not.
        if once(in: 2), let name = pick(graph.node[node].attribute)?.name { attribute.name = name }
        if once(in: 2) { change(&attribute, words) }
        graph.node[node].attribute.removeAll { $0.name == attribute.name && !once(in: 9) }
        graph.node[node].attribute.append(attribute)
      }
    case 5 where hasNodes:
      if let index = pick(graph.node[node].attribute.indices) { graph.node[node].attribute.remove(at: index) }
    case 6...9: if let tensor { change(&graph.initializer[tensor]) }
    case 10, 11: if !graph.input.isEmpty { change(&graph.input[below(graph.input.count)]) }
    case 12 where hasNodes, 13 where hasNodes:
      rewire(&graph, node)
    case 14 where hasNodes: graph.node[node].opType = pick(words.operators) ?? "Conv"
    case 15 where hasNodes:
      switch below(3) {
      case 0: graph.node.remove(at: node)
      case 1: graph.node.swapAt(node, below(graph.node.count))
      default:
        var copy = graph.node[node]
        copy.output = copy.output.map { "\($0).copy" }
        graph.node.insert(copy, at: below(graph.node.count))
      }
    case 16 where hasNodes:
      if once(in: 2) {
        graph.node[node].output.append("more\(below(3))")
      } else if let index = pick(graph.node[node].output.indices) {
        graph.node[node].output[index] = once(in: 2) ? "" : hostileText()
      }
    case 17: if !graph.output.isEmpty { change(&graph.output[below(graph.output.count)]) }
    case 18: if !graph.valueInfo.isEmpty { change(&graph.valueInfo[below(graph.valueInfo.count)]) }
    default:
      // A constant that is an input, or a name that is another's.
      if let tensor {
        if once(in: 2) {
          var input = Onnx_ValueInfoProto()
          input.name = graph.initializer[tensor].name
          input.type.tensorType.elemType = graph.initializer[tensor].dataType
          input.type.tensorType.shape.dim = graph.initializer[tensor].dims.map { extent in
            var dim = Onnx_TensorShapeProto.Dimension()
            dim.dimValue = extent
            return dim
          }
          graph.input.append(input)
          if once(in: 2) { graph.initializer.remove(at: tensor) }
        } else {
          graph.initializer[tensor].name = once(in: 2) ? hostileText() : pick(graph.initializer)?.name ?? ""
        }
      }
    }
  }

  private mutating func rewire(_ graph: inout Onnx_GraphProto, _ node: Int) {
    let names =
      graph.input.map(\.name) + graph.initializer.map(\.name) + graph.node.flatMap(\.output) + [
        "", "nowhere",
      ]
    guard let name = pick(names) else { return }
    switch below(4) {
    case 0: graph.node[node].input.append(name)
    case 1 where !graph.node[node].input.isEmpty: graph.node[node].input.removeLast()
    default:
      if let index = pick(graph.node[node].input.indices) { graph.node[node].input[index] = name }
    }
  }

  private mutating func change(_ attribute: inout Onnx_AttributeProto, _ words: ONNXWords) {
    if once(in: 25) {
      attribute.type = [.int, .ints, .float, .floats, .string, .tensor, .graph, .undefined][below(8)]
      return
    }
    switch attribute.type {
    case .int: attribute.i = Int64(once(in: 3) ? extent() : integer(near: Int(attribute.i)))
    case .float: attribute.f = Float(number())
    case .string: attribute.s = once(in: 3) ? Data(hostileText().utf8) : pick(words.texts) ?? Data()
    case .ints: change(&attribute.ints)
    case .floats:
      if once(in: 4), !attribute.floats.isEmpty { attribute.floats.removeLast() }
      if let index = pick(attribute.floats.indices) { attribute.floats[index] = Float(number()) }
    case .strings:
      if let index = pick(attribute.strings.indices) {
        attribute.strings[index] = pick(words.texts) ?? Data()
      }
      if once(in: 4) { attribute.strings.append(Data(hostileText().utf8)) }
    case .tensor: change(&attribute.t)
    default: break
    }
  }

  private mutating func change(_ list: inout [Int64]) {
    switch below(6) {
    case 0 where !list.isEmpty: list.removeLast()
    case 1: list.append(Int64(once(in: 2) ? extent() : integer()))
    case 2: list = (0..<below(6)).map { _ in Int64(extent()) }
    case 3: list = list.map { Int64(integer(near: Int($0))) }
    default:
      if let index = pick(list.indices) {
        list[index] = Int64(once(in: 3) ? extent() : integer(near: Int(list[index])))
      }
    }
  }

  private mutating func change(_ tensor: inout Onnx_TensorProto) {
    let width =
      [1: 4, 6: 4, 7: 8, 10: 2, 11: 8, 2: 1, 3: 1, 9: 1, 4: 2, 5: 2, 12: 4, 13: 8, 16: 2][tensor.dataType]
      ?? 4
    switch below(8) {
    case 0: change(&tensor.dims)
    case 1, 2:
      // Another shape, with as many elements as it has.
      var dims = tensor.dims.map(Int.init)
      switch below(4) {
      case 0: dims = (0..<below(6)).map { _ in extent() }
      case 1: if !dims.isEmpty { dims.removeLast() }
      case 2: dims.insert(extent(), at: below(dims.count + 1))
      default: if let index = pick(dims.indices) { dims[index] = extent() }
      }
      let count = dims.elementCount
      guard (0...200_000).contains(count) else { return }
      tensor.dims = dims.map(Int64.init)
      var raw = Data(tensor.rawData.prefix(count * width))
      if raw.isEmpty, tensor.dataType == 7 {
        raw = tensor.int64Data.prefix(count).reduce(into: Data()) { data, value in
          withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
        }
      }
      raw.append(Data(count: count * width - raw.count))
      (tensor.int64Data, tensor.int32Data) = ([], [])
      tensor.clearFloatData()
      tensor.rawData = raw
    case 3: tensor.dataType = Int32(truncatingIfNeeded: once(in: 5) ? integer() : below(24))
    case 4 where !tensor.rawData.isEmpty: tensor.rawData.removeLast(1 + below(tensor.rawData.count))
    default:
      for _ in 0...below(3) {
        if tensor.dataType == 7 || tensor.dataType == 6 {
          if let index = pick(tensor.int64Data.indices) {
            tensor.int64Data[index] = Int64(integer(near: Int(tensor.int64Data[index])))
          }
          put(integers: true, in: &tensor, width: width)
        } else {
          if let index = pick(tensor.floatData.indices) {
            tensor.floatData[index] = UInt8(truncatingIfNeeded: below(256))
          }
          put(integers: false, in: &tensor, width: width)
        }
      }
    }
  }

  private mutating func put(integers: Bool, in tensor: inout Onnx_TensorProto, width: Int) {
    var raw = Data(tensor.rawData)
    guard raw.count >= width else { return }
    let index = below(raw.count / width) * width
    let pattern: UInt64
    if integers {
      let value = once(in: 3) ? extent() : integer(near: 2)
      pattern = UInt64(bitPattern: Int64(value))
    } else if width == 4 {
      pattern = UInt64(Float(number()).bitPattern)
    } else {
      pattern = number().bitPattern
    }
    for number in 0..<width { raw[index + number] = UInt8(truncatingIfNeeded: pattern >> UInt64(8 * number)) }
    tensor.rawData = raw
  }

  private mutating func change(_ info: inout Onnx_ValueInfoProto) {
    if once(in: 12) {
      info.type.tensorType.elemType = Int32(below(24))
      return
    }
    if once(in: 20) {
      info.name = hostileText()
      return
    }
    var dims = info.type.tensorType.shape.dim
    switch below(6) {
    case 0 where !dims.isEmpty: dims.removeLast()
    case 1:
      var dim = Onnx_TensorShapeProto.Dimension()
      dim.dimValue = Int64(extent())
      dims.insert(dim, at: below(dims.count + 1))
    case 2: if let index = pick(dims.indices) { dims[index].dimParam = once(in: 2) ? "batch" : hostileText() }
    default:
      if let index = pick(dims.indices) {
        dims[index].dimValue = Int64(once(in: 2) ? extent() : integer(near: Int(dims[index].dimValue)))
      }
    }
    info.type.tensorType.shape.dim = dims
  }
}
