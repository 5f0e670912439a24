import Compute
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// What layers read is compared with what the original's layers read, channel by channel that stays.
@Suite struct FeatureDistanceTests {
  private static let kept = [0, 2, 4, 6]
  private static let examples = 6

  /// A network of which half of the first layer's kernels went, and the one that it was.
  private struct Pair {
    let original: BoundNetwork
    let pruned: BoundNetwork
    let distance: FeatureDistance

    /// - Parameter factor: what the weights of the kernels that stay are multiplied by.
    init(_ reader: RedundantNetwork.Reader, factor: Float = 1) throws {
      let opened = try OpenNetwork(RedundantNetwork.network(reader) { _, _ in })
      let selection = try Selection(keeping: ["first": kept], groups: opened.groups)
      var network = try opened.network.removing(selection, groups: opened.groups, bound: opened.bound)
      for (value, tensor) in network.constants where network.name(of: value) == "first" {
        network.constants[value] = Tensor(tensor.floats.map { factor * $0 }, shape: tensor.shape)
      }
      let shapes = [network.inputs[0]: [examples, 2, 8, 8]]
      original = try BoundNetwork(opened.network, inputShapes: shapes)
      pruned = try BoundNetwork(network, inputShapes: shapes)
      distance = FeatureDistance(
        pruned, original: original,
        kept: KeptIndices(selection, groups: opened.groups, bound: opened.bound))
    }

    /// A plan that has computed pictures.
    func computed(_ network: BoundNetwork) throws -> ExecutionPlan {
      var random = RandomNumbers(seed: 5)
      let plan = try ExecutionPlan(
        network, purpose: .infer, outputs: network.network.outputs + distance.values)
      try plan.forward([network.network.inputs[0]: random.numbers(examples * 128)])
      return plan
    }
  }

  @Test(arguments: RedundantNetwork.Reader.allCases)
  func nothingPullsWhereChannelsAreWhatTheyWere(reader: RedundantNetwork.Reader) throws {
    let pair = try Pair(reader)
    #expect(!pair.distance.values.isEmpty)
    let original = try pair.computed(pair.original)
    let gradients = try pair.distance.gradients(
      pair.computed(pair.pruned), original: original, pair.distance.weights(original))
    #expect(Set(gradients.keys) == Set(pair.distance.values))
    #expect(gradients.values.joined().allSatisfy { abs($0) < 1e-6 })
  }

  /// Along the way back to the original's values the distance, a square, falls by twice itself.
  @Test(arguments: [RedundantNetwork.Reader.convolution, .depthwiseThenPointwise, .gemm])
  func gradientsAreThoseOfTheMeanOfRelativeErrors(reader: RedundantNetwork.Reader) throws {
    let pair = try Pair(reader, factor: 1.5)
    let (before, after) = (try pair.computed(pair.original), try pair.computed(pair.pruned))
    let gradients = try pair.distance.gradients(after, original: before, pair.distance.weights(before))
    var (distance, slope) = (0.0, 0.0)
    for value in pair.distance.values {
      let (wanted, found) = (try before.value(value), try after.value(value))
      let size = wanted.count / (Self.examples * 8)
      var (error, energy) = (0.0, 0.0)
      for (position, channel) in Self.kept.enumerated() {
        func numbers(_ values: [Float], _ channel: Int, of channels: Int) -> [Double] {
          var found: [Double] = []
          for example in 0..<Self.examples {
            let start = (example * channels + channel) * size
            found += values[start..<start + size].map { Double($0) }
          }
          return found
        }
        let y = numbers(wanted, channel, of: 8)
        let x = numbers(found, position, of: 4)
        let pull = numbers(try #require(gradients[value]), position, of: 4)
        let mean = y.reduce(0, +) / Double(y.count)
        for index in y.indices {
          error += (x[index] - y[index]) * (x[index] - y[index])
          energy += (y[index] - mean) * (y[index] - mean)
          slope += pull[index] * (x[index] - y[index])
        }
      }
      distance += error / energy / Double(pair.distance.values.count)
    }
    #expect(distance > 0.01)
    #expect(abs(slope - 2 * distance) < 1e-4 * distance)

    // What may count half as much pulls half as much, and a bound above it changes nothing.
    for (most, factor) in [(distance / 2, Float(0.5)), (2 * distance, 1)] {
      let bounded = try pair.distance.gradients(
        after, original: before, pair.distance.weights(before), countingAtMost: most)
      for (value, numbers) in gradients {
        let pulls = try #require(bounded[value])
        #expect(zip(numbers, pulls).allSatisfy { abs(factor * $0 - $1) <= 1e-3 * abs($0) })
      }
    }
  }
}
