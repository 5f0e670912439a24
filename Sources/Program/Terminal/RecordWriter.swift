import Dispatch
import Screens
import Session
import Synchronization

/// Writes the record of what was done beside the keys: a disk that is slow to answer holds up no key.
final class RecordWriter: Sendable {
  private struct Record: Sendable {
    let entries: [RecordEntry]
    let path: String
  }

  private let latest = Mutex<Record?>(nil)
  private let queue = DispatchQueue(label: "secateur.record")

  /// Writes a record soon, unless a newer one comes first.
  func write(_ entries: [RecordEntry], to path: String) {
    latest.withLock { $0 = Record(entries: entries, path: path) }
    queue.async { [self] in
      let record = latest.withLock { latest in
        defer { latest = nil }
        return latest
      }
      guard let record else { return }
      // Failing to is no reason to stop: the session itself is kept by the engine.
      try? Destination.write(record.entries.map { $0.line + "\n" }.joined(), to: record.path)
    }
  }

  /// Waits until all of it is written.
  func finish() { queue.sync {} }
}
