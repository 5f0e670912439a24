import Graph
import Pruning
import TestSupport
import Testing

/// Prunes and compares with everything that was promised.
struct Pruned {
  let bound: BoundNetwork
  let groups: ChannelGroups
  let selection: Selection
  let network: Network

  /// - Parameter shape: the first input's, where the network leaves more of it open than the batch.
  init(
    _ network: Network, percent: Double, policy: GroupedConvolutionPolicy = .automatic, seed: UInt64,
    shape: [Int]? = nil
  ) throws {
    bound = try BoundNetwork(network, inputShapes: shape.map { [network.inputs[0]: $0] } ?? [:])
    groups = try ChannelGroups(bound, policy: policy)
    let scores = ScoreTable(.random, of: groups, in: bound, seed: seed)
    selection = try PruningSettings().proposal(
      .percent(percent), scope: .global, scores: scores, groups: groups, bound: bound
    ).selection
    self.network = try network.removing(selection, groups: groups, bound: bound)
  }

  /// Outputs of the rewritten network and of the masked one on the same random input.
  ///
  /// - Parameter shape: the first input's, where it is not the one that the network was pruned for.
  func outputs(seed: UInt64, shape: [Int]? = nil) throws -> (rewritten: [[Double]], masked: [[Double]]) {
    var shapes: [ValueID: [Int]] = [:]
    for input in bound.network.inputs { shapes[input] = bound.shape(of: input) }
    if let shape { shapes[bound.network.inputs[0]] = shape }
    let masked = try bound.network.masked(selection, groups: groups, bound: bound)
    var numbers = RandomNumbers(seed: seed)
    var inputs: [ValueID: [Double]] = [:]
    for input in bound.network.inputs {
      inputs[input] = numbers.numbers(shapes[input]!.elementCount).map(Double.init)
    }
    func run(_ network: Network) throws -> [[Double]] {
      let values = try ReferenceEvaluator(BoundNetwork(network, inputShapes: shapes)).run(inputs)
      return network.outputs.map { values[$0]!.doubles }
    }
    return (try run(network), try run(masked))
  }
}

func largestDifference(_ a: [[Double]], _ b: [[Double]]) -> Double {
  guard a.map(\.count) == b.map(\.count) else { return .infinity }
  var largest = 0.0
  for (left, right) in zip(a, b) {
    let scale = right.reduce(1e-3) { max($0, abs($1)) }
    for (x, y) in zip(left, right) { largest = max(largest, abs(x - y) / scale) }
  }
  return largest
}

@Suite struct RewritingTests {
  @Test(arguments: NetworkFixtures.all.map(\.name))
  func rewrittenComputesWhatMaskedComputes(_ name: String) throws {
    let network = NetworkFixtures.all.first { $0.name == name }!.network
    for (seed, percent) in [20.0, 45, 70, 100].enumerated() {
      for policy in GroupedConvolutionPolicy.allCases {
        let pruned = try Pruned(network, percent: percent, policy: policy, seed: UInt64(seed) + 7)
        if percent == 100, policy == .automatic { #expect(!pruned.selection.isEmpty) }
        let (rewritten, masked) = try pruned.outputs(seed: UInt64(seed))
        #expect(largestDifference(rewritten, masked) < 1e-9, "\(name) at \(percent) % with \(policy)")
      }
    }
  }

  @Test(arguments: NetworkFixtures.all.map(\.name))
  func previewSaysWhatTheRewrittenNetworkHas(_ name: String) throws {
    let network = NetworkFixtures.all.first { $0.name == name }!.network
    for (seed, percent) in [0.0, 30, 60, 100].enumerated() {
      let pruned = try Pruned(network, percent: percent, seed: UInt64(seed))
      let preview = Preview(pruned.selection, groups: pruned.groups, bound: pruned.bound)
      let after = NetworkSummary(try BoundNetwork(pruned.network))
      #expect(preview.parameters.after == after.parameters)
      #expect(preview.multiplyAccumulates.after == after.multiplyAccumulates)
      #expect(preview.parameters.before == pruned.groups.summary.parameters)
      #expect(preview.layers.map(\.kernels.after) == after.layers.map(\.kernels))
      #expect(preview.layers.map(\.parameters.after) == after.layers.map(\.parameters))
      #expect(preview.layers.map(\.multiplyAccumulates.after) == after.layers.map(\.multiplyAccumulates))
      #expect(preview.layers.map(\.weightShape.after) == after.layers.map(\.weightShape))
      #expect(preview.layers.map(\.outputShape.after) == after.layers.map(\.outputShape))
      let rebound = try BoundNetwork(pruned.network)
      for tensor in preview.tensors where tensor.role == "activation" {
        #expect(rebound.shape(of: pruned.network.value(named: tensor.name)!) == tensor.shape.after)
      }
    }
  }

  @Test func nothingRemovedIsTheSameNetwork() throws {
    let network = NetworkFixtures.residual()
    let pruned = try Pruned(network, percent: 0, seed: 1)
    #expect(pruned.network.fingerprint == network.fingerprint)
  }

  @Test func theOriginalStaysAsItWas() throws {
    let network = NetworkFixtures.residual()
    let before = network.fingerprint
    let pruned = try Pruned(network, percent: 60, seed: 1)
    #expect(network.fingerprint == before)
    #expect(pruned.network.fingerprint != before)
  }

  @Test func sharedBiasBehindIdentityIsCutForEachReader() throws {
    let pruned = try Pruned(NetworkFixtures.sharedBiases(), percent: 50, seed: 3)
    let bound = try BoundNetwork(pruned.network)
    for layer in NetworkSummary(bound).layers where layer.op == "Conv" {
      let node = pruned.network.nodes.first { $0.id == layer.node }!
      #expect(bound.shape(of: node.inputs[2]!) == [layer.kernels])
    }
    // Readers that lose different kernels no longer share.
    let kept = pruned.selection.keptKernels
    #expect(kept[0] != kept[1])
    let biases = pruned.network.nodes.filter { $0.op == "Conv" }.map { $0.inputs[2]! }
    #expect(bound.constant(of: biases[0]) != bound.constant(of: biases[1]))
  }

  @Test func declaredShapesFollow() throws {
    var network = NetworkFixtures.plain()
    let bound = try BoundNetwork(network)
    for index in network.values.indices {
      guard let shape = bound.shape(of: ValueID(index)) else { continue }
      var dimensions = shape.map(Dimension.fixed)
      if shape.count == 4 { dimensions[0] = .symbolic("N") }
      if !network.inputs.contains(ValueID(index)) {
        network.declare(DeclaredType(elementType: .float32, dimensions: dimensions), for: ValueID(index))
      }
    }
    let pruned = try Pruned(network, percent: 50, seed: 2)
    let after = try BoundNetwork(pruned.network)
    for index in pruned.network.values.indices {
      guard let declared = pruned.network.values[index].declaredType?.dimensions,
        let shape = after.shape(of: ValueID(index))
      else { continue }
      #expect(declared.count == shape.count)
      for (dimension, extent) in zip(declared, shape) {
        #expect(dimension.extent == nil || dimension.extent == extent)
      }
    }
    let weight = pruned.network.value(named: "c1.weight")!
    #expect(pruned.network.values[weight.index].declaredType?.dimensions?.first != .fixed(8))
  }

  @Test func freeBatchStaysFree() throws {
    let pruned = try Pruned(NetworkFixtures.computedFlatten(), percent: 50, seed: 5)
    let input = pruned.network.inputs[0]
    // The second path wrote its batch of 1 down itself.
    let reshapes = pruned.network.nodes.filter { $0.op == "Reshape" }
    let bound = try BoundNetwork(pruned.network)
    #expect(bound.constant(of: reshapes[0].inputs[1]!)?.integers.first != nil)
    #expect(pruned.network.values[input.index].declaredType?.dimensions?.first == .symbolic("batch"))
  }

  @Test(arguments: [(4, 2), (2, 2), (12, 5)])
  func normalizedGroupsAreCountedAnew(_ groups: Int, _ left: Int) throws {
    let network = NetworkFixtures.normalizedGroups(groups)
    let bound = try BoundNetwork(network)
    let found = try ChannelGroups(bound)
    // Two blocks of three; three places in each of two blocks of six; five channels by themselves.
    let kept = [4: [0, 1, 2, 9, 10, 11], 2: [0, 2, 4, 6, 8, 10], 12: [1, 2, 3, 4, 8]][groups]!
    let selection = try Selection(keeping: ["stem": kept], groups: found)
    let pruned = try network.removing(selection, groups: found, bound: bound)
    let node = pruned.nodes.first { $0.op == "GroupNormalization" }
    #expect(node?.attributes["num_groups"] == .int(left))
  }

  @Test func aSelectionOfAnotherNetworkIsRefused() throws {
    let bound = try BoundNetwork(NetworkFixtures.plain())
    let groups = try ChannelGroups(bound)
    let selection = Selection(removedUnits: [0], keptKernels: [[1]], asked: [1])
    #expect(throws: PruningError.anotherNetwork) {
      _ = try NetworkFixtures.plain().removing(selection, groups: groups, bound: bound)
    }
  }
}
