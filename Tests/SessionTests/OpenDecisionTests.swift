import Formats
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing

/// Files in which an open size decides between two branches.
@Suite struct OpenDecisionTests {
  @Test(
    arguments: ["if_scripted.onnx", "if_shape_inner.onnx"], [[1, 3, 8, 8], [1, 3, 24, 24]])
  func theFileIsRightAtSizesThatTakeTheOtherBranch(_ name: String, _ size: [Int]) throws {
    let model = try ONNXModel(contentsOf: CaseFile.model(name).path)
    let input = model.network.inputs[0]
    let original = try OpenNetwork(model.network, inputShapes: [input: size])
    let scores = ScoreTable(.l2, of: original.groups, in: original.bound)
    let selection = try PruningSettings().proposal(
      .percent(50), scope: .layer, scores: scores, groups: original.groups, bound: original.bound
    ).selection
    #expect(!selection.isEmpty)
    let pruned = try original.removing(selection)
    let copy = try ONNXModel(data: model.data(for: pruned.network))
    #expect(copy.network.nodes.map(\.op) == model.network.nodes.map(\.op), "the If is still there")
    #expect(copy.fileBytes < model.fileBytes * 3 / 4)
    let masked = try original.network.masked(
      selection, groups: original.groups, bound: original.bound)
    for size in [[1, 3, 8, 8], [2, 3, 24, 24], [1, 3, 9, 22]] {
      var numbers = RandomNumbers(seed: 4)
      let values = numbers.numbers(size.elementCount).map(Double.init)
      let results = try [masked, copy.network].map { network in
        let (input, output) = (network.inputs[0], network.outputs[0])
        let bound = try BoundNetwork(network, inputShapes: [input: size])
        return (bound.shape(of: output), try ReferenceEvaluator(bound).run([input: values])[output]!.doubles)
      }
      #expect(results[0].0 == results[1].0)
      for (a, b) in zip(results[0].1, results[1].1) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test func aFileThatNothingIsRemovedFromIsWrittenAsItWas() throws {
    let model = try ONNXModel(contentsOf: CaseFile.model("if_shape_inner.onnx").path)
    let original = try OpenNetwork(
      model.network, inputShapes: [model.network.inputs[0]: [1, 3, 8, 8]])
    #expect(original.network.nodes.contains { $0.isOpenDecision })
    #expect(try model.data(for: original.network) == model.data(for: model.network))
  }
}
