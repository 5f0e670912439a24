import Compute
import Graph

/// Measures without labels how far a network's outputs are from those of the one that it was made from:
/// Σ‖y − y₀‖² / Σ‖y₀‖² over the calibration examples and the outputs that data alone decide.
final class DeviationRun {
  private(set) var done = 0
  /// Batches in all.
  var total: Int { calibration.batches.count }
  /// What was found so far; `nil` where the original's outputs are all zero.
  var deviation: Double? { reference > 0 ? (difference / reference).squareRoot() : nil }

  private let calibration: CalibrationSet
  private let plans: (before: PlanCache, now: PlanCache)
  private let outputs: [ValueID]
  private var (difference, reference) = (0.0, 0.0)

  init(_ network: Network, _ subject: RecoverySubject) {
    let original = subject.original
    calibration = subject.calibration
    outputs = original.comparedValues.filter(subject.keepsShape(of:))
    plans = (
      calibration.plans(of: original.network, outputs: outputs),
      calibration.plans(of: network, outputs: outputs)
    )
  }

  /// Compares one more batch; false when all were.
  func step() throws -> Bool {
    guard done < total, !outputs.isEmpty else { return false }
    let before = try calibration.forward(plans.before, batch: done)
    let now = try calibration.forward(plans.now, batch: done)
    for output in outputs {
      let (expected, found) = (try before.value(output), try now.value(output))
      for (a, b) in zip(expected, found) {
        difference += Double(a - b) * Double(a - b)
        reference += Double(a) * Double(a)
      }
    }
    done += 1
    return done < total
  }
}
