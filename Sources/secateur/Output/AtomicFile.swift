import Datasets
import Foundation
import Session

/// Text files that appear complete or not at all.
enum AtomicFile {
  static func write(_ text: String, to path: String) throws(SessionError) {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .unwritable(
        path: path,
        reason: (error as NSError).localizedFailureReason ?? "the folder is missing or closed to you")
    }
  }
}

/// Examples that could not be read are named, not hidden.
enum SkippedReport {
  static func note(_ skipped: [Batch.Skipped]) {
    guard let first = skipped.first else { return }
    let others = skipped.count > 1 ? " (and \(skipped.count - 1) others)" : ""
    Console.note("secateur: \(first.name)\(others) could not be read: \(first.reason)")
  }
}
