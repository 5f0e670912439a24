import Datasets
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// How far the outputs of a pruned network are from the original's, without labels.
@Suite struct OutputChangeTests {
  /// What stands at the end of a network.
  enum End: CaseIterable {
    /// Probabilities of the classes at every place; moved then; their logarithms.
    case softmax, moved, logarithms
    /// Numbers.
    case none

    var isDistribution: Bool { self != .none }

    /// The mean divergence of the distributions, or the error of the numbers over their variance.
    func change(from before: [Double], to after: [Double], distributions: Int) -> Double {
      var (sum, energy) = (0.0, 0.0)
      let mean = before.reduce(0, +) / Double(before.count)
      for (was, now) in zip(before, after) {
        switch self {
        case .softmax, .moved: sum += was * log(was / now)
        case .logarithms: sum += exp(was) * (was - now)
        case .none: sum += (was - now) * (was - now)
        }
        energy += (was - mean) * (was - mean)
      }
      return sum / (isDistribution ? Double(distributions) : energy)
    }
  }

  private static let (classes, places) = (5, 64)

  /// Two convolutions over pictures [N, 2, 8, 8], so that every place has numbers of five classes.
  private func network(_ end: End) throws -> OpenNetwork {
    var build = NetworkBuilder(seed: 3)
    let x = build.input("x", [nil, 2, 8, 8])
    let features = build.node(
      "Relu",
      build.node(
        "Conv", x, build.constant("first", [8, 2, 3, 3]), attributes: ["pads": .ints([1, 1, 1, 1])]))
    let numbers = build.node("Conv", features, build.constant("second", [Self.classes, 8, 1, 1]))
    switch end {
    case .none: build.output(numbers)
    case .softmax: build.output(build.node("Softmax", numbers, attributes: ["axis": .int(1)]))
    case .logarithms: build.output(build.node("LogSoftmax", numbers, attributes: ["axis": .int(1)]))
    case .moved:
      let probabilities = build.node("Softmax", numbers, attributes: ["axis": .int(1)])
      let last = build.node("Transpose", probabilities, attributes: ["perm": .ints([0, 2, 3, 1])])
      build.output(
        build.node(
          "Reshape", last, build.constant("target", Tensor([0, -1, Self.classes], shape: [3]))))
    }
    return try OpenNetwork(build.network)
  }

  /// The network's outputs for some pictures, in double precision, and what may be removed of it.
  private func outputs(_ network: OpenNetwork, examples: Int, _ pictures: [Float]) throws -> [Double] {
    try (0..<examples).flatMap { example in
      let bound = try BoundNetwork(
        network.network, inputShapes: [network.network.inputs[0]: [1, 2, 8, 8]])
      return try ReferenceEvaluator(bound).run([
        network.network.inputs[0]: pictures[(example * 128)..<((example + 1) * 128)].map(Double.init)
      ])[network.network.outputs[0]]!.doubles
    }
  }

  @Test(arguments: End.allCases) func outputsAreComparedAsWhatTheyAre(end: End) throws {
    let opened = try network(end)
    let folder = try TemporaryFolder()
    let dataset = try Dataset(RedundantNetwork.data(in: folder), preferring: [], fitting: [nil, 2, 8, 8])
    let curves = try CurveRun(opened, dataset: dataset, settings: CurveSettings(examples: 4, widths: 2))
      .curves
    #expect(curves.measure == (end.isDistribution ? .divergence : .outputError))
    var settings = PruningSettings()
    settings.amounts["first"] = .keep(5)
    let selection = try Selection(
      settings, scores: ScoreTable(.random, of: opened.groups, in: opened.bound, seed: 2),
      groups: opened.groups)
    let pruned = try opened.removing(selection)
    let check = try LossCheck(pruned, original: opened, dataset: dataset, examples: 4)
    while try check.step() {}
    #expect(check.count == 4)

    let pictures = dataset.order().prefix(4).flatMap { number -> [Float] in
      Array(RedundantNetwork.pictures[(number * 128)..<((number + 1) * 128)])
    }
    let before = try outputs(opened, examples: 4, pictures)
    let after = try outputs(pruned, examples: 4, pictures)
    let expected = end.change(from: before, to: after, distributions: 4 * Self.places)
    #expect(expected > 0.001)
    #expect(abs(try #require(check.loss) - expected) < 1e-3 * expected)
  }
}
