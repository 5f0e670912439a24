import Errors
import Files
public import Foundation
public import Graph

extension MXNetModel {
  /// The model with what differs in `network` changed, as the bytes of its two files. What does not differ is as it was
  /// read.
  ///
  /// What is made is read again and compared with `network` before it is given out.
  ///
  /// - Throws: `FormatError.notExpressible` where MXNet has no operator for what became of a node;
  ///   `FormatError.invalidNetwork` for a network that is not an edited copy of `self.network`.
  public func data(for network: Network) throws -> (symbol: Data, arrays: Data) {
    var edit = try SymbolEdit(of: self, to: network)
    let (text, arrays) = try edit.apply()
    let symbolData = text == symbol.text ? symbolBytes : Data(text.text.utf8)
    let arrayData = arrays.isUnchanged ? arrayBytes : arrays.data
    if symbolData != symbolBytes || arrayData != arrayBytes {
      try check(
        MXNetModel(symbol: symbolData, arrays: arrayData, inputShapes: edit.inputShapes), says: edit.bound)
    }
    return (symbolData, arrayData)
  }

  /// The files that `write` makes when `path` is given.
  public func files(writtenTo path: String) -> [String] {
    files.all(writtenTo: path)
  }

  /// `STEM-symbol.json`.
  public func path(ofStem stem: String) -> String { files.written(to: stem).symbol }

  /// Writes the model with what differs in `network` changed.
  ///
  /// - Parameter path: the symbol's file, that of the arrays, what the two have in common, or an ONNX file. The epoch is
  ///   the original's unless the path says another.
  /// - Throws: `FormatError.unwritable`; else as `data(for:)`.
  public func write(_ network: Network, to path: String, shapes: [String: [Graph.Dimension]])
    throws
  {
    try requireFormat(of: path, among: [.mxnet, .onnx])
    if path.lowercased().hasSuffix(".onnx") { return try onnx(of: network).write(to: path) }
    let data = try data(for: network)
    let written = files.written(to: path)
    try FormatError.writing {
      let files = try FileReplacement(of: [written.arrays, written.symbol])
      try files.write(data.arrays, to: 0)
      try files.write(data.symbol, to: 1)
      try files.commit()
    }
  }

  /// A network of this model as an ONNX model, for any number of examples where nothing in it depends on that.
  ///
  /// - Throws: `FormatError.notExpressible` for operators that ONNX does not have.
  public func onnx(of network: Network) throws -> ONNXModel {
    if let foreign = network.nodes.first(where: { $0.domain == SymbolTranslator.domain }) {
      throw FormatError.unsupportedNode(
        file: files.symbol, op: foreign.op, node: foreign.name, problem: "ONNX has no such operator")
    }
    guard var freed = network.freeingBatch() else { return try ONNXModel(network) }
    guard let batch = freed.batchAxes.symbol else { return try ONNXModel(freed) }
    for output in freed.outputs {
      guard var type = freed.values[output.index].declaredType, let dimensions = type.dimensions else {
        continue
      }
      type.dimensions = [.symbolic(batch)] + dimensions.dropFirst()
      freed.declare(type, for: output)
    }
    return try ONNXModel(freed)
  }

  /// Compares what was written, as it is read, with what was to be written.
  private func check(_ model: MXNetModel, says bound: BoundNetwork) throws {
    let (wanted, found) = (bound.network, model.network)
    let result: BoundNetwork
    do {
      result = try BoundNetwork(found)
    } catch {
      throw FormatError.invalidNetwork(problem: "read again, it is not right: \(CaughtError(error).sentence)")
    }
    for value in found.values.indices.map(ValueID.init) {
      guard let other = wanted.value(named: found.name(of: value)), let shape = result.shape(of: value),
        let expected = bound.shape(of: other),
        translation.origins[other] != nil || wanted.constants[other] == nil
      else { continue }
      guard shape == expected else {
        throw FormatError.invalidNetwork(
          problem:
            "read again, \(found.name(of: value)) has the shape \(shape.shapeText) instead of \(expected.shapeText)"
        )
      }
    }
    let nodes = Dictionary(wanted.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for node in found.nodes {
      guard let other = nodes[node.name], other.op == node.op else { continue }
      let pairs = zip(node.inputs, other.inputs).compactMap { mine, others in
        mine.flatMap { model.translation.origins[$0] == nil ? nil : found.constants[$0] }
          .map { ($0, others.flatMap { wanted.constants[$0] }) }
      }
      let isWhole =
        node.inputs.count == other.inputs.count || !["Conv", "ConvTranspose", "Gemm"].contains(node.op)
      let isSame = pairs.allSatisfy { mine, others in
        others.map { mine == $0.converted(to: mine.elementType) } ?? true
      }
      guard isWhole, isSame else {
        throw FormatError.invalidNetwork(problem: "read again, \(node.name) has other weights")
      }
    }
    guard found.outputs.map(found.name(of:)) == wanted.outputs.map(wanted.name(of:)) else {
      throw FormatError.invalidNetwork(problem: "read again, it has other outputs")
    }
  }
}

extension ONNXModel {
  /// Writes the model as it is.
  func write(to path: String) throws { try write(network, to: path, shapes: [:]) }
}

extension ArrayFile {
  /// Whether every array has the bytes that were read.
  var isUnchanged: Bool { !isReduced && records.allSatisfy { $0.bytes != nil } }
}
