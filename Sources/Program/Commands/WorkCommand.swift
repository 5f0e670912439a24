import ArgumentParser
import Compute
import Errors
import Foundation
import Ranks
import Session

/// What the terminal program starts its workers with: a task comes on standard input, and what is found goes to standard output.
struct WorkCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Does what a terminal program asks its workers for.", shouldDisplay: false)

  @OptionGroup var compute: ComputeArguments

  func run() throws {
    try reporting {
      let interruption = Interruption()
      let options = interruption.stopping(compute.options)
      do {
        let (task, session) = try WorkerTask.received(over: options.ranks, read: Self.read)
        if options.ranks.isFirst { Self.endWithInput() }
        try task.carryOut(session: session, options: options, tell: Self.tell)
      } catch {
        // Who stopped them knows; where `mpirun` did, it says why.
        if options.ranks.isFirst, !(error is Stopped) {
          Self.tell(.failed(sentence: CaughtError(error).sentence))
        }
        throw error
      }
    }
  }

  private static func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count, let more = try FileHandle.standardInput.read(upToCount: count - bytes.count),
      !more.isEmpty
    {
      bytes += more
    }
    return bytes
  }

  /// Where nobody reads it any more, the end of the input says so.
  private static func tell(_ update: WorkerUpdate) { Console.tell(update.line) }

  /// Stops as SIGTERM does when the input ends: the terminal program is gone.
  private static func endWithInput() {
    Thread.detachNewThread {
      while let more = try? FileHandle.standardInput.read(upToCount: 1), !more.isEmpty {}
      kill(getpid(), SIGTERM)
    }
  }
}
