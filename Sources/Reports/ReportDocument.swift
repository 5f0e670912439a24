/// A report as its parts, before it becomes Markdown or HTML.
package struct ReportDocument {
  /// A part.
  package enum Part {
    case heading(String, level: Int)
    case paragraph(String)
    case code(String)
    case table(Table)
    /// Drawn in HTML; Markdown has the table beside it.
    case plot(Plot)
  }

  /// A table whose first column is text.
  package struct Table {
    var columns: [String]
    var rows: [[String]] = []
    /// Rows that deserve to be seen.
    var marked: Set<Int> = []

    /// A table of these columns.
    package init(columns: [String], rows: [[String]] = [], marked: Set<Int> = []) {
      (self.columns, self.rows, self.marked) = (columns, rows, marked)
    }
  }

  /// Curves or points over two axes.
  package struct Plot {
    /// Points that belong together.
    struct Series {
      var name: String
      var points: [(x: Double, y: Double)]
      /// Whether a line joins them.
      var isLine: Bool
      /// Names of the points, where they have some.
      var labels: [String] = []
    }

    var title: String
    var xTitle: String
    var yTitle: String
    var series: [Series]
    /// How a number on the horizontal axis is written.
    var xText: (Double) -> String
    /// How a number on the vertical axis is written.
    var yText: (Double) -> String
  }

  var title: String
  var parts: [Part] = []

  /// A report of these parts.
  package init(title: String, parts: [Part] = []) { (self.title, self.parts) = (title, parts) }
}
