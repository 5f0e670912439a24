import ArgumentParser
import Compute
import Datasets
import Formats
import Graph
import Procedures
import Pruning
import Schedules
import Session
import TerminalHost
import TerminalUI
import Training

/// How every error reaches a user: a sentence, a remedy, an exit code.
struct ErrorReport {
  var sentence: String
  var remedy: String
  var exitCode: Int32

  /// What scripts may rely on; the help text lists them too.
  private enum Code {
    static let checkFailed: Int32 = 1
    static let usage: Int32 = 64
    static let unusableData: Int32 = 65
    static let unreadable: Int32 = 66
    static let unsupported: Int32 = 69
    static let unwritable: Int32 = 73
    static let unwritableOutput: Int32 = 74
    static let stopped: Int32 = 130
  }

  init(_ error: SessionError) {
    sentence = error.sentence
    remedy = error.remedy
    if case .compute(.missingInput(let name)) = error {
      remedy = "Give an array for it: --input \(name)=x.npy."
    }
    exitCode =
      switch error {
      case .cancelled: Code.stopped
      case .verificationFailed: Code.checkFailed
      case .unwritable, .exists, .clash: Code.unwritable
      case .noData, .noSuchValue, .pruning(.unknownLayer), .pruning(.invalidAmount), .pruning(.invalidTarget),
        .pruning(.invalidSetting), .pruning(.noMatch), .pruning(.noSuchKernel), .emptySelection, .notScored,
        .noSuchIteration, .originalStays, .trainedSince, .noSession,
        .compute(.missingInput), .compute(.trainsInFloat32), .training(.setting):
        Code.usage
      case .graph(.unknownOperator), .graph(.dataDependentShape), .graph(.dataDependentBranch):
        Code.unsupported
      case .compute(.network(.unknownOperator)), .compute(.network(.dataDependentShape)),
        .compute(.network(.dataDependentBranch)):
        Code.unsupported
      case .compute(.unsupportedOperator), .compute(.noGradient), .compute(.unsupportedForm),
        .compute(.unsupportedPrecision):
        Code.unsupported
      case .format(.unsupportedNode), .format(.notExpressible): Code.unsupported
      case .unreadable, .format(.unreadable), .dataset(.unreadable): Code.unreadable
      case .format(.unwritable), .dataset(.unwritable): Code.unwritable
      default: Code.unusableData
      }
  }

  init(_ error: ScheduleError) {
    var code = Code.unusableData
    if case .unreadable = error { code = Code.unreadable }
    if case .session(let error) = error { code = ErrorReport(error).exitCode }
    sentence = error.sentence
    remedy = error.remedy
    exitCode = code
  }

  init(_ error: ProcedureError) {
    sentence = error.sentence
    remedy = error.remedy
    exitCode =
      switch error {
      case .session(let error): ErrorReport(error).exitCode
      case .unknownParameter, .readOnlyParameter, .value, .notScored, .setting: Code.usage
      default: Code.unusableData
      }
  }

  init(_ error: TerminalHostError) {
    sentence = error.sentence
    remedy = error.remedy
    exitCode = error.exitCode
  }

  /// - Parameter reason: why standard output cannot be written.
  init(unwritableOutput reason: String) {
    sentence = "Standard output cannot be written: \(reason)."
    remedy = "What goes to files was written."
    exitCode = Code.unwritableOutput
  }

  /// Prints the report.
  func show() { Console.note("secateur: \(sentence)\n  \(remedy)") }

  /// Prints the report and gives what ends the program with its code.
  func printed() -> ExitCode {
    show()
    return ExitCode(exitCode)
  }
}

/// Runs a command's work and turns what it throws into a report.
func reporting(_ body: () throws -> Void) throws {
  do { try body() } catch { throw ErrorReport(error).printed() }
}

/// The same for a schedule's work.
func reportingSchedule(_ body: () throws -> Void) throws {
  do { try body() } catch { throw ErrorReport(error).printed() }
}
