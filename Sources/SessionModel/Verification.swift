import Foundation
import Graph

/// The proof that removing channels did what masking them would do.
public struct Verification: Sendable, Hashable, Codable {
  /// Examples compared at once, at most.
  public let examples: Int
  /// The largest finite difference of any value compared, relative to the value's largest magnitude.
  public let largestDifference: Double
  /// Where the networks do not compute the same; `nil` where they do.
  public let disagreement: Disagreement?

  /// A comparison's result.
  package init(examples: Int, largestDifference: Double, disagreement: Disagreement?) {
    self.examples = examples
    self.largestDifference = largestDifference
    self.disagreement = disagreement
  }

  /// More than rounding explains.
  package static let tolerance = 1e-3

  /// Whether both networks compute the same.
  public var holds: Bool { disagreement == nil }
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

    /// A disagreement from its parts.
    package init(value: String?, kind: Kind, inputs: String, axis: String?) {
      self.value = value
      self.kind = kind
      self.inputs = inputs
      self.axis = axis
    }

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
