import TestSupport
import Testing
import YAML

@Suite struct ReaderTests {
  @Test func valuesHaveTheirLines() throws {
    let text = """
      # first
      a: 1
      b:
        - x
        - {c: yes, d: null}
      """
    let fields = try #require(try reader.value(of: text)).fields(of: "a file")
    #expect(fields.all.map(\.name) == ["a", "b"] && fields.all.map(\.key.line) == [2, 3])
    #expect(try fields.integer("a", "a number", 0...1) == 1)
    let list = try #require(fields["b"]?.list)
    #expect(list.map(\.line) == [4, 5] && list[0].text == "x" && list[0].list == nil)
    let inner = try list[1].fields(of: "the second")
    #expect(inner["c"]?.flag == true && inner["d"]?.isNull == true)
  }

  @Test func nothingIsNoValue() throws {
    #expect(try reader.value(of: "") == nil)
    #expect(try reader.value(of: "# nothing\n") == nil)
    #expect(try reader.value(of: "~")?.isNull == true)
  }

  @Test func numbersAreThoseOfYAMLWhereAsked() throws {
    let text = "a: 0x10\nb: 1_000\nc: '7'\nd: .5\n"
    let fields = try #require(try reader.value(of: text)).fields(of: "a file")
    #expect(fields["a"]?.integer == 16 && fields["b"]?.integer == 1000 && fields["c"]?.integer == nil)
    #expect(fields["d"]?.number == 0.5 && fields["c"]?.number == nil)
    #expect(try fields.integer("c", "a number", 0...9) == 7)
    #expect(throws: Refusal.self) { try fields.integer("a", "a number", 0...99) }
  }

  /// Each message says the line, what is wrong, and what could be there.
  @Test(
    arguments: [
      ("a: [1, 2\nb", 2, "expected"), ("a: 'x", 1, "end of stream"), ("a: 1\n\nb: *x", 3, "alias"),
      ("a: 1\n--- \nb: 2", 2, "another document"), ("a: 1\nb: 2\na: 3", 1, "a stands twice"),
      ("\u{0}", nil, ""), ("a: 1\nb:\n\tc: 2", 3, ""),
    ] as [(String, Int?, String)])
  func whatIsNoYAMLHasALine(text: String, line: Int?, says: String) throws {
    let found = try #require(problem(text))
    guard case .notYAML(let reason) = found.kind else { throw Refusal(path: "", problem: found) }
    #expect(reason.contains(says) && !reason.isEmpty, "\(found)")
    if let line { #expect(abs((found.line ?? 0) - line) <= 1, "\(found)") }
  }

  @Test func mistakesInFieldsHaveALine() throws {
    func check(
      _ text: String, _ line: Int, _ says: String, _ read: @escaping (YAMLFields) throws -> Void
    ) throws {
      let found = problem(text) { try read($0.fields(of: "a file")) }
      #expect(found?.line == line && found?.textWithAllowed == says, "\(String(describing: found))")
    }
    try check("\n- a", 2, "a file is not a mapping of names to values") { _ in }
    try check("a: 1\n? [b]\n: 2", 2, "a name in a file is not a text") { _ in }
    try check("a: 1\nb: 2", 2, "a file has no b; it can have a, c") { try $0.allow(["a", "c"]) }
    try check("\na: 1", 2, "a file lacks `b`") { _ = try $0.required("b") }
    try check("1: x\n'1': y", 2, "the name 1 stands twice in one place") { _ in }
    try check("a: 1\nb: []", 2, "`b` of a file is not a text") { _ = try $0.text("b") }
    try check("a: ''", 1, "`a` of a file is not a text") { _ = try $0.string("a") }
    try check("a: nan", 1, "`a` of a file is not a number") { _ = try $0.number("a") }
    try check("a: 2", 1, "`a` of a file is 2.0; it can be a share") {
      _ = try $0.number("a", "a share") { 0...1 ~= $0 }
    }
    try check("a: 1.5", 1, "`a` of a file is not a whole number") {
      _ = try $0.integer("a", "a number from 0", 0...9)
    }
    try check("a: 10", 1, "`a` of a file is 10; it can be a number to 9") {
      _ = try $0.integer("a", "a number to 9", 0...9)
    }
    try check("a:\n- 1\n- 1", 3, "`a` of a file lists 1; it can be what rises") {
      _ = try $0.risingIntegers("a", "what rises", in: 0...9)
    }
    try check("a: []", 1, "`a` of a file is empty; it can be what rises") {
      _ = try $0.risingIntegers("a", "what rises", in: 0...9)
    }
    enum Word: String, CaseIterable { case x, y }
    try check("b: 1\na: z", 2, "`a` of a file is z; it can be one of x, y") {
      let _: Word = try $0.choice("a")
    }
  }

  @Test func whatIsLeftOutIsAsUsual() throws {
    let fields = try #require(try reader.value(of: "a: 1")).fields(of: "a file")
    #expect(try fields.integer("b", default: 3, "", 0...1) == 3)
    #expect(try fields.number("b", default: 0.5) == 0.5)
    #expect(throws: Refusal.self) { try fields.number("b") }
  }

  /// Published schedules have lines that stand twice; a name with two values is a slip all the same.
  @Test func repeatedLinesAreForgivenWhereAsked() throws {
    let text = "x:\n  a: 1\n  b: 2\n  a: 1\ny:\n  a: 1\n"
    #expect(throws: Refusal.self) { try reader.value(of: text) }
    let read = try reader.value(of: text, forgivesRepeatedLines: true)
    #expect(try read?.fields(of: "a file")["y"]?.fields(of: "y")["a"]?.text == "1")
    #expect(throws: Refusal.self) {
      try reader.value(of: "a: 1\na: 2", forgivesRepeatedLines: true)
    }
  }

  // MARK: Files that mean harm

  @Test(arguments: ["[", "- ", "{a: ", "? ", "a: &x [*x, "]) func deepNestsAreErrors(opening: String) {
    #expect(problem(String(repeating: opening, count: 5_000)) != nil)
  }

  @Test func limitsAreHeldBeforeAnythingIsRead() {
    let limits = YAMLReader.Limits(of: "a configuration", bytes: 100, branches: 2, items: 3, references: 1)
    func refuses(_ text: String) -> Bool {
      do {
        _ = try reader.value(of: text, limits: limits)
        return false
      } catch { return (error as? Refusal)?.problem.text == "it is too large for a configuration" }
    }
    #expect(!refuses("a: [1]\nb: {c: -1}") && refuses("a: [[[1]]]") && refuses("- 1\n- 2\n- 3\n- 4"))
    #expect(refuses("a: &x 1\nb: *x") && refuses(String(repeating: "#", count: 101)))
  }

  /// What aliases share is not written out.
  @Test(.timeLimit(.minutes(1))) func aliasesStayShared() throws {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...30 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let fields = try #require(try reader.value(of: text)).fields(of: "a file")
    #expect(fields.all.count == 31 && fields["a30"]?.list?.count == 2)
  }

  @Test(arguments: 0..<8 as Range<UInt64>) func brokenBytesAreErrors(seed: UInt64) {
    let text = "a: [1, 'b']\nc:\n- &x {d: e}\n- *x\n- ? f\n  : \"g\\u0041\"\nh: |\n  text\n"
    var numbers = RandomNumbers(seed: seed)
    for _ in 0..<500 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...5, using: &numbers) {
        let index = Int.random(in: 0..<bytes.count, using: &numbers)
        if Bool.random(using: &numbers) {
          bytes[index] = UInt8.random(in: 0...255, using: &numbers)
        } else {
          bytes.remove(at: index)
        }
      }
      do {
        visit(try reader.value(of: String(decoding: bytes, as: UTF8.self)))
      } catch {
        #expect((error as? Refusal)?.problem.text.isEmpty == false)
      }
    }
  }

  private func visit(_ value: YAMLValue?) {
    value?.list?.forEach { visit($0) }
    value?.entries?.forEach {
      visit($0.key)
      visit($0.value)
    }
    _ = (value?.text, value?.flag, value?.integer, value?.number, value?.isNull, value?.line)
    _ = try? value?.fields(of: "a value")
  }
}
