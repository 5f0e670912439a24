extension Quantity {
  /// How the numbers of one column are written: all with the same digits behind the point, and with one power of ten, which
  /// the head of the column says.
  package struct Column: Sendable, Hashable {
    /// The power of ten that all numbers are divided by.
    package let exponent: Int
    /// The digits behind the point.
    package let digits: Int

    /// The way to write numbers of which the largest has this magnitude.
    ///
    /// From a tenth to below ten thousand they stand as they are.
    package init(largest: Double) {
      let magnitude = abs(largest)
      guard magnitude.isFinite, magnitude > 0 else {
        (exponent, digits) = (0, 2)
        return
      }
      if magnitude >= 0.0995, magnitude < 9_999.5 {
        exponent = 0
        digits = magnitude >= 999.5 ? 0 : magnitude >= 99.95 ? 1 : magnitude >= 0.995 ? 2 : 3
        return
      }
      var (power, rest) = (0, magnitude)
      while rest >= 9.995 { (power, rest) = (power + 1, rest / 10) }
      while rest < 0.9995 { (power, rest) = (power - 1, rest * 10) }
      (exponent, digits) = (power, 2)
    }

    /// What stands behind the head of the column: ` e-2`; nothing where numbers stand as they are.
    package var suffix: String { exponent == 0 ? "" : " e\(exponent)" }

    /// A number of the column: `4.12`; `<0.01` where it is too small to be seen beside the largest.
    package func text(_ value: Double) -> String {
      guard value.isFinite else { return Quantity.significant(value, digits: 3) }
      var scaled = value
      for _ in 0..<abs(exponent) { scaled = exponent < 0 ? scaled * 10 : scaled / 10 }
      let text = Quantity.fixed(scaled, digits: digits)
      guard value > 0, !text.contains(where: { ("1"..."9").contains($0) }) else { return text }
      return "<" + String(text.dropLast()) + "1"
    }
  }
}
