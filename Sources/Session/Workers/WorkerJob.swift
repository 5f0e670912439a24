import Dispatch
import Errors
import Foundation
import Synchronization

/// How workers are started: a launcher, such as `mpirun -n 8 --hostfile hosts`, in front of this program.
package struct Workers: Sendable, Hashable {
  /// The launcher with its options, as a shell reads it.
  package let launcher: String
  /// The path of this program.
  package let program: String

  /// Workers that `launcher` starts.
  package init(launcher: String, program: String) { (self.launcher, self.program) = (launcher, program) }
}

/// Workers that were started for one task, and what they have told.
///
/// They end when they are through, when nobody holds the job any more, and when this program is gone: the first of them notices
/// that its input ends.
final class WorkerJob: Sendable {
  private struct Told {
    var updates: [WorkerUpdate] = []
    /// The newest line on standard error that says something.
    var complaint = ""
    var hasEnded = false
  }

  /// What the threads that read share with the job.
  private final class Line: Sendable {
    let told = Mutex(Told())
    let arrival = DispatchSemaphore(value: 0)

    func add(_ update: WorkerUpdate) {
      told.withLock { told in
        told.updates.removeAll(where: update.replaces)
        told.updates.append(update)
      }
      arrival.signal()
    }
  }

  private let process: Process
  private let input: FileHandle
  private let line = Line()

  /// Starts the workers.
  ///
  /// - Parameter message: the task, as `WorkerTask.message` gives it.
  /// - Throws: `SessionError.workersEnded` where no shell can be started.
  init(_ workers: Workers, message: [UInt8]) throws {
    let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec \(workers.launcher) \"$0\" work", workers.program]
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = errors
    input = standardInput.fileHandleForWriting
    do { try process.runUnblocked() } catch {
      throw SessionError.workersEnded(reason: error.localizedDescription)
    }
    let (line, writing) = (line, input)
    Thread.detachNewThread {
      // Where the workers end first, nobody reads it; why they ended is told elsewhere.
      try? writing.write(contentsOf: message)
    }
    let complaintsEnd = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      Self.readLines(of: errors.fileHandleForReading) { text in
        let words = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        if words.contains(where: \.isLetter) { line.told.withLock { $0.complaint = words } }
      }
      complaintsEnd.signal()
    }
    Thread.detachNewThread {
      Self.readLines(of: output.fileHandleForReading) { text in
        if let update = try? JSONDecoder.ofResults.decode(WorkerUpdate.self, from: Data(text)) {
          line.add(update)
        }
      }
      // A launcher says at the very end why its processes ended.
      _ = complaintsEnd.wait(timeout: .now() + 2)
      line.told.withLock { $0.hasEnded = true }
      line.arrival.signal()
    }
  }

  deinit {
    end()
    try? input.close()
  }

  /// Tells the workers to end: what is whole they tell before.
  func end() { if process.isRunning { process.terminate() } }

  /// What was told since the last call; waits for it, but not long.
  ///
  /// - Parameter seconds: how long at most.
  /// - Throws: `SessionError.workersEnded` where nothing more comes.
  func updates(within seconds: Double = 0.1) throws -> [WorkerUpdate] {
    _ = line.arrival.wait(timeout: .now() + seconds)
    let (updates, hasEnded, complaint) = line.told.withLock { told in
      defer { told.updates = [] }
      return (told.updates, told.hasEnded, told.complaint)
    }
    guard updates.isEmpty, hasEnded else { return updates }
    throw SessionError.workersEnded(reason: complaint)
  }

  private static func readLines(of handle: FileHandle, _ take: (ArraySlice<UInt8>) -> Void) {
    var rest: [UInt8] = []
    while case let data = handle.availableData, !data.isEmpty {
      // What has no end yet is looked through once.
      var searched = rest.count
      rest += data
      var start = 0
      while let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        take(rest[start..<end])
        (start, searched) = (end + 1, end + 1)
      }
      rest.removeFirst(start)
    }
    if !rest.isEmpty { take(rest[...]) }
  }
}
