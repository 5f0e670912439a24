import Quantities

extension ReportDocument {
  /// The report as one HTML page that needs nothing else: styles and plots are inside.
  package var html: String {
    var body = "<h1>\(Self.escaped(title))</h1>\n"
    for part in parts {
      switch part {
      case .heading(let text, let level): body += "<h\(level)>\(Self.escaped(text))</h\(level)>\n"
      case .paragraph(let text): body += "<p>\(Self.escaped(text))</p>\n"
      case .code(let text): body += "<pre>\(Self.escaped(text))</pre>\n"
      case .table(let table): body += Self.html(table)
      case .plot(let plot): body += plot.svg
      }
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(Self.escaped(title))</title>
      <style>
      :root { color-scheme: light dark; --ink: #1c2024; --dim: #6b7280; --rule: #d5d9de; --paper: #fff; \
      --a: #2563eb; --b: #d97706; --c: #059669; --d: #db2777; --mark: #eef4ff; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --dim: #9aa2ad; --rule: #3a4048; \
      --paper: #16181b; --a: #7aa8ff; --b: #f2b053; --c: #4fd1a5; --d: #f58bb8; --mark: #1f2a3d; } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; \
      margin: 2rem auto; padding: 0 1rem; }
      table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
      th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--rule); text-align: right; }
      th:first-child, td:first-child { text-align: left; padding-left: 0; }
      tr.marked td { background: var(--mark); font-weight: 600; }
      pre { background: var(--mark); padding: .75rem 1rem; overflow-x: auto; }
      svg { width: 100%; height: auto; margin: 1rem 0; }
      svg text { font: 12px system-ui, sans-serif; fill: var(--dim); }
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  private static func html(_ table: Table) -> String {
    var text = "<table>\n<tr>" + table.columns.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>\n"
    for (number, row) in table.rows.enumerated() {
      text += table.marked.contains(number) ? "<tr class=\"marked\">" : "<tr>"
      text += row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
    }
    return text + "</table>\n"
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
