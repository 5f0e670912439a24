package import Errors

/// What can be wrong with the files and settings this module reads.
package enum TerminalUIError: ExplainedError, Hashable {
  /// A theme file has a mistake in this line (counted from 1).
  case theme(file: String, line: Int, ThemeProblem)
  /// No key has this name.
  case unknownKey(String)
  /// The settings name a binding that does not exist.
  case unknownBinding(String)
  /// The settings give one key to two bindings.
  case keyConflict(key: String, first: String, second: String)

  /// What is wrong with a line of a theme file.
  package enum ThemeProblem: Hashable, Sendable {
    /// The line is not `role = colour`.
    case noEqualsSign
    /// There is no such role.
    case unknownRole(String)
    /// The role was given before.
    case repeatedRole(String)
    /// A colour is missing.
    case noColor
    /// The word is not a colour.
    case unknownColor(String)
    /// The word is not an attribute.
    case unknownAttribute(String)
  }

  /// What is wrong and where, in one sentence.
  package var sentence: String {
    switch self {
    case .theme(let file, let line, let problem): "\(file):\(line): \(problem.sentence)."
    case .unknownKey(let name): "There is no key called \"\(name)\"."
    case .unknownBinding(let id): "There is no binding called \"\(id)\"."
    case .keyConflict(let key, let first, let second):
      "The key \"\(key)\" is bound to both \"\(first)\" and \"\(second)\"."
    }
  }

  /// What kind of thing went wrong.
  package var code: ErrorCode { .unusableData }

  /// What to do about it, in one sentence.
  package var remedy: String {
    switch self {
    case .theme(_, _, .unknownRole):
      "Use one of: " + Role.allCases.map(\.rawValue).joined(separator: ", ") + "."
    case .theme(_, _, .repeatedRole): "Remove one of the two lines."
    case .theme(_, _, .unknownAttribute): "Use bold, dim, underline, reverse or italic."
    case .theme: "Write \"role = #rrggbb\", a palette number from 0 to 15, or \"default\"."
    case .unknownKey:
      "Write a character, or a name such as \"ctrl-d\", \"F1\", \"page-down\" or \"shift-tab\"."
    case .unknownBinding: "Press ? in the program to see the names of all bindings."
    case .keyConflict: "Give one of them another key."
    }
  }
}

extension TerminalUIError.ThemeProblem {
  fileprivate var sentence: String {
    switch self {
    case .noEqualsSign: "this line is not of the form \"role = colour\""
    case .unknownRole(let name): "there is no role called \"\(name)\""
    case .repeatedRole(let name): "the role \"\(name)\" was given before"
    case .noColor: "a colour is missing"
    case .unknownColor(let word): "\"\(word)\" is not a colour"
    case .unknownAttribute(let word): "\"\(word)\" is not an attribute"
    }
  }
}
