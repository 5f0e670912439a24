import Yams

/// Reads the YAML of one file. Whatever is wrong in it is said with its line, as an error that the module makes.
package struct YAMLReader: Sendable {
  /// The file, for errors.
  package let path: String
  private let refusal: @Sendable (YAMLProblem) -> any Error

  /// A reader of a file.
  ///
  /// - Parameter refusal: makes an error of what is wrong.
  package init(path: String, refusal: @escaping @Sendable (YAMLProblem) -> any Error) {
    self.path = path
    self.refusal = refusal
  }

  /// The error for what is wrong on a line.
  package func error(line: Int?, _ kind: YAMLProblem.Kind) -> any Error {
    refusal(YAMLProblem(line: line, kind))
  }

  /// How much a file may hold. The composer recurses and aliases multiply, so both are bounded before it starts.
  package struct Limits: Sendable {
    let what: String
    let bytes: Int
    let branches: Int
    let items: Int
    let references: Int

    /// Limits of signs anywhere in the file, in comments and in quotes too.
    ///
    /// - Parameters:
    ///   - what: what is limited, for errors: `a configuration`.
    ///   - branches: of `[`, `{` and `?`.
    ///   - items: of `-`.
    ///   - references: of `&` and `*`.
    package init(of what: String, bytes: Int, branches: Int, items: Int, references: Int) {
      self.what = what
      self.bytes = bytes
      self.branches = branches
      self.items = items
      self.references = references
    }

    func hold(_ text: String) -> Bool {
      func count(_ signs: String) -> Int { text.utf8.count { signs.utf8.contains($0) } }
      return text.utf8.count <= bytes && count("[{?") <= branches && count("-") <= items
        && count("&*") <= references
    }
  }

  /// The value that the text holds; `nil` where it holds none.
  ///
  /// - Parameters:
  ///   - limits: beyond which the text is refused unread.
  ///   - forgivesRepeatedLines: whether a line may stand, word for word, twice in one block.
  package func value(
    of text: String, limits: Limits? = nil, forgivesRepeatedLines: Bool = false
  ) throws -> YAMLValue? {
    if let limits, !limits.hold(text) {
      throw error(line: nil, .other("it is too large for \(limits.what)", allowed: []))
    }
    do {
      return try Yams.compose(yaml: text).map { YAMLValue(node: $0, reader: self) }
    } catch {
      if forgivesRepeatedLines, case .duplicatedKeysInMapping? = error as? YamlError {
        return try value(of: Self.withoutRepeatedLines(text))
      }
      let (line, problem) = Self.explain(error)
      throw self.error(line: line, .notYAML(problem))
    }
  }

  /// The line and the problem that the parser found.
  private static func explain(_ error: any Error) -> (line: Int?, problem: String) {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
      .composer(_, let problem, let mark, _)?:
      (mark.line, problem.prefix(1).lowercased() + problem.dropFirst())
    case .duplicatedKeysInMapping(let duplicates, let context)?:
      (
        context.mark.line > 0 ? context.mark.line : nil,
        "the name \(duplicates.sorted().joined(separator: ", ")) stands twice in one place"
      )
    default: (nil, "it is not YAML")
    }
  }

  /// The text with empty lines for those that stand, word for word, in the same block of lines once more.
  private static func withoutRepeatedLines(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var seen: [Substring: Int] = [:]
    for index in lines.indices {
      let line = lines[index]
      let content = line.drop { $0 == " " }
      if content.isEmpty || content.hasPrefix("#") { continue }
      let indent = line.count - content.count
      // A line that stands further out ends the blocks within.
      seen = seen.filter { $0.value <= indent }
      if content.contains(": "), !content.hasPrefix("-"), seen.updateValue(indent, forKey: line) != nil {
        lines[index] = ""
      }
    }
    return lines.joined(separator: "\n")
  }
}
