import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// Weights that a file computes from constants: what is constant is scored, and goes.
@Suite struct ComputedWeightTests {
  @Test(arguments: ["spectral_default.onnx", "spectral_live.onnx"])
  func aSpectralNormIsNoObstacle(_ name: String) throws {
    let model = try ONNXModel(contentsOf: CaseFile.model(name).path)
    let original = try OpenNetwork(model.network)
    #expect(original.groups.layers.map(\.isPrunable) == [true, true, false])
    let scores = ScoreTable(.l2, of: original.groups, in: original.bound)
    #expect(Set(scores.layers.keys) == Set(original.groups.layers.map(\.layer.name)))
    let selection = try PruningSettings().proposal(
      .percent(50), scope: .layer, scores: scores, groups: original.groups, bound: original.bound
    ).selection
    #expect(selection.keptKernels.map(\.count) == [8, 16, 1])
    let pruned = try original.removing(selection)
    let copy = try ONNXModel(data: model.data(for: pruned.network))
    let weights = copy.network.constants.values.reduce(0) { $0 + $1.elementCount }
    // Half of the first layer, a quarter of the second, half of the third; `spectral_default` has matrices of its own
    // for the norms.
    #expect(weights < (name == "spectral_live.onnx" ? 3_000 : 14_000))
    let masked = try original.network.masked(selection, groups: original.groups, bound: original.bound)
    var numbers = RandomNumbers(seed: 4)
    let values = numbers.numbers(2 * 3 * 16 * 16).map(Double.init)
    let results = try [masked, copy.network].map { network in
      let bound = try BoundNetwork(network, batch: 2)
      return try ReferenceEvaluator(bound).run([bound.network.inputs[0]: values])[bound.network.outputs[0]]!
        .doubles
    }
    for (a, b) in zip(results[0], results[1]) { #expect(abs(a - b) < 1e-5 * max(1, abs(a))) }
  }

  /// Scores are of the weight that the layer multiplies with, not of the numbers that it is made of.
  @Test func theWeightIsScoredAsItIsUsed() throws {
    let model = try ONNXModel(contentsOf: CaseFile.model("spectral_live.onnx").path)
    let network = try OpenNetwork(model.network)
    let layer = network.groups.layers[1].layer
    let scores = try #require(ScoreTable(.l1, of: network.groups, in: network.bound).layers[layer.name]).mean
    let raw = try #require(
      model.network.value(named: "2.weight_orig").flatMap { model.network.constants[$0] })
    let used = try #require(network.bound.constant(of: layer.weight))
    let ratio = used.doubles[0] / raw.doubles[0]
    #expect(abs(ratio - 1) > 0.01)
    let first = raw.doubles[..<256].reduce(0) { $0 + abs($1) } * ratio
    #expect(abs(scores[0] - first) < 1e-4 * first)
  }
}
