import Foundation
public import Graph

/// Computes a bound network in double precision, slowly and readably: what the engine is held against.
///
/// Operators that Graph folds are folded; the rest stand in `ReferenceOperators`.
public struct ReferenceEvaluator {
  private let bound: BoundNetwork
  /// Whether batch normalization uses the batch's statistics.
  public var normalizesWithBatch = false

  /// A reference for a network.
  public init(_ bound: BoundNetwork) { self.bound = bound }

  /// What the reference cannot compute.
  public struct Unsupported: Error, CustomStringConvertible {
    /// What it is.
    public let description: String
  }

  /// Every value of the network.
  ///
  /// - Parameters:
  ///   - inputs: the network's inputs in C order.
  ///   - replacing: values that stand in for constants.
  public func run(
    _ inputs: [ValueID: [Double]], replacing: [ValueID: [Double]] = [:]
  ) throws -> [ValueID: Tensor] {
    var values: [ValueID: Tensor] = [:]
    for (value, elements) in inputs.merging(replacing, uniquingKeysWith: { $1 }) {
      values[value] = Tensor(.float64, elements, shape: bound.shape(of: value) ?? [])
    }
    func operand(_ value: ValueID) throws -> Tensor {
      if let known = values[value] { return known }
      guard let constant = bound.constant(of: value) else {
        throw Unsupported(description: "no value for \(bound.network.name(of: value))")
      }
      let wide = constant.elementType.isFloatingPoint ? constant.converted(to: .float64) : constant
      values[value] = wide
      return wide
    }
    for index in bound.steps {
      let node = bound.network.nodes[index]
      let operands = try bound.operands(at: index).map { try $0.map(operand) }
      let call = OperatorCall(
        node: node, opset: bound.call(at: index).opset,
        inputs: operands.map { tensor in
          tensor.map { TensorSpec($0.elementType, $0.shape, constant: $0) }
        })
      let shapes = (bound.outputs(at: index) ?? []).map(\.shape)
      let results = try evaluate(call, operands, shapes)
      for (output, result) in zip(node.outputs, results) {
        if let output { values[output] = result }
      }
    }
    return values
  }

  private func evaluate(
    _ call: OperatorCall, _ operands: [Tensor?], _ shapes: [[Int]]
  ) throws -> [Tensor] {
    let own =
      ReferenceOperators.sampling[call.node.op] ?? ReferenceOperators.table[call.node.op]
      ?? ReferenceOperators.algebra[call.node.op]
    if let own {
      let arguments = ReferenceOperators.Arguments(
        call: call, operands: operands, shapes: shapes, normalizesWithBatch: normalizesWithBatch)
      return try own(arguments)
    }
    guard let rule = bound.table.rule(for: call.node), let folded = try rule.evaluate(call) else {
      throw Unsupported(description: "no reference for \(call.node.op)")
    }
    return folded
  }
}
