import Datasets
import TerminalUI

/// Examples that could not be read are named, not hidden.
enum SkippedReport {
  static func note(_ skipped: [Batch.Skipped]) {
    guard let first = skipped.first else { return }
    let others = skipped.count > 1 ? " (and \(skipped.count - 1) others)" : ""
    Console.note("secateur: \(first.name)\(others) could not be read: \(first.reason)")
  }
}
