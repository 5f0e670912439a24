package import Pruning
import Quantities

/// How far a network's outputs are from the original's on a fixed set of examples. No labels are looked at.
public struct OutputDeviation: Sendable, Hashable, Codable {
  /// What it counts.
  package let measure: LossCurves.Measure
  /// The mean over the examples: 0 where nothing differs.
  public let value: Double
  /// Examples compared.
  public let examples: Int

  /// A deviation that was measured.
  package init(measure: LossCurves.Measure, value: Double, examples: Int) {
    self.measure = measure
    self.value = value
    self.examples = examples
  }

  /// Whether the network should not be used as it is: its classes are more than one nat away, or more than half of the
  /// outputs' variance is lost. What is no number is large, too.
  public var isLarge: Bool { !(value <= measure.usableDeviation) }

  /// The value as it stands in a column: `63%` of the outputs' variance, or `0.12` nats.
  public var text: String { measure.deviationText(value) }

  /// What it says, short enough for a line of a small screen: `Outputs differ from the original's by 63%`.
  private var finding: String {
    switch measure {
    case .divergence: "Outputs are \(text) nats from the original's"
    case .outputError: "Outputs differ from the original's by \(text)"
    }
  }

  /// What it says of how many examples, in a sentence.
  public var sentence: String { "\(finding), on \(Quantity.grouped(examples)) examples." }

  /// What to do about a large one, in a sentence; `nil` for one that is not large.
  ///
  /// - Parameter isRecovered: whether something was won back already.
  public func warning(isRecovered: Bool = false) -> String? {
    guard isLarge else { return nil }
    return finding
      + (isRecovered ? ": fine-tune or remove less." : ": recover or fine-tune before use.")
  }
}

extension LossCurves.Measure {
  /// The largest deviation of outputs that are still what they were for the most part.
  fileprivate var usableDeviation: Double {
    switch self {
    case .divergence: 1
    case .outputError: 0.5
    }
  }

  /// A deviation as it stands in a column.
  func deviationText(_ value: Double) -> String {
    switch self {
    case .divergence:
      value > 0 && value < 0.005 ? Quantity.scientific(value) : Quantity.significant(value, digits: 3)
    case .outputError: Quantity.percent(value, digits: value < 0.01 ? 2 : value < 0.1 ? 1 : 0)
    }
  }

  /// What a deviation of outputs is, behind a table of them.
  package var deviationMeaning: String {
    switch self {
    case .divergence: "the divergence of the classes' probabilities, in nats"
    case .outputError: "the squared error of the outputs, as a share of their variance"
    }
  }
}

extension IterationSummary {
  /// Why the iteration should not be used as it is, in a sentence, as far as its outputs say.
  package var deviationWarning: String? { outputDeviation?.warning(isRecovered: recovery != nil) }
}
