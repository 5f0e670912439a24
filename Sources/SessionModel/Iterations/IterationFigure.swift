/// A figure of iterations: a column of their sheet, by which they are sorted, compared and set against each other.
package enum IterationFigure: String, Sendable, Hashable, CaseIterable {
  /// The number.
  case number
  /// The name, or what made the iteration.
  case title
  /// The share of right answers.
  case accuracy
  /// The mean loss.
  case loss
  /// How far the outputs are from the original's: needs no labels.
  case deviation
  /// Learnable elements.
  case parameters
  /// Multiply-accumulates for one example.
  case macs
  /// The time of one example.
  case latency
  /// Bytes of the weights.
  case size
  /// When it was made.
  case made

  /// What networks cost.
  package static let costs: [IterationFigure] = [.macs, .parameters, .latency, .size]
  /// What networks are worth.
  package static let worths: [IterationFigure] = [.accuracy, .loss, .deviation]

  /// What people call it.
  package var title: String {
    switch self {
    case .title: "what made it"
    case .macs: "MACs"
    case .size: "file size"
    case .made: "time when it was made"
    case .number, .accuracy, .loss, .deviation, .parameters, .latency: rawValue
    }
  }

  /// Whether small values come first unless the order is inverted: the best comes first, and of times the newest.
  package var isAscendingAtFirst: Bool { self != .accuracy && self != .made }
}
