import Datasets
import Foundation
import Graph

/// What recovery and training changed of a network: weights, and nodes that took in a shift. Small where little changed,
/// and exact: put on the same network it gives the same bits.
struct NetworkDifference {
  private struct Constant: Codable {
    var value: Int
    var type: String
    var shape: [Int]
  }

  private struct NodeChange: Codable {
    /// Its index among the nodes afterwards.
    var index: Int
    var id: Int
    var name: String
    var op: String
    var domain: String
    var inputs: [Int?]
    var outputs: [Int?]
  }

  private struct Structure: Codable {
    var valueCount: Int
    var newValues: [String] = []
    var nodes: [NodeChange] = []
    var constants: [Constant] = []
  }

  private var structure: Structure
  private var contents: [Data] = []

  /// What sets `changed` apart from the network that it came from; `nil` where that is more than weights, bias inputs and
  /// nodes without attributes.
  init?(from base: Network, to changed: Network) {
    structure = Structure(valueCount: base.values.count)
    guard changed.inputs == base.inputs, changed.outputs == base.outputs,
      changed.values.count >= base.values.count,
      zip(base.values, changed.values).allSatisfy({ $0.name == $1.name })
    else { return nil }
    structure.newValues = changed.values[base.values.count...].map(\.name)
    let known = Dictionary(uniqueKeysWithValues: base.nodes.map { ($0.id, $0) })
    var left = base.nodes[...]
    for (index, node) in changed.nodes.enumerated() {
      let before = known[node.id]
      if before != nil {
        guard left.popFirst()?.id == node.id else { return nil }
      }
      guard before != node else { continue }
      guard (before?.attributes ?? [:]) == node.attributes else { return nil }
      structure.nodes.append(
        NodeChange(
          index: index, id: node.id.number, name: node.name, op: node.op, domain: node.domain,
          inputs: node.inputs.map { $0?.index }, outputs: node.outputs.map { $0?.index }))
    }
    guard left.isEmpty, base.constants.keys.allSatisfy({ changed.constants[$0] != nil }) else { return nil }
    for (value, tensor) in changed.constants.sorted(by: { $0.key < $1.key })
    where base.constants[value] != tensor {
      structure.constants.append(
        Constant(value: value.index, type: tensor.elementType.rawValue, shape: tensor.shape))
      contents.append(tensor.bytes)
    }
  }

  /// The changed network.
  ///
  /// - Throws: `damagedSession` where the difference is one from another network.
  func applied(to base: Network, path: String) throws -> Network {
    func damaged() -> SessionError {
      .damagedSession(path: path, problem: "it does not belong to the network before it")
    }
    guard base.values.count == structure.valueCount else { throw damaged() }
    var network = base
    for name in structure.newValues {
      guard network.value(named: name) == nil else { throw damaged() }
      network.addValue(name)
    }
    let count = network.values.count
    for change in structure.nodes {
      let values = (change.inputs + change.outputs).compactMap { $0 }
      guard values.allSatisfy({ 0..<count ~= $0 }) else { throw damaged() }
      let index = network.nodes.firstIndex { $0.id.number == change.id }
      var node = Node(
        id: NodeID(change.id), name: change.name, op: change.op, domain: change.domain,
        inputs: change.inputs.map { $0.map(ValueID.init) },
        outputs: change.outputs.map { $0.map(ValueID.init) },
        attributes: index.map { network.nodes[$0].attributes } ?? [:])
      if let index {
        node.module = network.nodes[index].module
        network.nodes[index] = node
      } else {
        guard 0...network.nodes.count ~= change.index else { throw damaged() }
        network.nodes.insert(node, at: change.index)
      }
    }
    for (constant, bytes) in zip(structure.constants, contents) {
      guard 0..<count ~= constant.value, let type = ElementType(rawValue: constant.type),
        let tensor = try? Tensor(type, shape: constant.shape, bytes: bytes)
      else { throw damaged() }
      network.constants[ValueID(constant.value)] = tensor
    }
    return network
  }

  // MARK: Files

  /// The difference as the bytes of an NPZ file.
  func encoded() throws -> [UInt8] {
    var archive = NumPyArchive()
    func add(_ name: String, _ bytes: Data) throws {
      archive[name] = try NumPyArray(shape: [bytes.count], elementType: .uint8, littleEndian: Array(bytes))
    }
    guard let text = try? JSONEncoder().encode(structure) else {
      preconditionFailure("names and numbers can be written")
    }
    try add("structure", text)
    for (number, bytes) in contents.enumerated() { try add("\(number)", bytes) }
    return try archive.encoded()
  }

  /// Reads what `encoded` gives. Throws where the file is missing or broken.
  init(path: String) throws {
    let archive = try NumPyArchive(path: path)
    func bytes(_ name: String) throws -> Data {
      guard let array = archive[name], array.elementType == .uint8 else {
        throw SessionError.damagedSession(path: path, problem: "an array is missing in it")
      }
      return Data(try array.littleEndianBytes())
    }
    guard let read = try? JSONDecoder().decode(Structure.self, from: try bytes("structure")) else {
      throw SessionError.damagedSession(path: path, problem: "its structure cannot be read")
    }
    structure = read
    for number in structure.constants.indices { contents.append(try bytes("\(number)")) }
  }
}
