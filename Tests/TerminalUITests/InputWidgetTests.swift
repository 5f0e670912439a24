import Testing

import TerminalUI

@Suite struct TextFieldTests {
  private func type(_ text: String, into field: inout TextField) {
    for scalar in text.unicodeScalars { _ = field.handle(.key(.character(scalar))) }
  }

  @Test func editingKeys() {
    var field = TextField()
    type("conv one", into: &field)
    _ = field.handle(.key(.control("w")))
    #expect(field.text == "conv ")
    _ = field.handle(.key(.home))
    type(">", into: &field)
    #expect(field.text == ">conv ")
    _ = field.handle(.key(.delete))
    _ = field.handle(.key(.end))
    _ = field.handle(.key(.backspace))
    #expect(field.text == ">onv")
    _ = field.handle(.key(.left))
    _ = field.handle(.key(.control("k")))
    #expect(field.text == ">on")
    _ = field.handle(.key(.control("u")))
    #expect(field.text == "")
    for key in [Key.left, .backspace, .delete, .control("w"), .control("k")] { _ = field.handle(.key(key)) }
    #expect(field.text == "" && field.cursor == 0)
  }

  @Test func outcomes() {
    var field = TextField("x")
    #expect(field.handle(.key(.enter)) == .submitted)
    #expect(field.handle(.key(.escape)) == .cancelled)
    #expect(field.handle(.key(.function(1))) == .ignored)
    #expect(field.handle(.wake) == .ignored)
    #expect(field.handle(.paste("a\nb")) == .edited)
    #expect(field.text == "xa b")
  }

  /// A field takes what a path or a name may be, and says how much more there was.
  @Test func aLongPasteIsCutAndSaysSo() {
    var field = TextField("x")
    let started = ContinuousClock.now
    #expect(field.handle(.paste(String(repeating: "0123456789", count: 20_000))) == .edited)
    #expect(field.text.unicodeScalars.count == TextField.capacity && field.isCut)
    var grid = Grid(width: 60, height: 1)
    field.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines[0].contains("the rest had no room"))
    #expect(
      ContinuousClock.now - started < .seconds(5), "neither taking nor drawing goes over it again and again")
    _ = field.handle(.key(.backspace))
    grid = Grid(width: 60, height: 1)
    field.draw(into: &grid, in: grid.bounds)
    #expect(!field.isCut && !grid.lines[0].contains("no room"))
  }

  @Test func historyKeepsTheDraft() {
    var field = TextField("draft", history: ["one", "two"])
    _ = field.handle(.key(.up))
    #expect(field.text == "two")
    _ = field.handle(.key(.up))
    _ = field.handle(.key(.up))
    #expect(field.text == "one")
    _ = field.handle(.key(.down))
    _ = field.handle(.key(.down))
    #expect(field.text == "draft")
    field.remember()
    #expect(field.text == "" && field.history == ["one", "two", "draft"])
  }

  @Test func tabInsertsTheCommonPartThenGoesThroughTheCandidates() {
    let names = ["data/train", "data/trial", "data/test"]
    let complete: (String) -> [String] = { head in names.filter { $0.hasPrefix(head) } }
    var field = TextField("data/tr")
    _ = field.handle(.key(.tab), completions: complete)
    #expect(field.text == "data/tr" && field.candidates == ["data/train", "data/trial"])
    _ = field.handle(.key(.tab), completions: complete)
    #expect(field.text == "data/train")
    _ = field.handle(.key(.tab), completions: complete)
    #expect(field.text == "data/trial")
    type("s", into: &field)
    #expect(field.candidates.isEmpty)
    field.text = "data/te"
    _ = field.handle(.key(.tab), completions: complete)
    #expect(field.text == "data/test" && field.candidates.isEmpty)
  }

  @Test func longTextScrollsToTheCursor() {
    var field = TextField("abcdefghij")
    var grid = Grid(width: 6, height: 1)
    field.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["…ghij"])
    #expect(grid.cursor == Point(x: 5, y: 0))
    _ = field.handle(.key(.home))
    field.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["abcdef"])
    #expect(grid.cursor == Point(x: 0, y: 0))
  }

  @Test func randomKeysNeverTrap() {
    var generator = SplitMix(seed: 3)
    let keys: [Key] = [
      .left, .right, .home, .end, .backspace, .delete, .control("w"), .control("u"), .control("k"), .up,
      .down,
      .tab, "a", " ", "漢", "/",
    ]
    var field = TextField(history: ["ab", "漢字"])
    for _ in 0..<20_000 {
      guard let key = keys.randomElement(using: &generator) else { continue }
      _ = field.handle(.key(key)) { [$0 + "x", $0 + "yz", "q"] }
      #expect((0...field.text.unicodeScalars.count).contains(field.cursor))
    }
  }
}

@Suite struct FormTests {
  private func form() -> Form {
    Form(
      title: "Data", message: [[Span("Where are the examples?")]],
      fields: [
        .init("path", "Path", .text(TextField("data")), hint: "Tab completes"),
        .init("shuffle", "Shuffle", .toggle(true)),
        .init("loss", "Loss", .choice(["cross entropy", "mse"], selected: 0)),
      ], idealWidth: 40)
  }

  @Test func drawing() {
    var grid = Grid(width: 44, height: 11)
    form().draw(into: &grid, in: grid.bounds)
    #expect(
      grid.lines == [
        "  ┌ Data ────────────────────────────────┐", "  │ Where are the examples?              │",
        "  │                                      │", "  │ Path     data                        │",
        "  │ Shuffle  [✓]                         │", "  │ Loss       cross entropy             │",
        "  │ Tab completes                        │", "  │                                      │",
        "  │                     Cancel      OK   │", "  └──────────────────────────────────────┘", "",
      ])
    #expect(grid.cursor == Point(x: 17, y: 3))
  }

  @Test func fieldsAreFilledIn() {
    var form = form()
    // What stood there is selected: what is typed first replaces it, and what follows goes on.
    #expect(form.handle(.key("o")) == .changed("path"))
    #expect(form.handle(.key("k")) == .changed("path"))
    #expect(form.text(of: "path") == "ok")
    #expect(form.handle(.key(.tab)) == .handled)
    #expect(form.handle(.key(.space)) == .changed("shuffle"))
    #expect(!form.isOn("shuffle"))
    #expect(form.handle(.key(.down)) == .handled)
    #expect(form.handle(.key(.right)) == .changed("loss"))
    #expect(form.text(of: "loss") == "mse")
    #expect(form.handle(.key(.enter)) == .pressed("ok"))
    #expect(form.handle(.key(.escape)) == .cancelled)
  }

  @Test func tabCompletesWhileThereIsSomethingToComplete() {
    var form = form()
    #expect(form.handle(.key(.tab)) { _, head in ["data/"].filter { $0 != head } } == .changed("path"))
    #expect(form.text(of: "path") == "data/")
    #expect(form.handle(.key(.tab)) { _, head in ["data/"].filter { $0 != head } } == .handled)
    #expect(form.focus == 1)
  }

  @Test func destructiveActsAreNeverConfirmedWithEnter() {
    var form = Form.confirmation(title: "Prune", message: [[Span("Remove 320 kernels?")]], act: "Prune")
    #expect(form.handle(.key(.enter)) == .pressed("no"))
    for _ in 0..<3 {
      _ = form.handle(.key(.tab))
      #expect(form.handle(.key(.enter)) != .pressed("yes"))
    }
    #expect(form.handle(.key("y")) == .pressed("yes"))
  }

  @Test func problemsAreShownInsteadOfHints() {
    var form = form()
    form.setProblem("no such folder", of: "path")
    var grid = Grid(width: 44, height: 11)
    form.draw(into: &grid, in: grid.bounds)
    #expect(grid.styledSnapshot.contains("{error|✗ no such folder}"))
    _ = form.handle(.key("x"))
    #expect(form.fields[0].problem == nil)
  }

  @Test func anySizeCanBeDrawn() {
    for width in 0...50 {
      for height in 0...14 {
        var grid = Grid(width: width, height: height)
        form().draw(into: &grid, in: grid.bounds)
        var menu = Menu(title: "Sort", items: [.init("a", "Score", key: "s"), .init("b", "MACs")])
        menu.draw(into: &grid, in: grid.bounds)
        var state = ListState()
        TableTests.table().draw(into: &grid, in: grid.bounds, state: &state)
        Plot([.init("a", [.init(0, 0), .init(1, 1)]), .init("b", [.init(0, 1)], kind: .scatter)])
          .draw(into: &grid, in: grid.bounds)
        StatusLine("a message of some length", .warning).drawToast(into: &grid, in: grid.bounds)
        #expect(grid.lines.count == height)
      }
    }
  }
}

@Suite struct MenuTests {
  private func menu() -> Menu {
    Menu(
      title: "Sort by",
      items: [
        .init("score", "Score", key: "s"), .init("macs", "MACs", key: "m", note: "now"),
        .init("data", "Accuracy", disabledReason: "no data yet"),
      ], selected: "macs")
  }

  @Test func drawing() {
    var grid = Grid(width: 32, height: 5)
    var menu = menu()
    let frame = menu.draw(into: &grid, in: grid.bounds)
    #expect(
      grid.lines == [
        " ┌ Sort by ───────────────────┐", " │  s Score                   │",
        " │▸ m MACs                now │",
        " │    Accuracy    no data yet │", " └────────────────────────────┘",
      ])
    #expect(menu.item(x: 6, y: 1, in: frame) == "score")
    #expect(menu.item(x: 6, y: 0, in: frame) == nil)
  }

  @Test func choosing() {
    var menu = menu()
    #expect(menu.handle(.key(.enter)) == .chosen("macs"))
    #expect(menu.handle(.key(.up)) == .moved("score"))
    #expect(menu.handle(.key("m")) == .chosen("macs"))
    #expect(menu.handle(.key(.down)) == .moved("data"))
    #expect(menu.handle(.key(.enter)) == .refused("no data yet"))
    #expect(menu.handle(.key(.down)) == .ignored)
    #expect(menu.handle(.key(.escape)) == .cancelled)
  }
}
