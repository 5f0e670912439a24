/// A report as its parts, before it becomes Markdown or HTML.
struct ReportDocument {
  /// A part.
  enum Part {
    case heading(String, level: Int)
    case paragraph(String)
    case code(String)
    case table(Table)
    /// Drawn in HTML; Markdown has the table beside it.
    case plot(Plot)
  }

  /// A table whose first column is text.
  struct Table {
    var columns: [String]
    var rows: [[String]] = []
    /// Rows that deserve to be seen.
    var marked: Set<Int> = []
  }

  /// Curves or points over two axes.
  struct Plot {
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
}
