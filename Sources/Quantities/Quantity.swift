/// Numbers as people read them, in columns that line up: three significant digits, a unit, a real minus sign.
///
/// What is not a number is a dash. ASCII grids show the minus sign as a hyphen.
package enum Quantity {
  /// What stands for a value that is missing or not a number.
  package static let missing = "—"

  /// A count with a decimal prefix: `640`, `11.7 M`, `1.82 G`. Rounding never gives a thousand of a unit.
  package static func count(_ value: Double) -> String {
    guard value.isFinite else { return infinity(value) }
    if abs(value) < 1_000, value == value.rounded() { return fixed(value, digits: 0) }
    return scaled(value, base: 1_000, units: ["", " k", " M", " G", " T", " P", " E"])
  }

  /// A count with a decimal prefix.
  package static func count(_ value: Int) -> String { count(Double(value)) }

  /// A size: `980 B`, `46.8 MB` (powers of ten, as disks and networks are sold).
  package static func bytes(_ value: Int) -> String {
    if abs(Double(value)) < 1_000 { return fixed(Double(value), digits: 0) + " B" }
    return scaled(Double(value), base: 1_000, units: [" B", " kB", " MB", " GB", " TB", " PB", " EB"])
  }

  private static func scaled(_ value: Double, base: Double, units: [String]) -> String {
    var magnitude = abs(value)
    var unit = 0
    // 999.5 would print as 1000, so it moves on to the next unit.
    while magnitude >= 999.5, unit + 1 < units.count {
      magnitude /= base
      unit += 1
    }
    let signed = value < 0 ? -magnitude : magnitude
    return significant(signed, digits: 3) + units[unit]
  }

  /// A value with so many significant digits, in plain notation: `1.82`, `11.7`, `118`.
  package static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return infinity(value) }
    var decimals = max(0, digits - 1)
    var bound = 10.0
    // The bound lies half a unit of the last digit below the power of ten: 9.995 reads 10.0.
    while decimals > 0, abs(value) >= bound - 0.5 * power(10, -decimals) {
      decimals -= 1
      bound *= 10
    }
    return fixed(value, digits: decimals)
  }

  /// A value with so many significant digits however small it is: `1.82`, `0.0182`, `1.8e-5`.
  package static func precise(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 1, value != 0 else { return significant(value, digits: digits) }
    var decimals = digits
    var bound = 0.1
    while abs(value) < bound {
      // Zeros beyond these are harder to count than an exponent is to read.
      guard decimals < digits + 3 else { return scientific(value, digits: digits - 1) }
      decimals += 1
      bound /= 10
    }
    return fixed(value, digits: decimals)
  }

  /// A value with so many digits after the point: `0.50`, `−3.1`.
  package static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return infinity(value) }
    let digits = min(15, max(0, digits))
    let scaled = (abs(value) * power(10, digits)).rounded(.toNearestOrAwayFromZero)
    guard scaled < 9e15 else { return scientific(value) }
    let whole = UInt64(scaled)
    let unit = UInt64(power(10, digits))
    var text = String(whole / unit)
    if digits > 0 {
      let fraction = String(whole % unit)
      text += "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
    return value < 0 && whole > 0 ? "−" + text : text
  }

  /// A count that is an estimate: `≈ 1,700`.
  package static func approximately(_ count: Int) -> String { "≈ " + grouped(count) }

  /// A loss: small ones with a power of ten, others with three digits behind the point.
  package static func loss(_ value: Double) -> String {
    value > 0 && value < 0.001 ? scientific(value) : fixed(value, digits: 3)
  }

  /// A value in scientific notation with two significant digits: `4.1e-2`.
  package static func scientific(_ value: Double, digits: Int = 1) -> String {
    guard value.isFinite else { return infinity(value) }
    guard value != 0 else { return "0" }
    let digits = min(8, max(0, digits))
    var exponent = 0
    var magnitude = abs(value)
    while magnitude >= 10 {
      magnitude /= 10
      exponent += 1
    }
    while magnitude < 1 {
      magnitude *= 10
      exponent -= 1
    }
    if (magnitude * power(10, digits)).rounded(.toNearestOrAwayFromZero) >= power(10, digits + 1) {
      magnitude /= 10
      exponent += 1
    }
    return fixed(value < 0 ? -magnitude : magnitude, digits: digits) + "e\(exponent)"
  }

  /// A whole number with separators: `11,689,512`.
  package static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (value < 0 ? "−" : "") + String(digits)
  }

  /// A share in percent: `25%`; `fraction` 1 is 100 %.
  package static func percent(_ fraction: Double, digits: Int = 0) -> String {
    guard fraction.isFinite else { return infinity(fraction) }
    return fixed(fraction * 100, digits: digits) + "%"
  }

  /// A change in percent with its sign: `−20%`, `+3%`; nothing changed is `0%`.
  package static func change(_ fraction: Double, digits: Int = 0) -> String {
    let text = percent(fraction, digits: digits)
    let isZero = !text.contains { ("1"..."9").contains($0) }
    return fraction > 0 && fraction.isFinite && !isZero ? "+" + text : text
  }

  /// The change from one value to another in percent; a dash if the first is zero.
  package static func change(from before: Double, to after: Double, digits: Int = 0) -> String {
    before == 0 ? missing : change((after - before) / before, digits: digits)
  }

  /// A time span: `800ms`, `4.1s`, `41s`, `3m 20s`, `2h 05m`, `3d 04h`.
  package static func duration(seconds: Double) -> String {
    guard seconds.isFinite else { return missing }
    let sign = seconds < 0 ? "−" : ""
    let magnitude = abs(seconds)
    if magnitude < 0.0005 { return "0s" }
    if magnitude < 0.9995 { return sign + fixed(magnitude * 1_000, digits: 0) + "ms" }
    if magnitude < 9.95 { return sign + fixed(magnitude, digits: 1) + "s" }
    guard magnitude < 1e14 else { return missing }
    let whole = Int(magnitude.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole < 60 { return sign + "\(whole)s" }
    if whole < 3_600 { return sign + "\(whole / 60)m \(two(whole % 60))s" }
    if whole < 86_400 { return sign + "\(whole / 3_600)h \(two(whole / 60 % 60))m" }
    return sign + "\(whole / 86_400)d \(two(whole / 3_600 % 24))h"
  }

  /// The time of a computation: `4.21 ms`, `870 µs`, `1.50 s`.
  package static func time(seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e6 else { return missing }
    let magnitude = abs(seconds)
    let (scale, unit) = magnitude < 99.95e-6 ? (1e6, "µs") : magnitude < 0.9995 ? (1e3, "ms") : (1, "s")
    return significant(seconds * scale, digits: 3) + " " + unit
  }

  private static func infinity(_ value: Double) -> String {
    value.isNaN ? missing : value < 0 ? "−∞" : "∞"
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<abs(exponent) { result *= base }
    return exponent < 0 ? 1 / result : result
  }
}
