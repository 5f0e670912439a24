package import Pruning

/// A report as its parts, before it becomes Markdown or HTML.
package struct ReportDocument {
  /// A part.
  package enum Part {
    /// A heading, from level 1.
    case heading(String, level: Int)
    /// Sentences.
    case paragraph(String)
    /// Something that a reader must not miss.
    case warning(String)
    /// Commands, as they are typed.
    case code(String)
    /// What matters most, in large letters.
    case figures([Figure])
    /// A table.
    case table(Table)
    /// Drawn in HTML; Markdown has its caption and the table beside it.
    case plot(Plot)
    /// How scores are spread, with the cut.
    case histogram(Histogram)
    /// Parts that open and close under a line of their own.
    case fold(Fold)
  }

  /// A value before and after.
  package struct Figure {
    /// What it is.
    var name: String
    /// What it was; `nil` where that is not known.
    var before: String?
    /// What it is now.
    var after: String
    /// The difference; empty without one.
    var change: String
  }

  /// What stands in a table at one place.
  package struct Cell: ExpressibleByStringLiteral {
    /// What is drawn beside the text.
    package enum Picture {
      /// Two lengths, as shares of the whole length: what was, and what is left of it.
      case bar(before: Double, after: Double)
      /// Scores, with what goes.
      case spread(ScoreDistribution)
    }

    /// What is read; it says what the picture shows.
    var text: String
    /// What is drawn.
    var picture: Picture?

    /// A text.
    package init(stringLiteral text: String) { self.text = text }

    /// A text with a picture beside it.
    package init(_ text: String, _ picture: Picture? = nil) { (self.text, self.picture) = (text, picture) }

    var isEmpty: Bool { text.isEmpty && picture == nil }
  }

  /// A table whose first column is text.
  package struct Table {
    /// What it shows; a reader who cannot see it hears that first.
    var caption: String?
    /// What stands above the columns.
    package var columns: [String]
    /// The rows, each with a cell for each column.
    package var rows: [[Cell]] = []
    /// Rows that deserve to be seen.
    var marked: Set<Int> = []

    /// A table of these columns.
    package init(
      columns: [String], rows: [[Cell]] = [], marked: Set<Int> = [], caption: String? = nil
    ) {
      (self.columns, self.rows, self.marked, self.caption) = (columns, rows, marked, caption)
    }

    /// Adds a row of texts.
    package mutating func add(_ cells: [String]) { rows.append(cells.map { Cell($0) }) }

    /// The table without the columns that no row has anything in. The first one says what a row is, and stays.
    package var withoutEmptyColumns: Table {
      let used = columns.indices.filter { column in
        column == 0 || rows.contains { $0.indices.contains(column) && !$0[column].isEmpty }
      }
      var table = self
      table.columns = used.map { columns[$0] }
      table.rows = rows.map { row in used.filter(row.indices.contains).map { row[$0] } }
      return table
    }
  }

  /// Parts under a line that can be closed.
  package struct Fold {
    /// What the parts are about.
    var title: String
    /// What is worth knowing while it is closed.
    var note: String
    /// A length beside it: what was and what is left, as shares of the whole length.
    var bar: (before: Double, after: Double)?
    /// Whether it is open when the page is.
    var isOpen: Bool
    var parts: [Part]

    /// Parts under a line.
    package init(
      title: String, note: String, bar: (before: Double, after: Double)?, isOpen: Bool, parts: [Part]
    ) {
      (self.title, self.note, self.bar, self.isOpen, self.parts) = (title, note, bar, isOpen, parts)
    }
  }

  /// Curves or points over two axes.
  package struct Plot {
    /// Points that belong together.
    package struct Series {
      /// How points are shown.
      package enum Style: Sendable { case line, points, hollowPoints, target }

      var name: String
      var points: [(x: Double, y: Double)]
      var style: Style
      /// Names of the points, where they have some.
      var labels: [String] = []

      /// Points of a name; `labels` are as many as the points, or none.
      package init(
        name: String, points: [(x: Double, y: Double)], style: Style, labels: [String] = []
      ) {
        (self.name, self.points, self.style, self.labels) = (name, points, style, labels)
      }
    }

    var title: String
    /// What a reader sees in it, in a sentence.
    var summary: String
    var xTitle: String
    var yTitle: String
    var series: [Series]
    /// How a number on the horizontal axis is written.
    var xText: (Double) -> String
    /// How a number on the vertical axis is written.
    var yText: (Double) -> String

    /// A plot from its parts.
    package init(
      title: String, summary: String, xTitle: String, yTitle: String, series: [Series],
      xText: @escaping (Double) -> String, yText: @escaping (Double) -> String
    ) {
      (self.title, self.summary, self.xTitle, self.yTitle) = (title, summary, xTitle, yTitle)
      (self.series, self.xText, self.yText) = (series, xText, yText)
    }
  }

  /// How scores are spread.
  package struct Histogram {
    var title: String
    /// What a reader sees in it, in a sentence.
    var summary: String
    var spread: ScoreDistribution

    /// A histogram from its parts.
    package init(title: String, summary: String, spread: ScoreDistribution) {
      (self.title, self.summary, self.spread) = (title, summary, spread)
    }
  }

  var title: String
  var parts: [Part] = []

  /// A report of these parts.
  package init(title: String, parts: [Part] = []) { (self.title, self.parts) = (title, parts) }
}
