import Graph
import Pruning
import TestSupport
import Testing

/// Where kernels are scored: behind what follows their layer and treats each channel by itself.
@Suite struct ScorePointTests {
  /// The operator behind whose node the first layer's kernels are scored, operators standing between two convolutions.
  private func scored(behind ops: [String]) throws -> String {
    var builder = NetworkBuilder(opset: 24)
    var value = builder.input("x", [1, 3, 6, 6])
    value = builder.node("Conv", value, builder.constant("first.weight", [4, 3, 3, 3]))
    for (number, op) in ops.enumerated() {
      let node = Node(id: NodeID(0), name: op, op: op, inputs: [], outputs: [])
      let parameters = OperatorTable.standard.traits(of: node).operands.compactMap { operand -> ValueID? in
        switch operand {
        case .value, .size: nil
        default: builder.constant("\(op)\(number).\(operand)", [4], from: 0.5, to: 1)
        }
      }
      // A slope lies along the last axis unless it has more.
      let slope = op == "PRelu" ? [builder.constant("slope\(number)", [4, 1, 1])] : parameters
      value = builder.nodes(op, [value] + slope, outputs: 1)[0]
    }
    builder.output(builder.node("Conv", value, builder.constant("second.weight", [2, 4, 1, 1])))
    let bound = try BoundNetwork(builder.network)
    let points = ScorePoint.points(of: NetworkSummary(bound).layers, in: bound)
    let point = try #require(points.first { $0.layer == "first" })
    return try #require(builder.network.nodes.first { $0.outputs.contains(point.value) }).op
  }

  private static let activations = OperatorTable.standard.names.filter { name in
    let node = Node(id: NodeID(0), name: name, op: name, inputs: [], outputs: [])
    return OperatorTable.standard.traits(of: node).isActivation
  }

  @Test(arguments: activations) func isBehindEveryActivation(op: String) throws {
    #expect(try scored(behind: [op]) == op)
    #expect(try scored(behind: ["BatchNormalization", op]) == op)
    #expect(try scored(behind: ["InstanceNormalization", op, "Relu"]) == op, "one activation is enough")
  }

  @Test func theActivationsAreThoseOfNetworks() {
    #expect(
      Self.activations == [
        "Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu",
        "Selu", "Sigmoid", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu",
      ])
  }

  @Test(arguments: ["Sin", "Exp", "Shrink", "Identity", "Floor"])
  func isBeforeWhatIsNone(op: String) throws {
    #expect(try scored(behind: [op]) == "Conv")
    #expect(try scored(behind: ["BatchNormalization", op]) == "BatchNormalization")
  }

  @Test func oneNormalizationIsPassed() throws {
    #expect(
      try scored(behind: ["BatchNormalization", "InstanceNormalization", "Relu"]) == "BatchNormalization")
  }
}
