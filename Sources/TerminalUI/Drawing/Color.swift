/// A colour as a theme names it, before the terminal's abilities are known.
package enum Color: Hashable, Sendable {
  /// The terminal's own foreground or background.
  case standard
  /// One of the terminal's palette: 0–7 normal, 8–15 bright, 16–255 the fixed cube and greys.
  case palette(UInt8)
  /// Red, green and blue of the sRGB space.
  case rgb(UInt8, UInt8, UInt8)
}

/// How many colours a terminal shows.
package enum ColorDepth: Int, Comparable, CaseIterable, Sendable {
  /// No colour: attributes only.
  case mono = 0
  /// The eight ANSI colours.
  case ansi8 = 8
  /// Eight colours and their bright forms.
  case ansi16 = 16
  /// The xterm palette.
  case palette256 = 256
  /// Direct colours.
  case trueColor = 16_777_216

  /// The depth for a terminal that says it has `count` colours.
  package init(colors count: Int) {
    self = Self.allCases.last { $0.rawValue <= max(0, count) } ?? .mono
  }

  /// Fewer colours come first.
  package static func < (first: ColorDepth, second: ColorDepth) -> Bool {
    first.rawValue < second.rawValue
  }
}

extension Color {
  /// The closest colour that a terminal of this depth can show: truecolor → one of 256 → 16 → 8 → none.
  ///
  /// For 256 colours the first sixteen are never chosen, because users redefine them.
  package func nearest(at depth: ColorDepth) -> Color {
    switch (self, depth) {
    case (.standard, _), (_, .mono): .standard
    case (.rgb, .trueColor), (.palette, .trueColor), (.palette, .palette256): self
    case (.rgb(let red, let green, let blue), .palette256):
      .palette(Self.nearestOf240(red, green, blue))
    case (.palette(let index), .ansi16) where index < 16: self
    case (_, .ansi16): .palette(Self.nearestOf16(components))
    case (_, .ansi8):
      if case .palette(let index) = nearest(at: .ansi16) { .palette(index % 8) } else { .standard }
    }
  }

  /// Red, green and blue, 0–255; for palette colours those of xterm. The terminal's own colour counts as grey.
  package var components: (Int, Int, Int) {
    switch self {
    case .standard: (128, 128, 128)
    case .rgb(let red, let green, let blue): (Int(red), Int(green), Int(blue))
    case .palette(let index) where index < 16: Self.ansi[Int(index)]
    case .palette(let index) where index < 232:
      (
        Self.cubeLevels[Int(index - 16) / 36], Self.cubeLevels[Int(index - 16) / 6 % 6],
        Self.cubeLevels[Int(index - 16) % 6]
      )
    case .palette(let index):
      (8 + 10 * Int(index - 232), 8 + 10 * Int(index - 232), 8 + 10 * Int(index - 232))
    }
  }

  /// The colour a `fraction` (0–1) of the way to another one.
  package func mixed(with other: Color, fraction: Double) -> Color {
    if self == .standard || other == .standard { return fraction < 0.5 ? self : other }
    let (first, second) = (components, other.components)
    let weight = fraction.isNaN ? 0 : min(1, max(0, fraction))
    func mix(_ start: Int, _ end: Int) -> UInt8 {
      UInt8(clamping: Int((Double(start) + weight * Double(end - start)).rounded()))
    }
    return .rgb(mix(first.0, second.0), mix(first.1, second.1), mix(first.2, second.2))
  }

  /// How well the colour is read before another one, 1–21, about as WCAG 2.2 has it (gamma 2 for 2.4); 21 where
  /// one of them is the terminal's own and unknown.
  func contrast(with other: Color) -> Double {
    if self == .standard || other == .standard { return 21 }
    func luminance(_ color: Color) -> Double {
      let (red, green, blue) = color.components
      let sum = 2_126 * red * red + 7_152 * green * green + 722 * blue * blue
      return Double(sum) / (10_000 * 255 * 255)
    }
    let (first, second) = (luminance(self), luminance(other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  /// The nearest colour for text: grey is the dim form of white where there are eight colours, since black is no text.
  func ink(at depth: ColorDepth) -> Color {
    depth == .ansi8 && nearest(at: .ansi16) == .palette(8) ? .palette(7) : nearest(at: depth)
  }

  /// Whether text of this colour can be read before another one. Where there are few colours their exact tones are unknown,
  /// and it takes more.
  func isReadable(before background: Color, at depth: ColorDepth) -> Bool {
    ink(at: depth).contrast(with: background.nearest(at: depth)) >= (depth <= .ansi16 ? 3 : 2.5)
  }

  private static let cubeLevels = [0, 95, 135, 175, 215, 255]

  /// The colours 0–15 as xterm shows them.
  private static let ansi: [(Int, Int, Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
    (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
    (255, 0, 255), (0, 255, 255), (255, 255, 255),
  ]

  private static func distance(_ first: (Int, Int, Int), _ second: (Int, Int, Int)) -> Int {
    // Weighted by how bright the eye finds each component (ITU-R BT.601, in tenths).
    let (red, green, blue) = (first.0 - second.0, first.1 - second.1, first.2 - second.2)
    return 3 * red * red + 6 * green * green + blue * blue
  }

  private static func nearestOf16(_ color: (Int, Int, Int)) -> UInt8 {
    // A hue counts more than brightness here, or every muted colour would become grey.
    let (red, green, blue) = color
    let high = max(red, green, blue)
    let low = min(red, green, blue)
    guard high - low > 48, high > 0 else {
      return [0, 8, 7, 15].min { distance(ansi[$0], color) < distance(ansi[$1], color) }.map(UInt8.init)
        ?? 7
    }
    let middle = (high + low) / 2
    let hue = (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0)
    return UInt8(high > 215 ? hue + 8 : hue)
  }

  private static func nearestOf240(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let target = (Int(red), Int(green), Int(blue))
    func level(_ value: Int) -> Int {
      cubeLevels.indices.min { abs(cubeLevels[$0] - value) < abs(cubeLevels[$1] - value) } ?? 0
    }
    let cube = UInt8(16 + 36 * level(target.0) + 6 * level(target.1) + level(target.2))
    let mean = (target.0 + target.1 + target.2) / 3
    let grey = UInt8(232 + min(23, max(0, (mean - 3) / 10)))
    let greyIsCloser =
      distance(Color.palette(grey).components, target) < distance(Color.palette(cube).components, target)
    return greyIsCloser ? grey : cube
  }
}
