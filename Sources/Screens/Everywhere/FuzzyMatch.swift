/// How well what was typed fits a name: by its letters in their order, those that stand together and at the beginnings of
/// words counting most.
enum FuzzyMatch {
  /// The score of a name, higher being better; `nil` where a letter is missing.
  static func score(_ typed: String, in name: String) -> Int? {
    let needle = Array(typed.lowercased().filter { $0 != " " && $0 != "-" })
    let hay = Array(name.lowercased())
    guard !needle.isEmpty else { return 0 }
    if name.lowercased() == typed.lowercased() { return 1_000 }
    if name.lowercased().hasPrefix(typed.lowercased()) { return 500 - hay.count }
    var (score, at, last) = (0, 0, -2)
    for letter in needle {
      guard let found = hay[at...].firstIndex(of: letter) else { return nil }
      let beginsWord = found == 0 || !hay[found - 1].isLetter
      score += (found == last + 1 ? 12 : 0) + (beginsWord ? 10 : 0) - min(6, found - at)
      (last, at) = (found, found + 1)
    }
    return score
  }
}
