public import Compute
public import Datasets
import Foundation
import Graph
public import Pruning

/// The proof that removing channels did what masking them would do.
public struct Verification: Sendable, Hashable, Codable {
  /// Examples compared at once, at most.
  public let examples: Int
  /// The largest finite difference of any value compared, relative to the value's largest magnitude.
  public let largestDifference: Double
  /// Where the networks do not compute the same; `nil` where they do.
  public let disagreement: Disagreement?

  /// More than rounding explains.
  public static let tolerance = 1e-3

  /// Whether both networks compute the same.
  public var holds: Bool { disagreement == nil }

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
  ///   - places: what is compared in place of the outputs: what lies behind is not computed.
  /// - Throws: where the original cannot be computed at the first sizes.
  public init(
    original: OpenNetwork, selection: Selection, pruned: OpenNetwork, examples: Int = 4,
    data: Dataset? = nil, at places: [LossPlace]? = nil, options: ComputeOptions = ComputeOptions()
  ) throws(SessionError) {
    let masked = try SessionError.pruning { () throws(PruningError) in
      try original.network.masked(selection, groups: original.groups, bound: original.bound)
    }
    var exact = options
    exact.exact = true
    exact.precision = .float32
    let comparison = NetworkPairComparison(
      masked: masked, pruned: pruned.network,
      kept: KeptIndices(selection, groups: original.groups, bound: original.bound),
      values: try original.comparedValues(at: places), options: exact)
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
    self.examples = compared
    largestDifference = found.largestDifference
    disagreement = found.disagreement
  }
}

extension Verification {
  /// Where a pruned network does not compute what the masked one does.
  public struct Disagreement: Sendable, Hashable, Codable {
    /// How they differ.
    public enum Kind: Sendable, Hashable, Codable {
      /// By this much of the value's largest magnitude.
      case difference(Double)
      /// In the shape of the value.
      case shapes(pruned: [Int], expected: [Int])
      /// One has numbers where the other has none.
      case notNumbers
      /// The pruned network cannot be computed there, which the sentence explains.
      case fails(String)
    }

    /// The value's name; `nil` where there is none to compare.
    public let value: String?
    /// How they differ.
    public let kind: Kind
    /// The inputs with their shapes, as text: `x 1×3×32×32`.
    public let inputs: String
    /// The open axis of which this is another extent than the network was opened with; `nil` at the first sizes.
    public let axis: String?

    /// What is wrong and where, in a sentence.
    public var sentence: String {
      let name = value.map { " \($0)" } ?? ""
      let at = axis.map { "with another extent of \($0): \(inputs)" } ?? "with \(inputs)"
      switch kind {
      case .difference(let difference):
        let amount = difference.formatted(
          .number.precision(.significantDigits(1...2)).locale(Locale(identifier: "en_US_POSIX")))
        return
          "The pruned network's\(name) differs from the masked one's by \(amount) relative, more than rounding explains, \(at)."
      case .shapes(let pruned, let expected):
        return
          "The pruned network gives\(name) as \(pruned.shapeText) where \(expected.shapeText) was expected, \(at)."
      case .notNumbers:
        return
          "The pruned network's\(name) is not a number where the masked one's is, or the other way round, \(at)."
      case .fails(let reason):
        return "The pruned network cannot be computed where the original can, \(at): \(reason)"
      }
    }
  }
}
