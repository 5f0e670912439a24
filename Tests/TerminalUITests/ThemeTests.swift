import Foundation
import Testing

import TerminalUI

@Suite struct ThemeTests {
  static let folder = URL(filePath: #filePath).appending(path: "../../../Themes").standardized
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".theme") }.sorted()

  static func theme(_ file: String) throws -> Theme {
    try Theme(
      parsing: String(contentsOf: folder.appending(path: file), encoding: .utf8),
      name: String(file.dropLast(".theme".count)), file: file)
  }

  @Test func thereAreAtLeastSixThemes() {
    #expect(Self.names.count >= 6)
  }

  @Test(arguments: names) func everyThemeGivesEveryRoleALook(_ file: String) throws {
    #expect(try Self.theme(file).roles == Set(Role.allCases))
  }

  @Test func builtInThemeIsTheFileDusk() throws {
    #expect(try Self.theme("dusk.theme") == .builtIn)
  }

  /// Contrast after the Web Content Accessibility Guidelines 2.2, 1.4.3: 4.5 for text, 3 for what is secondary.
  @Test(arguments: names) func textCanBeReadBeforeItsBackground(_ file: String) throws {
    let theme = try Self.theme(file)
    let page = theme[.text].background ?? (file == "dusk.theme" ? .rgb(0x18, 0x1a, 0x20) : .standard)
    for role in Role.allCases {
      let look = theme[role]
      guard case .rgb = look.foreground, case .rgb = look.background ?? page else { continue }
      let least: Double
      switch role {
      case .border, .barTrack, .heatLow, .heatMiddle, .heatHigh: continue
      case .dim, .cut, .footerText, .axis, .borderFocused, .bar, .graph, .graphSecond, .match: least = 2
      case .groupA, .groupB, .groupC, .groupD, .groupE, .groupF, .groupG, .groupH: least = 3
      default: least = 3.5
      }
      let ratio = contrast(look.foreground, look.background ?? page)
      #expect(ratio >= least, "\(role) of \(file) has contrast \(ratio)")
    }
  }

  /// In 8 and 16 colours what differs on the page may come to nearly one colour on the selected row.
  @Test(arguments: names, [ColorDepth.ansi8, .ansi16]) func theSelectedRowCanBeReadInFewColors(
    _ file: String, _ depth: ColorDepth
  ) throws {
    let theme = try Self.theme(file)
    func shown(_ color: Color) -> Color {
      let (red, green, blue) = color.components
      return .rgb(UInt8(red), UInt8(green), UInt8(blue))
    }
    for role in Role.allCases where ![.barTrack, .border, .heatLow, .heatMiddle, .heatHigh].contains(role) {
      let style = theme.resolve(Style(.role(role), on: .role(.selection)), depth: depth)
      guard !style.attributes.contains(.reverse), style.foreground != .standard, style.background != .standard
      else { continue }
      let ratio = contrast(shown(style.foreground), shown(style.background))
      #expect(ratio >= 2.4, "\(role) of \(file) at \(depth): \(style), contrast \(ratio)")
    }
  }

  private func contrast(_ first: Color, _ second: Color) -> Double {
    func luminance(_ color: Color) -> Double {
      guard case .rgb(let red, let green, let blue) = color else { return 0 }
      func linear(_ value: UInt8) -> Double {
        let share = Double(value) / 255
        return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
    let (high, low) = (max(luminance(first), luminance(second)), min(luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
  }

  @Test func mistakesAreNamedWithFileAndLine() {
    func sentence(_ text: String) -> String {
      do {
        _ = try Theme(parsing: text, name: "x", file: "x.theme")
        return "no error"
      } catch {
        return (error as? TerminalUIError)?.sentence ?? "another error"
      }
    }
    #expect(sentence("# fine\n\ntext = default\nlink = 3") == "x.theme:4: there is no role called \"link\".")
    #expect(sentence("text = #12345") == "x.theme:1: \"#12345\" is not a colour.")
    #expect(sentence("text = 16") == "x.theme:1: \"16\" is not a colour.")
    #expect(sentence("text = #+12345").contains("is not a colour"))
    #expect(sentence("text = 1 on") == "x.theme:1: a colour is missing.")
    #expect(sentence("text = 1 blink") == "x.theme:1: \"blink\" is not an attribute.")
    #expect(sentence("text 1") == "x.theme:1: this line is not of the form \"role = colour\".")
    #expect(sentence("text = 1\r\ntext = 2") == "x.theme:2: the role \"text\" was given before.")
    #expect(sentence("text = #ffFF00 on 4 bold italic") == "no error")
  }

  @Test func brokenFilesThrowAndNeverTrap() throws {
    let source = Array(
      try String(contentsOf: Self.folder.appending(path: "dusk.theme"), encoding: .utf8).utf8)
    var generator = SplitMix(seed: 7)
    for _ in 0..<2_000 {
      var bytes = Array(source.prefix(Int.random(in: 0...source.count, using: &generator)))
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
          1 << UInt8.random(in: 0..<8, using: &generator)
      }
      do {
        let theme = try Theme(parsing: String(decoding: bytes, as: UTF8.self), name: "x", file: "x")
        #expect(theme.roles.isSubset(of: Set(Role.allCases)))
      } catch {
        #expect((error as? TerminalUIError)?.sentence.hasPrefix("x:") == true)
      }
    }
  }
}

@Suite struct ColorTests {
  @Test func depthIsTheLargestThatTheTerminalReaches() {
    #expect(ColorDepth(colors: 0) == .mono)
    #expect(ColorDepth(colors: -1) == .mono)
    #expect(ColorDepth(colors: 8) == .ansi8)
    #expect(ColorDepth(colors: 88) == .ansi16)
    #expect(ColorDepth(colors: 256) == .palette256)
    #expect(ColorDepth(colors: 32_767) == .palette256)
    #expect(ColorDepth(colors: 1 << 24) == .trueColor)
  }

  @Test func nearestOf256() {
    #expect(Color.rgb(255, 0, 0).nearest(at: .palette256) == .palette(196))
    #expect(Color.rgb(0, 0, 0).nearest(at: .palette256) == .palette(16))
    #expect(Color.rgb(128, 128, 128).nearest(at: .palette256) == .palette(244))
    #expect(Color.rgb(255, 255, 255).nearest(at: .palette256) == .palette(231))
    #expect(Color.palette(9).nearest(at: .palette256) == .palette(9))
  }

  @Test func everyCubeColourIsItsOwnNearest() {
    for index in UInt8(16)...255 {
      let (red, green, blue) = Color.palette(index).components
      let color = Color.rgb(UInt8(red), UInt8(green), UInt8(blue))
      // Greys of the cube and of the ramp can coincide; the colour must be the same all the same.
      #expect(color.nearest(at: .palette256).components == (red, green, blue))
    }
  }

  @Test func nearestOf16KeepsTheHue() {
    #expect(Color.rgb(0xf0, 0x70, 0x70).nearest(at: .ansi16) == .palette(9))
    #expect(Color.rgb(0x2c, 0x3f, 0x62).nearest(at: .ansi16) == .palette(4))
    #expect(Color.rgb(0x7d, 0x84, 0x88).nearest(at: .ansi16) == .palette(8))
    #expect(Color.rgb(250, 250, 250).nearest(at: .ansi16) == .palette(15))
    #expect(Color.rgb(0xf0, 0x70, 0x70).nearest(at: .ansi8) == .palette(1))
    #expect(Color.rgb(1, 2, 3).nearest(at: .mono) == .standard)
  }

  @Test(arguments: ThemeTests.names, ColorDepth.allCases)
  func nothingIsInvisible(_ file: String, _ depth: ColorDepth) throws {
    let theme = try ThemeTests.theme(file)
    for role in Role.allCases where role != .heatMiddle {
      for background in [nil, Role.selection] {
        let look = theme.resolve(Style(.role(role), on: background.map(Paint.role)), depth: depth)
        #expect(
          look.foreground != look.background || look.foreground == .standard,
          "\(role) on \(String(describing: background))")
      }
    }
  }

  @Test(arguments: ThemeTests.names)
  func withoutColoursTheImportantRolesStillDiffer(_ file: String) throws {
    let theme = try ThemeTests.theme(file)
    let plain = theme.resolve(.text, depth: .mono)
    #expect(plain == ResolvedStyle(foreground: .standard, background: .standard, attributes: []))
    for role in [
      Role.selection, .cut, .changed, .error, .warning, .header, .footerKey, .pinned, .borderFocused,
    ] {
      #expect(theme.resolve(.role(role), depth: .mono).attributes != plain.attributes, "\(role)")
    }
    #expect(theme.resolve(Style.role(.kept).on(.selection), depth: .mono).attributes.contains(.reverse))
  }

  @Test func blendsRunFromOneRoleToTheOther() {
    let theme = Theme(
      name: "t", looks: [.heatMiddle: .init(.rgb(0, 0, 0)), .heatHigh: .init(.rgb(200, 100, 0))])
    func color(_ share: UInt8) -> Color {
      theme.resolve(Style(.blend(.heatMiddle, .heatHigh, share)), depth: .trueColor).foreground
    }
    #expect(color(0) == .rgb(0, 0, 0))
    #expect(color(51) == .rgb(40, 20, 0))
    #expect(color(255) == .rgb(200, 100, 0))
  }
}
