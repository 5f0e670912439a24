import Errors
import Files
public import Foundation
public import Graph

extension PT2Model {
  /// What the names of such files end with.
  package static let ending = ".pt2"

  /// The model with what differs in `network` changed, as the bytes of a file. What does not differ is as it was read.
  ///
  /// What is made is read again and compared with `network` before it is given out.
  ///
  /// - Throws: `FormatError.notExpressible` where PyTorch has no operator for what became of a node;
  ///   `FormatError.invalidNetwork` for a network that is not an edited copy of `self.network`.
  public func data(for network: Network) throws -> Data {
    try pieces(for: network).reduce(into: Data()) { $0.append($1) }
  }

  private func pieces(for network: Network) throws -> [Data] {
    if network.isSame(as: self.network) { return (older?.archive ?? archive).pieces }
    var edit = try ProgramEdit(of: self, to: network)
    try edit.apply()
    var payload = PayloadEdit(payloads, in: archive)
    payload.replace(changedTensors(edit))
    for input in edit.newInputs { payload.add(input) }
    payload.remove(Set(edit.goneInputs.compactMap { program.sources[$0].payload }))
    let text = edit.text()
    var replaced = payload.replaced.merging(payload.changedLists) { $1 }
    if text != program.text { replaced[Self.path(root, name)] = Data(text.text.utf8) }
    var entries: [(name: String, bytes: Data)] = []
    for entry in archive.entries where !payload.removed.contains(entry.name) {
      entries += payload.added.filter { $0.before == entry.name }.map { ($0.path, $0.bytes) }
      entries.append((entry.name, replaced[entry.name] ?? entry.bytes))
    }
    let archive = StoredArchive(entries.map { .init(name: $0.name, bytes: $0.bytes) })
    try check(PT2Model(archive, fileBytes: 0, file: file), says: edit)
    return StoredArchiveWriter.pieces(of: try older?.entries(of: entries, program, file: file) ?? entries)
  }

  /// What became of the archive's tensors, by their names.
  private func changedTensors(_ edit: ProgramEdit) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (input, source) in zip(program.inputs, program.sources) {
      guard let payload = source.payload, let name = input.names.first, let value = translation.values[name],
        let tensor = edit.tensor(of: value), tensor != self.network.constants[value]
      else { continue }
      result[payload] = tensor
    }
    return result
  }

  /// The file that `write` makes when `path` is given.
  public func files(writtenTo path: String) -> [String] { [path] }

  /// `STEM.pt2`.
  public func path(ofStem stem: String) -> String { stem + Self.ending }

  /// Writes the model with what differs in `network` changed.
  ///
  /// - Parameter path: the file, or an ONNX file.
  /// - Throws: `FormatError.unwritable`; else as `data(for:)`.
  public func write(_ network: Network, to path: String, shapes: [String: [Graph.Dimension]]) throws {
    try requireFormat(of: path, among: [.pt2, .onnx])
    if path.lowercased().hasSuffix(".onnx") { return try onnx(of: network).write(to: path) }
    let pieces = try pieces(for: network)
    try FormatError.writing {
      let file = try FileReplacement(of: [path])
      for piece in pieces { try file.write(piece) }
      try file.commit()
    }
  }

  /// A network of this model as an ONNX model.
  ///
  /// - Throws: `FormatError.unsupportedNode` for operators that ONNX does not have.
  public func onnx(of network: Network) throws -> ONNXModel {
    if let foreign = network.nodes.first(where: { $0.domain == ProgramTranslator.domain }) {
      throw FormatError.unsupportedNode(
        file: file, op: foreign.op, node: foreign.name, problem: "ONNX has no such operator")
    }
    return try ONNXModel(network)
  }

  /// Compares what was written, as it is read, with what was to be written.
  private func check(_ model: PT2Model, says edit: ProgramEdit) throws {
    let found = model.network
    let values = edit.names.reduce(into: [String: ValueID]()) { $0[$1.value] = $1.key }
    for binding in edit.bindings {
      let wanted = binding.after
      let result: BoundNetwork
      do {
        let shapes = found.inputs.reduce(into: [ValueID: [Int]]()) { shapes, input in
          shapes[input] = wanted.network.value(named: found.name(of: input)).flatMap(wanted.shape)
        }
        result = try BoundNetwork(found, inputShapes: shapes, foldsWeights: false)
      } catch {
        throw FormatError.invalidNetwork(
          problem: "read again, it is not right: \(CaughtError(error).sentence)")
      }
      for (name, value) in model.translation.values.sorted(by: { $0.key < $1.key }) {
        guard let other = values[name] ?? translation.values[name], let shape = result.shape(of: value),
          let expected = edit.reassembled[other]?.shape ?? wanted.shape(of: other), shape != expected
        else { continue }
        throw FormatError.invalidNetwork(
          problem: "read again, \(name) has the shape \(shape.shapeText) instead of \(expected.shapeText)")
      }
      try compareMovements(model, result, wanted, values)
    }
    for (value, name) in model.translation.origins {
      guard let other = values[name], let expected = edit.tensor(of: other),
        let tensor = found.constants[value],
        tensor != expected.converted(to: tensor.elementType)
      else { continue }
      throw FormatError.invalidNetwork(problem: "read again, \(found.name(of: value)) has other elements")
    }
  }

  /// What moves elements must move them as it was to.
  private func compareMovements(
    _ model: PT2Model, _ result: BoundNetwork, _ wanted: BoundNetwork, _ values: [String: ValueID]
  ) throws {
    let names = model.translation.values.reduce(into: [ValueID: String]()) { $0[$1.value] = $1.key }
    let topology = Topology(wanted.network)
    for (index, node) in result.network.nodes.enumerated() {
      guard let output = node.outputs.first ?? nil, let name = names[output], let other = values[name],
        let place = topology.producer(of: other), wanted.network.nodes[place].op == node.op,
        let own = (try? OperatorTable.movements(of: result.call(at: index))).flatMap({ $0 }),
        let expected = (try? OperatorTable.movements(of: wanted.call(at: place))).flatMap({ $0 }),
        own != expected
      else { continue }
      throw FormatError.invalidNetwork(problem: "read again, \(name) takes other elements")
    }
  }
}

extension Network {
  /// Whether a network is the same in all that a file says of it.
  fileprivate func isSame(as other: Network) -> Bool {
    nodes == other.nodes && inputs == other.inputs && outputs == other.outputs && constants == other.constants
  }
}
