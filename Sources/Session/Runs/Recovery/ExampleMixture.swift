import Datasets
import Graph

/// Mixtures of two examples each, of which there are enough that none is learned by heart (Zhang et al. 2018; Beyer et al. 2022).
struct ExampleMixture {
  private let shapes: [ValueID: BatchedShape]

  /// `nil` where an input is made of indices: what lies between two of them is none.
  init?(_ network: OpenNetwork, shapes: [ValueID: BatchedShape]) {
    let takesNumbers = network.network.inputs.allSatisfy {
      network.bound.specs[$0.index]?.elementType.isFloatingPoint ?? false
    }
    guard takesNumbers else { return nil }
    self.shapes = shapes
  }

  /// Each example of a batch mixed with one of another batch, in a share of its own.
  func mixed(
    _ batch: BatchFeed.Values, with other: BatchFeed.Values, _ random: inout SeededGenerator
  ) -> BatchFeed.Values {
    let partners = random.permutation(of: batch.count)
    let shares = (0..<batch.count).map { _ in Float(random.unit()) }
    var values = batch.values
    for (input, shape) in shapes {
      guard shape.axis != nil, let first = batch.values[input], let second = other.values[input],
        first.count == second.count
      else { continue }
      var own = shape.examplesFirst(first, examples: batch.count)
      let others = shape.examplesFirst(second, examples: batch.count)
      let size = own.count / batch.count
      for example in 0..<batch.count {
        let (share, offset) = (shares[example], (partners[example] - example) * size)
        for index in example * size..<(example + 1) * size {
          own[index] = share * own[index] + (1 - share) * others[index + offset]
        }
      }
      values[input] = shape.inPlace(own, examples: batch.count)
    }
    return BatchFeed.Values(count: batch.count, values: values)
  }
}
