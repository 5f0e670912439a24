import Foundation
import Graph
import Pruning
import Quantities

extension ReportDocument {
  /// The report in Markdown (GitHub's, with tables); of a plot it has what is seen in it, and the tables beside it.
  package var markdown: String {
    (["# \(Self.plain(title))"] + parts.flatMap { Self.blocks($0, level: 2) }).joined(separator: "\n\n")
      + "\n"
  }

  /// A part in blocks.
  ///
  /// - Parameter level: what headings have here.
  private static func blocks(_ part: Part, level: Int) -> [String] {
    switch part {
    case .heading(let text, let level): [heading(text, level)]
    case .paragraph(let text): [plain(text)]
    case .warning(let text): ["> **Note:** \(plain(text))"]
    case .code(let text): [code(text)]
    case .figures(let figures): [markdown(table(of: figures).withoutEmptyColumns)]
    case .table(let table):
      (table.caption.map { [plain($0)] } ?? []) + [markdown(table.withoutEmptyColumns)]
    case .plot(let plot): plot.svg.isEmpty ? [] : ["**\(plain(plot.title)).** \(plain(plot.summary))"]
    case .histogram(let histogram):
      ["**\(plain(histogram.title)).** \(plain(histogram.summary))", "`\(sparkline(histogram.spread))`"]
    case .fold(let fold):
      [heading("\(fold.title): \(fold.note)", min(6, level + 1))]
        + fold.parts.flatMap { blocks($0, level: level + 1) }
    }
  }

  private static func heading(_ text: String, _ level: Int) -> String {
    String(repeating: "#", count: level) + " " + plain(text)
  }

  private static func table(of figures: [Figure]) -> Table {
    var table = Table(columns: ["", "before", "after", "change"])
    for figure in figures {
      table.add([figure.name, figure.before ?? "", figure.after, figure.change])
    }
    return table
  }

  private static func markdown(_ table: Table) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = table.columns.indices.map { $0 == 0 ? "---" : "---:" }
    let rows = table.rows.enumerated().map { number, row in
      line(
        row.map { cell in
          let text = plain(cell.text)
          let shown = table.marked.contains(number) && !text.isEmpty ? "**\(text)**" : text
          return ([picture(of: cell)].compactMap { $0 } + [shown]).joined(separator: " ")
        })
    }
    return ([line(table.columns.map(plain)), line(rule)] + rows).joined(separator: "\n")
  }

  /// What is drawn in a cell, in block characters.
  private static func picture(of cell: Cell) -> String? {
    switch cell.picture {
    case nil: return nil
    case .bar(let before, let after)?:
      let cells = 12.0
      let kept = Int(cut: (cells * min(1, max(0, after))).rounded())
      let whole = max(kept, Int(cut: (cells * min(1, max(0, before))).rounded()))
      return String(repeating: "█", count: kept) + String(repeating: "░", count: whole - kept)
    case .spread(let spread)?: return sparkline(spread)
    }
  }

  /// A distribution in block characters, with `╎` before the first cell of which nothing goes, where the cut lies there.
  private static func sparkline(_ spread: ScoreDistribution) -> String {
    let steps = Array("▁▂▃▄▅▆▇█")
    let most = spread.bins.reduce(0) { max($0, $1.count) }
    let first = spread.cut.flatMap { _ in spread.bins.lastIndex { $0.gone > 0 } }
    return spread.bins.enumerated().reduce(into: "") { text, next in
      let (index, bin) = next
      text.append(bin.count == 0 || most == 0 ? "·" : steps[(bin.count * steps.count - 1) / most])
      if index == first { text.append("╎") }
    }
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
