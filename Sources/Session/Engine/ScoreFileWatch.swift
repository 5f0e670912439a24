import Foundation
import Synchronization

/// Looks twice a second whether a file of scores has changed, and says so, so that scores that other code adds to are live.
final class ScoreFileWatch: Sendable {
  private let isOver = Mutex(false)

  /// - Parameter changed: called on a thread of the watch's own.
  init(of path: String, changed: @escaping @Sendable () -> Void) {
    let first = Self.state(of: path)
    Thread.detachNewThread { [weak self] in
      var last = first
      while let self, !self.isOver.withLock({ $0 }) {
        Thread.sleep(forTimeInterval: 0.5)
        let now = Self.state(of: path)
        guard now != last else { continue }
        last = now
        changed()
      }
    }
  }

  func stop() { isOver.withLock { $0 = true } }

  deinit { stop() }

  /// When the file was written, and its size.
  private static func state(of path: String) -> [Int] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    return [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec), Int(status.st_size)]
  }
}
