import ArgumentParser
import Compute
import Errors
import Synchronization
import TerminalUI

/// How every error reaches a user: a sentence, a remedy, an exit code.
struct ErrorReport {
  var sentence: String
  var remedy: String
  var exitCode: Int32

  /// Of standard output that cannot be written; no error of a module is that.
  private static let unwritableOutput: Int32 = 74

  init(_ caught: any Error) {
    let error = CaughtError(worded: caught)
    sentence = error.sentence
    remedy = error.remedy
    exitCode = error.code.exitCode
    if case ComputeError.missingInput(let name) = caught {
      remedy = "Give an array for it: --input \(name)=x.npy."
    }
  }

  /// - Parameter reason: why standard output cannot be written.
  init(unwritableOutput reason: String) {
    sentence = "Standard output cannot be written: \(reason)."
    remedy = "What goes to files was written."
    exitCode = Self.unwritableOutput
  }

  private static let shown = Mutex<String?>(nil)

  /// What was wrong, by the last report that was printed.
  static var lastSentence: String? { shown.withLock { $0 } }

  /// Prints the report.
  func show() {
    Self.shown.withLock { $0 = sentence }
    Console.note("secateur: \(sentence)\n  \(remedy)")
  }

  /// Prints the report and gives what ends the program with its code.
  func printed() -> ExitCode {
    show()
    return ExitCode(exitCode)
  }
}

extension ErrorCode {
  /// What scripts may rely on; the help text lists them too.
  var exitCode: Int32 {
    switch self {
    case .checkFailed: 1
    case .noTerminal: 2
    case .usage: 64
    case .unusableData: 65
    case .unreadable: 66
    case .unsupported: 69
    case .unwritable: 73
    case .stopped: 130
    }
  }
}

/// Runs a command's work and turns what it throws into a report.
func reporting(_ body: () throws -> Void) throws {
  do { try body() } catch { throw ErrorReport(error).printed() }
}
