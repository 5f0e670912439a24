import Formats
import Foundation
import Graph
import Testing

/// Builds the files of MXNet models byte by byte.
struct MXNetBytes {
  var data = Data()

  mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }

  /// How an array's header says its shape.
  enum Header: CaseIterable { case unmarked, v1, v2, v3 }

  mutating func array(_ header: Header, _ shape: [Int], _ type: Int32, _ elements: Data) {
    switch header {
    case .unmarked: break
    case .v1: append(UInt32(0xF993_FAC8))
    case .v2, .v3:
      append(UInt32(header == .v2 ? 0xF993_FAC9 : 0xF993_FACA))
      append(Int32(0))
    }
    append(Int32(shape.count))
    for extent in shape { if header == .unmarked { append(UInt32(extent)) } else { append(Int64(extent)) } }
    append(Int32(1))
    append(Int32(0))
    append(type)
    data.append(elements)
  }

  /// A file of float32 arrays.
  static func file(
    _ arrays: [(name: String, shape: [Int], values: [Float])] = [], _ header: Header = .v2
  ) -> Data {
    rawFile(arrays.map { ($0.name, $0.shape, 0, Tensor($0.values, shape: $0.shape).bytes) }, header)
  }

  static func rawFile(_ arrays: [(name: String, shape: [Int], type: Int32, elements: Data)], _ header: Header)
    -> Data
  {
    var bytes = MXNetBytes()
    bytes.append(UInt64(0x112))
    bytes.append(UInt64(0))
    bytes.append(UInt64(arrays.count))
    for array in arrays { bytes.array(header, array.shape, array.type, array.elements) }
    bytes.append(UInt64(arrays.count))
    for array in arrays {
      bytes.append(UInt64(array.name.utf8.count))
      bytes.data.append(contentsOf: array.name.utf8)
    }
    return bytes.data
  }
}

/// A convolution, a normalization with `fix_gamma`, a fully connected layer: the nodes as MXNet 1.9.1 writes them.
enum SmallMXNet {
  static let symbol = Data(
    """
    {
      "nodes": [
        {
          "op": "null", 
          "name": "data", 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "conv0_weight", 
          "attrs": {
            "kernel": "(3, 3)", 
            "num_filter": "4", 
            "pad": "(1, 1)"
          }, 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "conv0_bias", 
          "attrs": {
            "kernel": "(3, 3)", 
            "num_filter": "4", 
            "pad": "(1, 1)"
          }, 
          "inputs": []
        }, 
        {
          "op": "Convolution", 
          "name": "conv0", 
          "attrs": {
            "kernel": "(3, 3)", 
            "num_filter": "4", 
            "pad": "(1, 1)"
          }, 
          "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
        }, 
        {
          "op": "null", 
          "name": "bn_gamma", 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "bn_beta", 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "bn_moving_mean", 
          "attrs": {"__init__": "[\\"zero\\", {}]"}, 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "bn_moving_var", 
          "attrs": {"__init__": "[\\"one\\", {}]"}, 
          "inputs": []
        }, 
        {
          "op": "BatchNorm", 
          "name": "bn", 
          "inputs": [[3, 0, 0], [4, 0, 0], [5, 0, 0], [6, 0, 1], [7, 0, 1]]
        }, 
        {
          "op": "null", 
          "name": "fc_weight", 
          "attrs": {"num_hidden": "3"}, 
          "inputs": []
        }, 
        {
          "op": "null", 
          "name": "fc_bias", 
          "attrs": {"num_hidden": "3"}, 
          "inputs": []
        }, 
        {
          "op": "FullyConnected", 
          "name": "fc", 
          "attrs": {"num_hidden": "3"}, 
          "inputs": [[8, 0, 0], [9, 0, 0], [10, 0, 0]]
        }, 
        {
          "op": "null", 
          "name": "softmax_label", 
          "inputs": []
        }, 
        {
          "op": "SoftmaxOutput", 
          "name": "softmax", 
          "inputs": [[11, 0, 0], [12, 0, 0]]
        }
      ], 
      "arg_nodes": [0, 1, 2, 4, 5, 6, 7, 9, 10, 12], 
      "node_row_ptr": [
        0, 
        1, 
        2, 
        3, 
        4, 
        5, 
        6, 
        7, 
        8, 
        11, 
        12, 
        13, 
        14, 
        15, 
        16
      ], 
      "heads": [[13, 0, 0]], 
      "attrs": {"mxnet_version": ["int", 10901]}
    }
    """.utf8)

  static func arrays(_ header: MXNetBytes.Header = .v2) -> Data {
    MXNetBytes.file(
      [
        ("arg:conv0_weight", [4, 2, 3, 3], counting(4, 2, 3, 3)), ("arg:conv0_bias", [4], counting(4)),
        ("arg:bn_gamma", [4], [2, 2, 2, 2]), ("arg:bn_beta", [4], counting(4)),
        ("arg:fc_weight", [3, 64], counting(3, 64)), ("arg:fc_bias", [3], counting(3)),
        ("aux:bn_moving_mean", [4], counting(4)), ("aux:bn_moving_var", [4], [1, 2, 3, 4]),
      ], header)
  }

  static let shapes = ["data": [1, 2, 4, 4]]

  static func model() throws -> MXNetModel {
    try MXNetModel(symbol: symbol, arrays: arrays(), inputShapes: shapes)
  }
}

/// Operators in the plainest text: a list of nodes, each reading those before it by number.
func symbolText(
  _ nodes: [(op: String, name: String, attributes: [String: String], inputs: [Int])],
  attributes member: String = "attrs"
) -> Data {
  let list = nodes.map { node in
    let attributes = node.attributes.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \"\($0.value)\"" }
    let inputs = node.inputs.map { "[\($0), 0, 0]" }
    return "{\"op\": \"\(node.op)\", \"name\": \"\(node.name)\""
      + (attributes.isEmpty ? "" : ", \"\(member)\": {\(attributes.joined(separator: ", "))}")
      + ", \"inputs\": [\(inputs.joined(separator: ", "))]}"
  }
  return Data(
    "{\"nodes\": [\(list.joined(separator: ", "))], \"arg_nodes\": [], \"heads\": [[\(nodes.count - 1), 0, 0]]}"
      .utf8)
}
