import Foundation
import Graph
import Testing

/// Sizes that a file says never overflow: they are counted where they can be, and refused where they cannot.
@Suite struct SizesTests {
  private static let extremes = [
    Int.min, Int.min + 1, -(1 << 40), -1, 0, 1, 2, 3, 1 << 20, 1 << 30, (1 << 31) - 1, 1 << 40, 1 << 62,
    Int.max,
  ]

  @Test func aProductEndsWhereCountsDo() {
    for a in Self.extremes {
      for b in Self.extremes where a >= 0 && b >= 0 {
        let exact = a.multipliedFullWidth(by: b)
        let fits = exact.high == 0 && exact.low <= UInt(SizeLimit.count)
        #expect(a.times(b) == (fits ? Int(exact.low) : SizeLimit.count))
        #expect(a.plus(b) <= max(SizeLimit.count, max(a, b)))
      }
    }
  }

  @Test func aCheckedSumOrProductIsTheSumOrTheProductOrNothing() {
    for a in Self.extremes {
      for b in Self.extremes {
        let (sum, sumOverflows) = a.addingReportingOverflow(b)
        #expect(a.checkedSum(b) == (sumOverflows ? nil : sum))
        let (difference, differenceOverflows) = a.subtractingReportingOverflow(b)
        #expect(a.checkedDifference(b) == (differenceOverflows ? nil : difference))
        let (product, productOverflows) = a.multipliedReportingOverflow(by: b)
        #expect(a.checkedProduct(b) == (productOverflows ? nil : product))
      }
    }
    #expect([Int.max, 1].checkedSum == nil)
    #expect([3, -1, 4].checkedSum == 6)
  }

  @Test func aShapeOfLimitedSizeHasStridesAndCountsOfLimitedSize() {
    var generator = SeededGenerator(seed: 13)
    for _ in 0..<20_000 {
      let rank = Int(generator.next() % 70)
      let shape = (0..<rank).map { _ in Self.extremes[Int(generator.next() % UInt64(Self.extremes.count))] }
      let small = shape.map { max(0, $0) % 9 }
      for candidate in [shape, small, small + [0], [1 << 30, 0] + small] {
        // Neither traps, whatever the shape.
        let (count, strides) = (candidate.elementCount, candidate.denseStrides)
        guard let checked = candidate.checkedElementCount else { continue }
        #expect(checked == count)
        #expect(checked <= SizeLimit.elements)
        #expect(strides.allSatisfy { 0...SizeLimit.elements ~= $0 })
      }
    }
  }

  @Test(arguments: [
    [-1], [1 << 31], [1 << 21, 1 << 21], [Int](repeating: 1, count: 65), [0, 1 << 30, 1 << 30],
  ]) func aShapeThatNoTensorHasIsNone(shape: [Int]) {
    #expect(shape.checkedElementCount == nil)
    #expect(throws: GraphError.self) { try Tensor(.uint8, shape: shape, bytes: Data()) }
  }

  @Test func aNumberIsCutToWhatRulesComputeWith() {
    for number in Self.extremes {
      #expect(abs(number.limited) <= SizeLimit.number)
      if number.magnitude <= UInt(SizeLimit.number) { #expect(number.limited == number) }
    }
  }

  @Test(arguments: [
    (1.9, 1), (-1.9, -1), (.nan, 0), (.infinity, 1 << 62), (-.infinity, -(1 << 62)), (1e300, 1 << 62),
  ]) func aFloatingPointNumberIsCutToAWholeOne(number: Double, whole: Int) {
    #expect(Int(cut: number) == whole)
  }

  @Test func aShapeOfManyAxesIsNotWrittenOut() {
    #expect([2, 3].shapeText == "2×3")
    #expect([Int](repeating: 1, count: 100_000).shapeText.count < 300)
  }
}

/// What a file may make the program compute or take before anything is run is bounded and said.
@Suite struct BudgetTests {
  /// `levels` concatenations of a value with itself, each twice as long.
  private static func doubling(levels: Int) -> Network {
    var network = Network(name: "doubling", opsets: ["": 17])
    var value = network.addConstant("c", Tensor([Float](repeating: 1, count: 1024), shape: [1024]))
    for level in 0..<levels {
      let next = network.addValue("v\(level)")
      network.nodes.append(
        Node(
          id: NodeID(level), name: "concat\(level)", op: "Concat", inputs: [value, value], outputs: [next],
          attributes: ["axis": .int(0)]))
      value = next
    }
    network.outputs = [value]
    return network
  }

  @Test func whatIsTooLargeToFoldIsLeftToTheRun() throws {
    let bound = try BoundNetwork(Self.doubling(levels: 19))
    #expect(bound.failures.isEmpty)
    #expect(bound.constant(of: bound.network.outputs[0]) == nil)
    #expect(bound.shape(of: bound.network.outputs[0]) == [1024 << 19])
    // What is small is computed as ever.
    #expect(bound.steps.count < 19)
  }

  @Test func whatNoTensorCanHoldIsRefused() {
    #expect { try BoundNetwork(Self.doubling(levels: 40)) } throws: { error in
      guard case .invalidNode("Concat", let node, _)? = error as? GraphError else { return false }
      return node == "concat20"
    }
  }

  /// A shape that is computed from a constant beyond the allowance: the reason is its size, not the data.
  @Test func whatNeedsSuchAConstantSaysHowMuchItWouldTake() throws {
    var network = Self.doubling(levels: 19)
    let big = network.outputs[0]
    let input = network.addValue("x", type: DeclaredType(elementType: .float32, dimensions: [.fixed(4)]))
    let result = network.addValue("y")
    network.inputs = [input]
    network.nodes.append(
      Node(id: NodeID(100), name: "expand", op: "Expand", inputs: [input, big], outputs: [result]))
    network.outputs = [result]
    #expect { try BoundNetwork(network) } throws: { error in
      guard case .overBudget("Concat", _, let needed, let allowed)? = error as? GraphError else {
        return false
      }
      return needed > allowed && (error as? GraphError)?.remedy.contains("Allow that much") == true
    }
  }

  @Test(arguments: [
    ("8G", 8 << 30), ("512M", 512 << 20), ("1.5GiB", 3 << 29), ("64kb", 64 << 10), ("1000000", 1_000_000),
  ]) func aBudgetIsReadAsPeopleWriteIt(text: String, bytes: Int) {
    #expect(MemoryBudget(text: text)?.bytes == bytes)
  }

  @Test(arguments: ["", "G", "-1G", "8X", "8 G", "0", "1e99Q"]) func otherTextIsNone(text: String) {
    #expect(MemoryBudget(text: text) == nil)
  }

  @Test(arguments: [(6_600_000_000, "6.6 GB", "7G"), (3_000_000, "3 MB", "66M")])
  func anAmountIsSaidWithABudgetThatHoldsIt(bytes: Int, said: String, budget: String) {
    #expect(bytes.byteText == said)
    #expect(bytes.budgetText == budget)
    #expect((MemoryBudget(text: budget)?.bytes ?? 0) >= bytes)
  }

  @Test func theMachineHasSomething() { #expect(MemoryBudget.availableBytes > 1 << 24) }
}
