package import Compute
package import Datasets
import Graph
package import Pruning

extension Verification {
  /// Runs the pruned network and the masked one on the same inputs and compares every output; in place of outputs
  /// that cannot be computed before the data are there, the values that lie before them, as far as both have them.
  ///
  /// Both are run at the sizes that the original was opened with; then, wherever the original runs there, at a second extent
  /// of every axis that the file leaves open, and on several examples.
  ///
  /// - Parameters:
  ///   - original: what was pruned.
  ///   - selection: what was removed of it.
  ///   - pruned: what it became.
  ///   - examples: how many are compared at once, where their number is free.
  ///   - data: what the inputs are taken from where the sizes are theirs; else seeded random numbers are, and zeros for inputs
  ///     of integers, which choose something. Data that do not fit the original are passed over.
  ///   - terms: what is compared in place of the outputs: what lies behind is not computed.
  /// - Throws: where the original cannot be computed at the first sizes.
  package init(
    original: OpenNetwork, selection: Selection, pruned: OpenNetwork, examples: Int = 4,
    data: Dataset? = nil, at terms: [LossTerm]? = nil, options: ComputeOptions = ComputeOptions()
  ) throws {
    let masked = try original.network.masked(selection, groups: original.groups, bound: original.bound)
    var exact = options
    exact.exact = true
    exact.precision = .float32
    let comparison = NetworkPairComparison(
      masked: masked, pruned: pruned.network,
      kept: KeptIndices(selection, groups: original.groups, bound: original.bound),
      values: try original.comparedValues(at: terms), options: exact)
    let first = original.comparedInputs(examples: original.bound.batchSize, data: data)
    var found = try comparison.run(first)
    var compared = first.examples
    for other in original.otherInputs() where found.disagreement == nil {
      _ = try comparison.add(other, to: &found)
    }
    // Some exporters declare a free batch and bake a batch of one into a Reshape.
    if found.disagreement == nil, examples > compared, original.fixedBatch == nil {
      let several = original.comparedInputs(examples: examples, data: data)
      if try comparison.add(several, to: &found) { compared = several.examples }
    }
    self.init(
      examples: compared, largestDifference: found.largestDifference, disagreement: found.disagreement)
  }
}
