import Graph
import Testing

/// Where examples lie follows from what the file calls its extents.
@Suite struct BatchAxesTests {
  /// What stands along each axis: a number is fixed, a name free, `?` says nothing.
  private func axes(_ inputs: [String], _ outputs: [String]) -> (axes: [Int?], found: BatchAxes) {
    var network = Network(name: "declared", opsets: ["": 17])
    func declare(_ text: String, _ name: String) -> ValueID {
      let dimensions = text.split(separator: " ").map { word -> Dimension in
        Int(word).map(Dimension.fixed) ?? (word == "?" ? .unknown : .symbolic(String(word)))
      }
      return network.addValue(name, type: DeclaredType(elementType: .float32, dimensions: dimensions))
    }
    for (number, text) in inputs.enumerated() { network.inputs.append(declare(text, "x\(number)")) }
    for (number, text) in outputs.enumerated() { network.outputs.append(declare(text, "y\(number)")) }
    let found = network.batchAxes
    return (network.inputs.map(found.axis), found)
  }

  @Test(
    arguments: [
      (["batch 3 H W"], ["batch 1 H W"], [0]),
      (["? 3 8 8"], ["? 10"], [0]),
      // A constant as an input, wherever it stands.
      (["N 3 8 8", "1 3 1 1"], ["N 4"], [0, nil]),
      (["1 1 1 3", "unk__6 8 8 3"], ["unk__6 4"], [nil, 0]),
      // Recurrent networks and their state.
      (["batch time 8", "2 batch 16"], ["batch time 4", "2 batch 16"], [0, 1]),
      (["time batch 8", "2 batch 16"], ["time batch 4"], [1, 1]),
      (["s0 s1 8", "2 s1 16"], ["s0 s1 4", "2 s1 16"], [1, 1]),
      (["s0 s1 8"], ["s1 4"], [1]),
      // Neither are pictures of any size, whatever else comes out.
      (["b 3 H W"], ["b 4 H W", "H W"], [0]),
      (["unk__1 H W 3"], ["unk__5 H W 4"], [0]),
      // Lengths are no examples.
      (["batch time 8", "time"], ["batch 4"], [0, nil]),
      // Boxes of one picture.
      (["1 3 12 12", "k 4", "k"], ["k 4", "k 8"], [nil, 0, 0]),
      // A batch of one with pictures of any size.
      (["2 3 8 8", "2 5"], ["2 4"], [0, 0]),
    ] as [([String], [String], [Int?])])
  func theBatchIsFoundByItsName(inputs: [String], outputs: [String], expected: [Int?]) {
    #expect(axes(inputs, outputs).axes == expected, "\(inputs)")
  }

  @Test func aFixedBatchIsSaid() {
    #expect(axes(["2 3 8 8"], ["2 4"]).found.fixed == 2)
    #expect(axes(["1 3 H W"], ["1 1 H W"]).found.fixed == 1)
    #expect(axes(["N 3 8 8", "1 3 1 1"], ["N 4"]).found.fixed == nil)
    #expect(axes(["1 3 12 12", "k 4"], ["k 4"]).found.fixed == nil)
  }

  @Test func shapesOfBatchesHaveTheExamplesInTheirPlace() {
    #expect(BatchedShape(example: [3, 8, 8]).shape(examples: 5) == [5, 3, 8, 8])
    #expect(BatchedShape(example: [2, 16], axis: 1).shape(examples: 5) == [2, 5, 16])
    #expect(BatchedShape(example: [1, 3], axis: nil).shape(examples: 5) == [1, 3])
  }
}
