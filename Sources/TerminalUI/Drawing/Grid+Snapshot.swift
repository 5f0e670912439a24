extension Grid {
  /// The text of every row without trailing blanks: what a test compares.
  package var lines: [String] {
    (0..<height).map { y in
      var scalars = String.UnicodeScalarView()
      for cell in row(y) where !cell.isContinuation { scalars.append(cell.scalar) }
      while scalars.last == " " { scalars.removeLast() }
      return String(scalars)
    }
  }

  /// The whole screen as text, one line a row.
  package var snapshot: String { lines.joined(separator: "\n") }

  /// The screen with its styles: each run of cells that are not plain text as `{style|text}`.
  ///
  /// A style reads as `title`, `kept/selection` (before a background) or `text+bold`.
  package var styledSnapshot: String {
    (0..<height).map { y in
      var line = ""
      var run: (style: Style, text: String.UnicodeScalarView)?
      func close() {
        guard let (style, text) = run else { return }
        line += style == Style.text ? String(text) : "{\(style.name)|\(String(text))}"
        run = nil
      }
      for cell in row(y) where !cell.isContinuation {
        if run?.style != cell.style {
          close()
          run = (cell.style, String.UnicodeScalarView())
        }
        run?.text.append(cell.scalar)
      }
      close()
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

extension Style {
  /// The style in words, for tests.
  package var name: String {
    var name = foreground.name
    if let background { name += "/" + background.name }
    for (word, attribute) in Attributes.names where attributes.contains(attribute) { name += "+" + word }
    return name
  }
}

extension Paint {
  fileprivate var name: String {
    switch self {
    case .role(let role): role.rawValue
    case .blend(let first, let second, let share): "\(first.rawValue)~\(second.rawValue):\(share)"
    case .color(.standard): "default"
    case .color(.palette(let index)): String(index)
    case .color(.rgb(let red, let green, let blue)):
      "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
