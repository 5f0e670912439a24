internal import TerminalUI

/// What the worth of iterations is plotted against.
package enum ScatterAxis: String, Sendable, Hashable, CaseIterable {
  case macs = "MACs"
  case parameters
  case latency

  /// Where an iteration stands; `nil` where that was not measured.
  ///
  /// - Parameter conditions: those under which times compare.
  func value(of iteration: IterationSummary, under conditions: LatencyConditions?) -> Double? {
    switch self {
    case .macs: Double(iteration.multiplyAccumulates)
    case .parameters: Double(iteration.parameters)
    case .latency: iteration.latency?.seconds(under: conditions)
    }
  }

  /// A value as people read it.
  func text(_ value: Double) -> String {
    switch self {
    case .macs, .parameters: Quantity.count(value)
    case .latency: value.isFinite && abs(value) < 1e6 ? ChangeText.time(Int(1e9 * value)) : Quantity.missing
    }
  }
}
