import Foundation
import Quantities

extension ReportDocument {
  /// The report as one HTML page that needs nothing else: styles and plots are inside.
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(Self.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    <h1>\(Self.escaped(title))</h1>
    \(parts.map(Self.html).joined())</main>
    </body>
    </html>

    """
  }

  private static func html(_ part: Part) -> String {
    switch part {
    case .heading(let text, let level): "<h\(level)>\(escaped(text))</h\(level)>\n"
    case .paragraph(let text): "<p>\(escaped(text))</p>\n"
    case .warning(let text): "<p class=\"warning\"><strong>Note:</strong> \(escaped(text))</p>\n"
    case .code(let text): "<pre><code>\(escaped(text))</code></pre>\n"
    case .figures(let figures): html(figures)
    case .table(let table): html(table.withoutEmptyColumns)
    case .plot(let plot): figure(plot.svg, caption: plot.summary)
    case .histogram(let histogram): figure(histogram.svg, caption: histogram.summary)
    case .fold(let fold): html(fold)
    }
  }

  /// A picture with what is seen in it; nothing where there is no picture.
  private static func figure(_ picture: String, caption: String) -> String {
    picture.isEmpty
      ? "" : "<figure>\n\(picture)<figcaption>\(escaped(caption))</figcaption>\n</figure>\n"
  }

  private static func html(_ figures: [Figure]) -> String {
    let tiles = figures.map { figure in
      "<div><dt>\(escaped(figure.name))</dt><dd><b>\(escaped(figure.after))</b>"
        + (figure.before.map { " <span>was \(escaped($0))</span>" } ?? "")
        + (figure.change.isEmpty ? "" : " <em>\(escaped(figure.change))</em>") + "</dd></div>\n"
    }
    return "<dl class=\"figures\">\n\(tiles.joined())</dl>\n"
  }

  private static func html(_ table: Table) -> String {
    var text = "<div class=\"table\"><table>\n"
    if let caption = table.caption { text += "<caption>\(escaped(caption))</caption>\n" }
    text +=
      "<thead><tr>" + table.columns.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
      + "</tr></thead>\n<tbody>\n"
    for (number, row) in table.rows.enumerated() {
      text += table.marked.contains(number) ? "<tr class=\"marked\">" : "<tr>"
      for (column, cell) in row.enumerated() {
        text +=
          column == 0 ? "<th scope=\"row\">\(escaped(cell.text))</th>" : "<td>\(html(cell))</td>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody>\n</table></div>\n"
  }

  private static func html(_ cell: Cell) -> String {
    switch cell.picture {
    case nil: escaped(cell.text)
    case .bar(let before, let after)?: pair(bar(before: before, after: after), cell.text)
    case .spread(let spread)?: pair(spark(spread), cell.text)
    }
  }

  /// A picture at the left edge of its cell, with the text at the right.
  private static func pair(_ picture: String, _ text: String) -> String {
    "<div class=\"pair\">\(picture)<span>\(escaped(text))</span></div>"
  }

  private static func html(_ fold: Fold) -> String {
    "<details\(fold.isOpen ? " open=\"open\"" : "")>\n<summary><b>\(escaped(fold.title))</b> "
      + (fold.bar.map { bar(before: $0.before, after: $0.after) } ?? "")
      + "<span>\(escaped(fold.note))</span></summary>\n\(fold.parts.map(html).joined())</details>\n"
  }

  /// What was, and what is left of it, as shares of the whole length. The text beside it says the same.
  private static func bar(before: Double, after: Double) -> String {
    func width(_ share: Double) -> String {
      share.isFinite ? Quantity.fixed(100 * min(1, max(0, share)), digits: 1) : "0"
    }
    return "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      + "<rect width=\"\(width(before))\" height=\"10\" class=\"gone\"/>"
      + "<rect width=\"\(width(after))\" height=\"10\" class=\"kept\"/></svg>"
  }

  /// Text as it may stand in HTML, in attributes too, with what nobody sees written out.
  static func escaped(_ text: String) -> String {
    // Scalars, not characters: a quotation mark with an accent is another character, and still ends an attribute.
    TerminalText(lines: text).string.unicodeScalars.reduce(into: "") { result, letter in
      switch letter {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(letter)
      }
    }
  }
}
