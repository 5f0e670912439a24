import Reports
import Testing

/// A report of a model with strange names is a page that shows them.
@Suite struct HostileTextTests {
  private let document = ReportDocument(
    title: "a\"\u{301}<b>\u{1B}\u{202E}",
    parts: [
      .code("one\ntwo ```\u{1B}"),
      .table(.init(columns: ["x|y"], rows: [["line\nend"], ["<script>"]])),
    ])

  @Test func asAPage() {
    let page = document.html
    #expect(page.contains("a&quot;\u{301}&lt;b&gt;\\u{1B}\\u{202E}"))
    #expect(page.contains("one\ntwo ```\\u{1B}") && page.contains("line") && !page.contains("<script>"))
  }

  @Test func asMarkdown() {
    let text = document.markdown
    #expect(text.contains("````sh\none\ntwo ```\\u{1B}\n````"))
    #expect(text.contains("x\\|y") && text.contains("line\\\\u\\{A\\}end"))
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0 != "\u{202E}" })
  }
}
