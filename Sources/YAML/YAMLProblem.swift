/// What is wrong in a file, and where; each module makes an error of its own kind of it.
package struct YAMLProblem: Sendable, Hashable {
  /// The line, from 1; `nil` where it is not known.
  package let line: Int?
  /// What kind of slip it is.
  package let kind: Kind

  /// The slips that a reader can find.
  package enum Kind: Sendable, Hashable {
    /// The text is not YAML.
    case notYAML(String)
    /// Something is of another kind than it has to be.
    case wrongType(what: String, expected: String)
    /// A mapping has a name that is not known.
    case unknownName(String, owner: String, allowed: [String])
    /// A mapping lacks a name.
    case missing(String, owner: String)
    /// A value that cannot be; `problem` follows `what`: `is 3`.
    case outOfRange(what: String, problem: String, allowed: String)
    /// What a module says in words of its own.
    case other(String, allowed: [String])
  }

  /// A slip on a line.
  package init(line: Int?, _ kind: Kind) {
    self.line = line
    self.kind = kind
  }

  /// What is wrong, as part of a sentence.
  package var text: String {
    switch kind {
    case .notYAML(let problem), .other(let problem, _): problem
    case .wrongType(let what, let expected): "\(what) is not \(expected)"
    case .unknownName(let name, let owner, _): "\(owner) has no \(name)"
    case .missing(let name, let owner): "\(owner) lacks `\(name)`"
    case .outOfRange(let what, let problem, _): "\(what) \(problem)"
    }
  }

  /// What is wrong and what could stand there instead, as part of a sentence.
  package var textWithAllowed: String {
    switch kind {
    case .unknownName(_, _, let allowed): "\(text); it can have \(allowed.joined(separator: ", "))"
    case .outOfRange(_, _, let allowed): "\(text); it can be \(allowed)"
    default: text
    }
  }
}
