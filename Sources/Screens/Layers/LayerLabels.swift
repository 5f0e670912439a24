internal import TerminalUI

/// Names of layers as they stand in a column: as short as it needs, and no two the same.
///
/// What a name is told apart by are its numbers and the beginnings of its words. So what all names share goes first, then
/// the longest words lose their ends; where two names still look the same, their rows' numbers tell them apart.
package struct LayerLabels: Sendable, Hashable {
  /// A name in pieces.
  private struct Name: Hashable {
    /// Runs of letters, which can be shortened, and what stands between them, which cannot.
    var pieces: [Piece] = []

    /// The columns that it takes when no word is longer than a number of letters.
    func columns(wordsUpTo limit: Int) -> Int {
      pieces.reduce(0) { $0 + ($1.isWord ? min($1.columns, limit) : $1.columns) }
    }
  }

  private struct Piece: Hashable {
    let text: Substring
    let columns: Int
    let isWord: Bool
  }

  private let names: [String]
  private let pieces: [Name]
  /// The same without what all of them begin and end with.
  private let short: [Name]
  /// The columns that the longest name takes.
  package let idealColumns: Int

  /// Labels of these names, which differ.
  package init(_ names: [String] = []) {
    self.names = names
    let ends = Self.sharedEnds(of: names)
    pieces = names.map { Self.name($0[...]) }
    short = names.map { Self.name($0.dropFirst(ends.first).dropLast(ends.last)) }
    idealColumns = pieces.reduce(0) { max($0, $1.columns(wordsUpTo: .max)) }
  }

  /// The label of each name, in at most so many columns.
  package func labels(columns: Int) -> [String] {
    guard columns > 0 else { return names.map { _ in "" } }
    if idealColumns <= columns { return names }
    let forms: [(Int) -> String] = [
      { Self.shortened(short[$0], toColumns: columns) },
      { names[$0].truncatedInMiddle(toColumns: columns) },
      { Self.ending(of: names[$0], columns: columns) },
      { index in
        let number = "#\(index + 1)"
        return Self.shortened(short[index], toColumns: max(1, columns - number.count)) + number
      },
    ]
    var labels = names.indices.map(forms[0])
    for form in forms.dropFirst() {
      let counts = labels.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      guard counts.count < labels.count else { break }
      for index in labels.indices where counts[labels[index]] ?? 0 > 1 { labels[index] = form(index) }
    }
    return labels
  }

  /// A name whose longest words lost letters at their ends until it fits; its end where that is not enough.
  private static func shortened(_ name: Name, toColumns columns: Int) -> String {
    var limit = name.pieces.reduce(1) { $1.isWord ? max($0, $1.columns) : $0 }
    while limit > 1, name.columns(wordsUpTo: limit) > columns { limit -= 1 }
    // What is left over goes to the first words that were cut.
    var spare = columns - name.columns(wordsUpTo: limit)
    let text = name.pieces.reduce(into: "") { text, piece in
      guard piece.isWord, piece.columns > limit else { return text += piece.text }
      let extra = spare > 0 ? 1 : 0
      spare -= extra
      text += piece.text.prefix(limit + extra)
    }
    return spare < 0 ? ending(of: text, columns: columns) : text
  }

  private static func ending(of text: String, columns: Int) -> String {
    guard text.columns > columns else { return text }
    var ending = text
    while ending.columns > max(0, columns - 1) { ending.removeFirst() }
    return "…" + ending
  }

  private static func name(_ text: Substring) -> Name {
    var name = Name()
    var rest = text
    while let first = rest.first {
      // A letter of several columns is no letter that an alphabet has.
      let isWord = first.isASCII && first.isLetter
      let run = rest.prefix { ($0.isASCII && $0.isLetter) == isWord }
      name.pieces.append(Piece(text: run, columns: String(run).columns, isWord: isWord))
      rest = rest.dropFirst(run.count)
    }
    return name
  }

  /// How many characters all names begin and end with, in whole parts; at least one part of each stays.
  private static func sharedEnds(of names: [String]) -> (first: Int, last: Int) {
    guard names.count > 1 else { return (0, 0) }
    let all = names.map { parts(of: $0) }
    let least = all.reduce(.max) { min($0, $1.count) }
    var (first, last) = (0, 0)
    while first + 1 < least, all.allSatisfy({ $0[first] == all[0][first] }) { first += 1 }
    while first + last + 1 < least,
      all.allSatisfy({ $0[$0.count - 1 - last] == all[0][all[0].count - 1 - last] })
    {
      last += 1
    }
    // The separator before what is taken off the end goes with it.
    let ending = last > 0 ? all[0].suffix(last).reduce(1) { $0 + $1.count } : 0
    return (all[0].prefix(first).reduce(0) { $0 + $1.count }, ending)
  }

  /// A name in parts, each with the separators before it where it is not the first, and with a leading one.
  private static func parts(of name: String) -> [Substring] {
    var parts: [Substring] = []
    var start = name.startIndex
    var index = start
    while index < name.endIndex {
      let next = name.index(after: index)
      if ".:/".contains(name[index]) {
        parts.append(name[start..<next])
        start = next
      }
      index = next
    }
    if start < name.endIndex { parts.append(name[start...]) }
    return parts
  }
}
