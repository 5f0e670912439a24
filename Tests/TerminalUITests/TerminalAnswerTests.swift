import TerminalUI
import Testing

/// What terminals answer is read, and never taken for keys.
@Suite struct TerminalAnswerTests {
  /// Reads what stands behind the beginning of an answer; `nil` where it is not whole.
  private func read(_ text: String, _ kind: AnswerReader.Kind = .color) -> AnswerReader.Result? {
    var reader = AnswerReader(kind)
    for byte in text.utf8 {
      let result = reader.take(byte)
      if result != .goesOn { return result }
    }
    return nil
  }

  @Test(arguments: [
    ("rgb:ffff/ffff/ffff\u{07}", true), ("rgb:0000/0000/0000\u{1b}\\", false), ("rgb:f/f/f\u{07}", true),
    ("rgb:2e/34/36\u{1b}\\", false), ("rgba:fbfb/f8f8/f1f1/ffff\u{07}", true), ("#fbf8f1\u{07}", true),
    ("#000\u{07}", false), ("rgb:FDFD/F6F6/E3E3\u{07}", true), ("rgb:0000/2b2b/3636\u{07}", false),
  ])
  func coloursAreLightOrDark(text: String, isLight: Bool) {
    guard case .ended(let answer)? = read(text) else {
      Issue.record("\(text) did not end")
      return
    }
    #expect(answer?.isLight == isLight)
  }

  @Test(arguments: [
    "\u{07}", "rgb:\u{07}", "rgb:f/f\u{07}", "rgb:f/f/f/f\u{07}", "rgb:fffff/f/f\u{07}", "rgb:g/f/f\u{07}",
    "rgb:-1/f/f\u{07}", "#ff\u{07}", "#fffffg\u{07}", "white\u{07}", "rgb:f/f/f\u{1b}x", "rgb:f\n",
    "?\u{1b}\\",
  ])
  func whatIsNoColourEndsWithout(text: String) { #expect(read(text) == .ended(nil)) }

  @Test func whatItCanDoIsTheLastAnswer() {
    #expect(read("64;1;9c", .attributes) == .ended(.attributes))
    #expect(read("c", .attributes) == .ended(.attributes))
    #expect(read("1;2R", .attributes) == .ended(nil))
    #expect(read("64;1", .attributes) == nil)
  }

  /// Whatever bytes come, a reader ends soon: keys that are pressed behind an answer without an end reach the program.
  @Test func anyBytesEndSoon() {
    var state: UInt64 = 7
    func byte() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    for round in 0..<20_000 {
      var reader = AnswerReader(round % 2 == 0 ? .color : .attributes)
      var count = 0
      // Bytes that go on are likelier than by chance.
      let alphabet = Array("rgb:#/0123456789abcdef;?".utf8)
      while true {
        let next = round % 3 == 0 ? byte() : alphabet[Int(byte()) % alphabet.count]
        count += 1
        if reader.take(next) != .goesOn { break }
        if count > 70 { break }
      }
      #expect(count <= 66, "round \(round)")
    }
  }

  // MARK: Torn answers

  private func pass(_ keys: [Key], _ guardian: inout TornAnswerGuard) -> (
    keys: [Key], begun: AnswerReader.Kind?
  ) {
    var all: [Key] = []
    for key in keys {
      let (passed, begun) = guardian.take(key)
      all += passed
      if let begun { return (all, begun) }
    }
    return (all, nil)
  }

  @Test func aTornAnswerIsFoundAmongKeys() {
    var guardian = TornAnswerGuard()
    let colour = pass(["j", .escape, "]", "1", "1", ";"], &guardian)
    #expect(colour.keys == ["j", .escape] && colour.begun == .color)
    let attributes = pass([.escape, "[", "?"], &guardian)
    #expect(attributes.keys == [.escape] && attributes.begun == .attributes)
  }

  @Test(
    arguments: [
      ["]", "1"], [.escape, "j"], [.escape, "]", "]"], [.escape, "]", "1", "2"], [.escape, .escape, "["],
      [.escape, "]", .escape, "]", "1", "1", "x"], ["1", "1", ";", "?"],
    ] as [[Key]])
  func keysThatAreNoneOfAnAnswerComeThroughInTheirOrder(keys: [Key]) {
    var guardian = TornAnswerGuard()
    let passed = pass(keys, &guardian)
    #expect(passed.begun == nil)
    #expect(passed.keys + guardian.release() == keys)
    #expect(!guardian.holdsKeys)
  }

  @Test func noKeyIsLostWhateverIsPressed() {
    var state: UInt64 = 3
    let alphabet: [Key] = [.escape, "]", "[", "1", ";", "?", "j"]
    for _ in 0..<2_000 {
      var guardian = TornAnswerGuard()
      var (sent, come): ([Key], [Key]) = ([], [])
      var begins = 0
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let key = alphabet[Int(state >> 33) % alphabet.count]
        sent.append(key)
        let (passed, begun) = guardian.take(key)
        come += passed
        if let begun {
          begins += begun == .color ? 4 : 2
        }
      }
      come += guardian.release()
      #expect(come.count + begins == sent.count)
    }
  }
}
