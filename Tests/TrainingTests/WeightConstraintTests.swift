import Graph
import Testing
import Training

/// What holds single weights down.
@Suite struct WeightConstraintTests {
  @Test func masksTakeWholeSlicesAndComeTogether() {
    let filters = WeightMask(zeroing: [1], axis: 0, shape: [2, 2, 2])
    let channels = WeightMask(zeroing: [0, 7], axis: 1, shape: [2, 2, 2])
    #expect(filters.keeps == [true, true, true, true, false, false, false, false])
    #expect(channels.keeps == [false, false, true, true, false, false, true, true])
    #expect(filters.intersection(channels).keeps.count { $0 } == 2 && filters.sparsity == 0.5)
    #expect(channels.applied(to: [1, 2, 3, 4, 5, 6, 7, 8]) == [0, 0, 3, 4, 0, 0, 7, 8])
  }

  private static let groupings: [WeightPenalty.Grouping] = [
    .slices(axis: 0), .slices(axis: 1), .runs(length: 3), .whole,
  ]

  /// The derivative of each penalty against finite differences.
  @Test(arguments: groupings) func derivativesAreThoseOfThePenalty(grouping: WeightPenalty.Grouping) {
    let shape = [2, 4, 3]
    var generator = SeededGenerator(seed: 5)
    let weights = (0..<24).map { _ in Float(generator.normal()) }
    let indices = ElementGroups(grouping, shape: shape)
    let parameter = ValueID(0)
    func penalty(_ kind: WeightPenalty.Kind, _ weights: [Float]) -> Double {
      switch kind {
      case .l1: return weights.reduce(0) { $0 + Double(abs($1)) }
      case .l2: return 0.5 * weights.reduce(0) { $0 + Double($1 * $1) }
      case .groupLasso:
        var squares = [Double](repeating: 0, count: indices.count)
        for (index, weight) in weights.enumerated() {
          squares[indices.group(of: index)] += Double(weight * weight)
        }
        return squares.reduce(0) { $0 + $1.squareRoot() }
      }
    }
    for kind in [WeightPenalty.Kind.l1, .l2, .groupLasso] {
      let rule = WeightPenalty(kind, on: parameter, strength: 0.5, grouping: grouping)
      var gradient = [Float](repeating: 1, count: 24)
      weights.withUnsafeBufferPointer { values in
        gradient.withUnsafeMutableBufferPointer { rule.add(values: values, shape: shape, to: $0) }
      }
      for index in weights.indices {
        var (up, down) = (weights, weights)
        up[index] += 1e-3
        down[index] -= 1e-3
        let slope = 0.5 * (penalty(kind, up) - penalty(kind, down)) / 2e-3
        #expect(abs(Double(gradient[index]) - 1 - slope) < 2e-3, "\(kind) at \(index)")
      }
    }
  }
}
