import Compute
import Foundation
import Graph
import Pruning
import Testing
import Training

@Suite struct SparsityTests {
  private struct Case {
    let network: Network
    let groups: ChannelGroups
    let constants: TrainableConstants
    let weights: [ValueID: [Float]]
  }

  private func residual() throws -> Case {
    var network = SampleNetwork.residual.untrained(seed: 5)
    var generator = SeededGenerator(seed: 2)
    // Scales that differ, signs included.
    for (value, tensor) in network.constants.sorted(by: { $0.key < $1.key })
    where network.name(of: value).hasSuffix("bn.weight") {
      network.constants[value] = Tensor(
        (0..<tensor.elementCount).map { _ in Float(generator.normal()) }, shape: tensor.shape)
    }
    let bound = try BoundNetwork(
      network, inputShapes: [network.inputs[0]: [1, 1, 28, 28]], foldsWeights: false)
    let constants = TrainableConstants(bound)
    return Case(
      network: network, groups: try ChannelGroups(bound), constants: constants,
      weights: constants.parameters.reduce(into: [:]) { $0[$1] = network.constants[$1]!.floats })
  }

  private func penalty(_ item: Case, _ settings: SparsitySettings) throws -> SparsityPenalty {
    try SparsityPenalty(
      settings, groups: item.groups, network: item.network, parameters: item.constants.parameters,
      scales: item.constants.scales)
  }

  /// What the penalty adds to gradients of zero.
  private func gradients(_ penalty: SparsityPenalty, _ weights: [ValueID: [Float]]) -> [ValueID: [Float]] {
    var penalty = penalty
    penalty.beginStep()
    for (value, elements) in weights {
      elements.withUnsafeBufferPointer { penalty.observe(value, values: $0) }
    }
    let factors = penalty.factors()
    return weights.reduce(into: [:]) { found, entry in
      var gradient = [Float](repeating: 0, count: entry.value.count)
      entry.value.withUnsafeBufferPointer { values in
        gradient.withUnsafeMutableBufferPointer {
          penalty.add(entry.key, values: values, factors: factors, to: $0)
        }
      }
      found[entry.key] = gradient
    }
  }

  /// The weights of a unit that count: matrices and scales of normalizations. An element of two slices stands twice.
  private func elements(_ item: Case, unit: Int) -> [(value: ValueID, index: Int)] {
    item.groups.slices(ofUnit: unit).flatMap { slice -> [(value: ValueID, index: Int)] in
      let shape = item.network.constants[slice.constant]!.shape
      guard item.weights[slice.constant] != nil,
        shape.count > 1 || item.constants.scales.contains(slice.constant)
      else { return [] }
      let inner = shape[(slice.axis + 1)...].reduce(1, *)
      let outer = shape[..<slice.axis].reduce(1, *)
      return (0..<outer).flatMap { block in
        slice.indices.flatMap { index in
          let start = (block * shape[slice.axis] + index) * inner
          return (start..<start + inner).map { (value: slice.constant, index: $0) }
        }
      }
    }
  }

  /// Σ over the units of λ√n‖w‖, by its definition.
  private func groupLasso(_ item: Case, _ weights: [ValueID: [Float]], strength: Double) -> Double {
    item.groups.units.indices.filter { item.groups.units[$0].freezeReason == nil }.reduce(0) { sum, unit in
      let own = elements(item, unit: unit)
      let square = own.reduce(0.0) {
        $0 + Double(weights[$1.value]![$1.index]) * Double(weights[$1.value]![$1.index])
      }
      return sum + strength * Double(own.count).squareRoot() * square.squareRoot()
    }
  }

  @Test func groupLassoIsTheSlopeOfItsDefinition() throws {
    let item = try residual()
    let found = gradients(try penalty(item, SparsitySettings(.groupLasso, strength: 0.3)), item.weights)
    var generator = SeededGenerator(seed: 8)
    // Along a random direction in all weights at once.
    var (up, down, slope) = (item.weights, item.weights, 0.0)
    for (value, elements) in item.weights.sorted(by: { $0.key < $1.key }) {
      for (index, element) in elements.enumerated() {
        // Mostly outward, so that the norms change by more than rounding.
        let step = Float(1e-2 * (1 + generator.normal())) * element
        up[value]![index] += step
        down[value]![index] -= step
        slope += Double(found[value]![index]) * Double(up[value]![index] - down[value]![index])
      }
    }
    let wanted = groupLasso(item, up, strength: 0.3) - groupLasso(item, down, strength: 0.3)
    #expect(wanted > 0.1 && abs(slope - wanted) < 1e-3 * wanted)
  }

  @Test func scalesArePenalisedByTheirSign() throws {
    let item = try residual()
    let found = gradients(try penalty(item, SparsitySettings(.batchNormScale, strength: 0.25)), item.weights)
    #expect(!item.constants.scales.isEmpty)
    for (value, gradient) in found {
      let isScale = item.constants.scales.contains(value)
      for (weight, slope) in zip(item.weights[value]!, gradient) {
        // The kernels of every normalization of this network can go.
        #expect(slope == (isScale ? (weight > 0 ? 0.25 : -0.25) : 0), "\(item.network.name(of: value))")
      }
    }
  }

  @Test func growingPenaltiesGrowFastestForTheLeastImportant() throws {
    let item = try residual()
    var penalty = try penalty(item, SparsitySettings(.growing, strength: 5e-4, growth: 1e-4))
    let before = gradients(penalty, item.weights)
    penalty.endEpoch { item.weights[$0]! }
    let after = gradients(penalty, item.weights)
    for group in item.groups.groups where group.units.count > 1 {
      // γ of a unit: what its weights are multiplied with, where an element is in no other.
      var grown: [Double] = []
      for unit in group.units {
        let scale = elements(item, unit: unit).first { item.constants.scales.contains($0.value) }
        guard let scale else { continue }
        let weight = Double(item.weights[scale.value]![scale.index])
        #expect(abs(Double(before[scale.value]![scale.index]) / weight - 5e-4) < 1e-8)
        grown.append(Double(after[scale.value]![scale.index]) / weight - 5e-4)
      }
      guard let least = grown.min(), let most = grown.max() else { continue }
      #expect(
        abs(most - 1e-4) < 1e-7 && abs(least) < 1e-7,
        "the least important gains δ, the most important nothing")
    }
  }

  @Test func groupNormDrivesTheLeastImportantSixteenTimesAsHard() throws {
    let item = try residual()
    let found = gradients(try penalty(item, SparsitySettings(.groupNorm, strength: 0.01)), item.weights)
    for group in item.groups.groups where group.units.count > 1 {
      var members: [(importance: Double, factor: Double)] = []
      for unit in group.units {
        let own = elements(item, unit: unit)
        guard let scale = own.first(where: { item.constants.scales.contains($0.value) }) else { continue }
        let weight = Double(item.weights[scale.value]![scale.index])
        members.append(
          (
            own.reduce(0) { $0 + pow(Double(item.weights[$1.value]![$1.index]), 2) },
            Double(found[scale.value]![scale.index]) / weight
          ))
      }
      // All units of a group own as many slices, so that sums are in the order of means.
      members.sort { $0.importance < $1.importance }
      guard let least = members.first, let most = members.last, members.count > 2 else { continue }
      #expect(abs(least.factor - 0.16) < 1e-4 && abs(most.factor - 0.01) < 1e-4)
      let between = members[members.count / 2]
      let share = (most.importance - between.importance) / (most.importance - least.importance)
      #expect(abs(between.factor - 0.01 * pow(16, share)) < 1e-4)
    }
  }

  @Test func aNetworkWithoutScalesSaysSo() throws {
    let network = SampleNetwork.upsampler.untrained()
    let bound = try BoundNetwork(network, foldsWeights: false)
    let constants = TrainableConstants(bound)
    #expect(throws: TrainingError.nothingToPenalize("bn-scale")) {
      try SparsityPenalty(
        SparsitySettings(.batchNormScale, strength: 1), groups: ChannelGroups(bound), network: network,
        parameters: constants.parameters, scales: constants.scales)
    }
  }
}
