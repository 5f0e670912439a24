import Testing
import YAML
import Yams

@Suite struct OutputTests {
  @Test func whatIsWrittenIsALineAnEntry() {
    let value = YAMLOutput.mapping([
      .init("version", .integer(1)),
      .init("name", .text("a: b")),
      .init("empty", .list([])),
      .init(
        "steps",
        .list([
          .mapping([
            .init("kind", .plain("l1")), .init("layers", .mapping([.init("conv 1", .quoted("0-3"))])),
          ]),
          .mapping([]),
          .list([.number(0.5), .text("x")]),
        ])),
      .init("range", .mapping([.init("from", .integer(1)), .init("to", .text("y"))], inline: true)),
    ])
    #expect(
      value.document() == """
        version: 1
        name: "a: b"
        empty: []
        steps:
        - kind: l1
          layers:
            "conv 1": "0-3"
        - {}
        - - 0.5
          - x
        range: {from: 1, to: "y"}

        """)
  }

  @Test func whatNobodySeesIsWrittenByItsNumber() {
    #expect(YAMLOutput.text("a\nb\u{200D}\u{E0001}").document() == "\"a\\u000ab\\u200d\\U000e0001\"\n")
    #expect(YAMLOutput.text("- it's").document(quoting: .sparing) == "'- it''s'\n")
  }

  @Test(arguments: YAMLOutput.Quoting.allCases) func whatIsWrittenReadsBack(quoting: YAMLOutput.Quoting)
    throws
  {
    for seed in 0..<400 as Range<UInt64> {
      var trees = Trees(seed: seed, of: Trees.all)
      let value = trees.value()
      let text = value.document(quoting: quoting)
      let read = try #require(try reader.value(of: text), "\(text)")
      #expect(isSame(value, read), "\(seed): \(text)")
    }
  }

  /// A name of any length can be read again.
  @Test(arguments: YAMLOutput.Quoting.allCases, [100, 129, 1000, 1024, 5000])
  func longNamesReadBack(quoting: YAMLOutput.Quoting, length: Int) throws {
    let inner = YAMLOutput.mapping([
      .init(
        String(repeating: "a", count: length), .mapping([.init("b", .list([.integer(1), .integer(2)]))])),
      .init(String(repeating: "c", count: length), .list([.integer(3)])),
    ])
    let value = YAMLOutput.list([.mapping([.init("x", inner)])])
    let read = try #require(try reader.value(of: value.document(quoting: quoting)))
    #expect(isSame(value, read))
  }

  /// Quoted as sparingly as Yams does, and with its lines.
  @Test func sparingQuotesAreThoseOfYams() throws {
    for seed in 0..<1000 as Range<UInt64> {
      var trees = Trees(seed: seed, of: Trees.visible)
      let value = trees.value()
      let theirs = try Yams.serialize(node: value.node, width: -1, allowUnicode: true)
      // A file that is one scalar ends in Yams' own way.
      guard case .mapping = value else { continue }
      #expect(value.document(quoting: .sparing) == theirs, "\(seed)")
    }
  }

  private func isSame(_ written: YAMLOutput, _ read: YAMLValue) -> Bool {
    switch written {
    case .plain(let text), .quoted(let text), .text(let text):
      return read.text.map { Array($0.unicodeScalars) == Array(text.unicodeScalars) } ?? false
    case .list(let items, _):
      guard let list = read.list, list.count == items.count else { return false }
      return zip(items, list).allSatisfy(isSame)
    case .mapping(let entries, _):
      guard let all = read.entries, all.count == entries.count else { return false }
      return zip(entries, all).allSatisfy {
        isSame(.text($0.name), $1.key) && isSame($0.value, $1.value)
      }
    }
  }
}

extension YAMLOutput {
  /// The value as Yams knows it.
  fileprivate var node: Node {
    switch self {
    case .plain(let text), .text(let text), .quoted(let text): Node(text)
    case .list(let items, let inline):
      .sequence(.init(items.map(\.node), Tag(.seq), inline ? .flow : .any))
    case .mapping(let entries, let inline):
      .mapping(.init(entries.map { (Node($0.name), $0.value.node) }, Tag(.map), inline ? .flow : .any))
    }
  }
}
