internal import Foundation

/// Something that was done, in the words of the `:` line.
package struct RecordEntry: Sendable, Hashable {
  /// When: seconds since the beginning of 1970.
  package let time: Double
  /// The iteration that was worked on.
  package let iteration: Int
  /// What does the same behind the colon: `layer conv1=25%`.
  package let words: String
  /// What came of it: `MACs 136→124 M −8.6%`.
  package let figures: String
  /// Examples that scores were means over, of a prune; 0 for scores from weights.
  package var examples = 0

  package init(time: Double, iteration: Int, words: String, figures: String, examples: Int = 0) {
    (self.time, self.iteration, self.words, self.figures) = (time, iteration, words, figures)
    self.examples = examples
  }

  private static let mark = "  # "

  /// The entry as a line of a script, which `:source` plays back; what stands behind the mark is for this program and for people.
  package var line: String {
    let facts = "\(iteration) \(Int(time)) \(examples)"
    return words + Self.mark + facts + (figures.isEmpty ? "" : "  \(figures)")
  }

  /// Reads a line that `line` wrote; `nil` for any other.
  package init?(line: String) {
    guard let mark = line.range(of: Self.mark, options: .backwards) else { return nil }
    let words = String(line[..<mark.lowerBound])
    let parts = line[mark.upperBound...].split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true)
    guard parts.count >= 3, let iteration = Int(parts[0]), let time = Int(parts[1]),
      let examples = Int(parts[2]),
      !words.isEmpty
    else { return nil }
    self.init(
      time: Double(time), iteration: iteration, words: words,
      figures: parts.count > 3 ? String(parts[3].drop { $0 == " " }) : "", examples: examples)
  }

  /// What stands in a script without what is behind the mark; `nil` for a line that does nothing.
  package static func words(of line: String) -> String? {
    var words = line
    if let mark = words.range(of: mark, options: .backwards) { words = String(words[..<mark.lowerBound]) }
    words = String(words.drop { $0 == " " || $0 == ":" })
    while words.last == " " || words.last == "\r" { words.removeLast() }
    return words.isEmpty || words.hasPrefix("#") ? nil : words
  }
}
