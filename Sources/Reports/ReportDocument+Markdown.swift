import Quantities

extension ReportDocument {
  /// The report in Markdown (GitHub's, with tables); plots are left out.
  package var markdown: String {
    var blocks = ["# \(Self.plain(title))"]
    for part in parts {
      switch part {
      case .heading(let text, let level):
        blocks.append(String(repeating: "#", count: level) + " " + Self.plain(text))
      case .paragraph(let text): blocks.append(Self.plain(text))
      case .code(let text): blocks.append(Self.code(text))
      case .table(let table): blocks.append(Self.markdown(table))
      case .plot: break
      }
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private static func markdown(_ table: Table) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = table.columns.indices.map { $0 == 0 ? "---" : "---:" }
    let rows = table.rows.enumerated().map { number, row in
      line(row.map { table.marked.contains(number) && !$0.isEmpty ? "**\(plain($0))**" : plain($0) })
    }
    return ([line(table.columns.map(plain)), line(rule)] + rows).joined(separator: "\n")
  }

  /// Lines of a shell, fenced by more than it holds itself.
  private static func code(_ text: String) -> String {
    let text = TerminalText(lines: text).string
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)sh\n\(text)\n\(fence)"
  }

  /// Names may hold what Markdown gives a meaning, and what nobody sees.
  private static func plain(_ text: String) -> String {
    text.visible.reduce(into: "") { result, letter in
      if "\\`*_{}[]<>#|".contains(letter) { result += "\\" }
      result.append(letter)
    }
  }
}
