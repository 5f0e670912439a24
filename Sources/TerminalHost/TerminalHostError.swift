package import Errors

/// Why there is no screen.
package enum TerminalHostError: ExplainedError, Hashable {
  /// The process has no controlling terminal.
  case noTerminal
  /// TERM is unset (empty here), or names a terminal that the system does not know.
  case unknownTerminal(String)
  /// The terminal cannot place its cursor, such as `dumb`.
  case cannotPlaceCursor(String)
  /// The system refused the terminal's settings.
  case unusable
  /// The log file cannot be written.
  case unwritableLog(String)

  /// What kind of thing went wrong.
  package var code: ErrorCode { .noTerminal }

  /// What is wrong, in one sentence.
  package var sentence: String {
    switch self {
    case .noTerminal: "There is no terminal to draw on."
    case .unknownTerminal(""): "The variable TERM is not set, so the kind of terminal is unknown."
    case .unknownTerminal(let type): "The terminal \"\(type)\" (variable TERM) is not known to this system."
    case .cannotPlaceCursor(let type):
      "The terminal \"\(type)\" (variable TERM) cannot place its cursor, which the screens need."
    case .unusable: "The terminal refused its settings."
    case .unwritableLog(let path): "The log file \(path) cannot be written."
    }
  }

  /// What to do about it, in one sentence.
  package var remedy: String {
    let commands =
      "the commands inspect, score, prune, apply, evaluate and infer work without one (see --help)"
    return switch self {
    case .noTerminal: "Start the program in a terminal; \(commands)."
    case .unknownTerminal, .cannotPlaceCursor:
      "Set TERM to what your terminal is, such as xterm-256color; \(commands)."
    case .unusable: "Try another terminal; \(commands)."
    case .unwritableLog: "Choose another place for the log, or none."
    }
  }
}
