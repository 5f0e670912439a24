import Foundation

extension Mutator {
  /// Text with words, lines and structure changed.
  mutating func text(_ original: String, words: [String]) -> String {
    var lines = original.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0...below(4) where !lines.isEmpty {
      let line = below(lines.count)
      switch below(12) {
      case 0: lines.remove(at: line)
      case 1: lines.insert(lines[line], at: below(lines.count))
      case 2: lines[line] = (once(in: 2) ? "  " : "\t") + lines[line]
      case 3: lines[line] = String(lines[line].drop { $0 == " " })
      case 4: lines.swapAt(line, below(lines.count))
      case 5:
        lines.insert(
          [
            "a: &a [x, x, x, x, x, x, x, x]", "b: &b [*a, *a, *a, *a, *a, *a, *a, *a]", "<<: *a", "? [x]",
            String(repeating: "[", count: 1 + below(3000)), String(repeating: "- ", count: 1 + below(500)),
            "%YAML 9.9", "---", "...", "!!binary x", "key: |", "key: >-9",
          ][below(12)], at: below(lines.count + 1))
      case 6: lines[line] += ["", " # x", ":", " [", "}", ", ,", "\u{0}", "\u{85}"][below(8)]
      default:
        // A word becomes another.
        let found = lines[line].split { " ,:[]{}()\"=".contains($0) }
        guard let word = pick(found) else { continue }
        let new: String
        switch below(5) {
        case 0: new = String(integer(near: Int(word) ?? 1))
        case 1: new = "\(number())"
        case 2: new = hostileText()
        case 3: new = String(extent())
        default: new = pick(words) ?? ""
        }
        lines[line].replaceSubrange(word.startIndex..<word.endIndex, with: new)
      }
    }
    let text = lines.joined(separator: "\n")
    return once(in: 15) ? String(decoding: bytes(Data(text.utf8)), as: UTF8.self) : text
  }

  /// The words of texts, each once.
  static func words(of texts: [String]) -> [String] {
    Set(texts.flatMap { $0.split { " ,:[]{}()\"=\n".contains($0) }.map(String.init) }).sorted()
  }
}
