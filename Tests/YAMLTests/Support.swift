import TestSupport
import YAML

/// What a reader says of a file.
struct Refusal: Error {
  let path: String
  let problem: YAMLProblem
  var line: Int? { problem.line }
}

/// A reader of a file `a.yaml`.
let reader = YAMLReader(path: "a.yaml") { Refusal(path: "a.yaml", problem: $0) }

/// What is wrong with a text, as the reader or what reads its values says.
func problem(_ text: String, _ read: (YAMLValue) throws -> Void = { _ in }) -> YAMLProblem? {
  do {
    if let value = try reader.value(of: text) { try read(value) }
    return nil
  } catch { return (error as? Refusal)?.problem }
}

/// Values and texts of any kind.
struct Trees {
  var numbers: RandomNumbers
  /// What texts are made of.
  let letters: [Unicode.Scalar]

  /// What people see and what readers of YAML take for signs.
  static let visible = Array("abcxyz019 -?:,[]{}#&*!|>'\"%@`~_./\\=<^$é中".unicodeScalars)
  /// And what nobody sees, but the mark of a byte order: Yams drops one that a text begins with.
  static let all =
    visible + [
      "\u{0}", "\t", "\n", "\r", "\u{85}", "\u{AD}", "\u{200D}", "\u{2028}", "\u{E0001}", "\u{1F600}",
    ]

  init(seed: UInt64, of letters: [Unicode.Scalar]) {
    numbers = RandomNumbers(seed: seed)
    self.letters = letters
  }

  mutating func text(upTo length: Int = 8) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 1...length, using: &numbers) {
      text.append(letters.randomElement(using: &numbers) ?? "a")
    }
    return String(text)
  }

  mutating func names() -> [String] {
    let words = ["true", "no", "null", "~", "1", "0x10", "---", "...a", "-", "?", "- a", "a: b", "a #b"]
    var names = Set<String>()
    for _ in 0..<Int.random(in: 0...3, using: &numbers) {
      let long = Int.random(in: 0..<20, using: &numbers) == 0
      let word = Bool.random(using: &numbers) ? words.randomElement(using: &numbers) : nil
      names.insert(word ?? text(upTo: long ? 300 : 8))
    }
    return names.sorted()
  }

  mutating func value(depth: Int = 3) -> YAMLOutput {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &numbers) {
    case 0: return .integer(Int.random(in: -9...99, using: &numbers))
    case 1: return .number(Double.random(in: -1...1, using: &numbers))
    case 2, 3: return .text(text())
    case 4: return .list([.integer(1), .plain("2.5"), .integer(-3)], inline: true)
    case 5: return .list(names().map { _ in value(depth: depth - 1) })
    default: return .mapping(names().map { .init($0, value(depth: depth - 1)) })
    }
  }
}
