import Foundation
import Testing

import TerminalUI

@Suite struct KeyTests {
  @Test(arguments: [
    ("ctrl-d", Key.control("d")), ("CTRL-D", .control("d")), ("F1", .function(1)), ("f12", .function(12)),
    ("page-down", .pageDown), ("shift-tab", .backTab), ("+", "+"), ("-", "-"), ("P", "P"), ("p", "p"),
    ("space", .space), ("enter", .enter), ("ctrl-space", .control(" ")), ("ctrl-left", Key(.left, .control)),
  ])
  func namesAreRead(_ name: String, _ key: Key) throws {
    #expect(try Key(name: name) == key)
  }

  @Test(arguments: ["", "ctrl-", "F0", "F99", "hyper-x", "shift-a", "ab", "\u{1b}", "ctrl-é"])
  func unknownNamesThrow(_ name: String) {
    #expect(throws: TerminalUIError.unknownKey(name)) { try Key(name: name) }
  }

  @Test func everyKeySurvivesItsName() throws {
    var keys: [Key] = [
      .enter, .tab, .backTab, .backspace, .delete, .insert, .escape, .up, .pageUp, .end, .space,
    ]
    keys += (1...24).map(Key.function)
    keys += (0x21...0x7e).compactMap { Unicode.Scalar($0) }.map(Key.character)
    keys += "abcdefghijklmnopqrstuvwxyz".unicodeScalars.map(Key.control)
    for key in keys {
      #expect(try Key(name: key.name) == key)
      let data = try JSONEncoder().encode([key])
      #expect(try JSONDecoder().decode([Key].self, from: data) == [key])
    }
  }

  @Test func controlCharactersAreKeys() {
    #expect(Key(scalar: "\r") == .enter)
    #expect(Key(scalar: "\n") == .enter)
    #expect(Key(scalar: "\t") == .tab)
    #expect(Key(scalar: "\u{7f}") == .backspace)
    #expect(Key(scalar: "\u{3}") == .control("c"))
    #expect(Key(scalar: "\u{1a}") == .control("z"))
    #expect(Key(scalar: "\u{1c}") == .control("\\"))
    #expect(Key(scalar: "\u{9b}") == nil)
    #expect(Key(scalar: "é") == "é")
  }

  @Test func pastedTextIsOneLineOfText() {
    #expect(Event.paste("a\nb\u{1b}c").text == "a bc")
    #expect(
      Event.paste("/data/a b.onnx\r\n").text == "/data/a b.onnx", "a copied line goes in without its end")
    #expect(Event.paste("a\r\n\tb\u{7f}\u{9b}2J").text == "a  b2J")
    #expect(Event.key(.control("a")).text == nil)
    #expect(Event.key("é").text == "é")
  }
}

@Suite struct KeyMapTests {
  static let layers = [
    Binding("up", ["+"], "1%", "One percent more.", category: "Layers"),
    Binding("edit", ["e", "="], "edit", "Enter a percentage.", category: "Layers"),
    Binding("run", ["r"], "run", "Run the scoring.", category: "Run", disabledReason: "no data yet"),
  ]
  static let everywhere = [
    Binding("down", [.down, "+"], "down", "Move down.", category: "Everywhere", isInFooter: false),
    Binding("help", ["?", .function(1)], "help", "Show all keys.", category: "Everywhere"),
  ]
  let map = KeyMap([layers, everywhere])

  @Test func earlierLayersHideLaterOnes() {
    #expect(map.binding(for: "+")?.id == "up")
    #expect(map.binding(for: .down)?.id == "down")
    #expect(map.binding(for: "r")?.disabledReason == "no data yet")
    #expect(map.binding(for: "x") == nil)
  }

  @Test func footerShowsEnabledBindingsAndEndsInAnEllipsis() {
    #expect(map.footer(width: 80, glyphs: .unicode).text == " + 1%  e edit  ? help ")
    let short = map.footer(width: 18, glyphs: .unicode)
    #expect(short.text == " + 1%  … ? help ")
    for width in 0...30 { #expect(map.footer(width: width, glyphs: .ascii).columns <= width) }
  }

  @Test func helpListsBindingsByCategoryAndWhatTheySay() {
    #expect(map.help().map(\.category) == ["Layers", "Run", "Everywhere"])
    #expect(map.help().flatMap(\.bindings).first { $0.id == "run" }?.disabledReason == "no data yet")
    #expect(map.help(filter: "PERCENT").map(\.bindings.count) == [2])
    #expect(map.help(filter: "f1").first?.bindings.first?.id == "help")
    #expect(map.help(filter: "nothing like it").isEmpty)
  }

  @Test func keysBehindALeaderAreShownTogether() {
    let binding = Binding(
      "screen", ["S"], "screen", "", category: "", sequences: [["g", "2"], [.space, "s"]])
    #expect(binding.keyLabel(.unicode) == "S g2 ␣s" && binding.keyLabel(.ascii) == "S g 2 Space s")
    #expect(Binding("a", [], "", "", category: "", sequences: [["g", "2"]]).firstKeyLabel(.unicode) == "g2")
  }

  @Test func whatAUserChoseComesFirst() throws {
    let mapped = try map.remapped(by: ["edit": ["x"]])
    #expect(mapped.binding(for: "x")?.id == "edit")
    #expect(mapped.binding(for: "e") == nil)
    #expect(throws: TerminalUIError.unknownBinding("nope")) { try map.remapped(by: ["nope": ["x"]]) }
    #expect(throws: TerminalUIError.keyConflict(key: "x", first: "edit", second: "run")) {
      try map.remapped(by: ["edit": ["x"], "run": ["x"]])
    }
    // A binding that nobody named loses the key, and it is told which one.
    let taken = try map.remapped(by: ["edit": ["+"]])
    #expect(taken.binding(for: "+")?.id == "edit" && taken.binding(id: "up")?.keys.isEmpty == true)
    #expect(map.displaced(by: ["edit": ["+"]]).map(\.id) == ["up"])
  }
}
