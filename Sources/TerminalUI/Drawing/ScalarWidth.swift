extension Unicode.Scalar {
  /// How many columns a terminal gives this scalar: 2 for wide East Asian and emoji forms, 0 for what joins
  /// the scalar before it or is invisible, −1 for control characters. After Unicode Annex 11.
  package var columns: Int {
    if value < 0x7f { return value < 0x20 ? -1 : 1 }
    if value < 0xa0 { return -1 }
    if value < 0x300 { return value == 0xad ? 0 : 1 }
    // Most of what screens are drawn with: dots and dashes, arrows and operators, lines and blocks, braille. Looking a scalar's
    // properties up takes longer than drawing it.
    switch value {
    case 0x2010...0x2027, 0x2190...0x22ff, 0x2500...0x25fc, 0x2800...0x28ff: return 1
    default: break
    }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    case .lineSeparator, .paragraphSeparator, .surrogate: return -1
    default: break
    }
    // Conjoining vowels and finals of Hangul join the leading consonant.
    if (0x1160...0x11ff).contains(value) { return 0 }
    return isWide ? 2 : 1
  }

  private var isWide: Bool {
    switch value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4e00...0xa4cf, 0xa960...0xa97c,
      0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff01...0xff60,
      0xffe0...0xffe6, 0x17000...0x18cff, 0x1b000...0x1b2ff, 0x1f200...0x1f265, 0x20000...0x3fffd:
      true
    default: properties.isEmojiPresentation
    }
  }
}

extension String {
  /// How many columns the text takes on the screen; control characters take one, for their replacement.
  package var columns: Int {
    unicodeScalars.reduce(0) { $0 + abs($1.columns) }
  }

  /// The text cut to at most `width` columns, with `ellipsis` at its end if something is missing.
  package func truncated(toColumns width: Int, ellipsis: Unicode.Scalar = "…") -> String {
    guard columns > width else { return self }
    guard width > 0 else { return "" }
    var result = String.UnicodeScalarView()
    var used = 0
    for scalar in unicodeScalars {
      let columns = abs(scalar.columns)
      if used + columns > width - 1 { break }
      result.append(scalar)
      used += columns
    }
    let next = unicodeScalars.dropFirst(result.count).first
    return String(Self.withoutCutNumber(result, before: next)) + String(Character(ellipsis))
  }

  /// The beginning of a text that is cut, without the beginning of a number: what is left of one would be another number.
  ///
  /// - Parameter next: what stood behind it.
  static func withoutCutNumber(
    _ beginning: String.UnicodeScalarView, before next: Unicode.Scalar?
  ) -> String.UnicodeScalarView {
    func isNumber(_ scalar: Unicode.Scalar) -> Bool { "0123456789.,−+<".unicodeScalars.contains(scalar) }
    // A number whose unit or noun is missing reads as a part of a longer one.
    guard let next, isNumber(next) || "%e ".unicodeScalars.contains(next) else { return beginning }
    let number = beginning.reversed().prefix(while: isNumber).count
    guard number > 0 else { return beginning }
    let rest = beginning.dropLast(number)
    // Digits in a name are a part of it.
    if let before = rest.last, !" │(→~:×".unicodeScalars.contains(before) { return beginning }
    return String.UnicodeScalarView(rest)
  }

  /// The text with the middle left out if it is wider than `width`: for names whose ends tell them apart.
  package func truncatedInMiddle(toColumns width: Int, ellipsis: Unicode.Scalar = "…") -> String {
    guard columns > width else { return self }
    guard width > 4 else { return truncated(toColumns: width, ellipsis: ellipsis) }
    let tail = (width - 1) / 2
    var ending: [Unicode.Scalar] = []
    var used = 0
    for scalar in unicodeScalars.reversed() {
      if used + abs(scalar.columns) > tail { break }
      ending.append(scalar)
      used += abs(scalar.columns)
    }
    var result = truncated(toColumns: width - used, ellipsis: ellipsis).unicodeScalars
    result.append(contentsOf: ending.reversed())
    return String(result)
  }
}
