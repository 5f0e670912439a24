import Foundation
import Pruning
import Reports
import Testing

/// How the parts of a report look, whatever the report is about.
@Suite struct ReportDocumentTests {
  @Test func aColumnThatNoRowHasAnythingInIsLeftOut() {
    var table = ReportDocument.Table(columns: ["what", "loss", "accuracy"])
    table.add(["a", "", "90%"])
    table.add(["b", "", ""])
    let document = ReportDocument(title: "t", parts: [.table(table)])
    #expect(document.markdown.contains("| what | accuracy |"))
    #expect(!document.markdown.contains("loss") && !document.html.contains("loss"))
    // What a row is called by stays, and so does a column of pictures.
    var pictures = ReportDocument.Table(columns: ["", "kernels"])
    pictures.rows.append(["", .init("", .bar(before: 1, after: 0.5))])
    #expect(pictures.withoutEmptyColumns.columns == ["", "kernels"])
  }

  @Test func aBarSaysTheSameInBothForms() {
    var table = ReportDocument.Table(columns: ["layer", "kernels"])
    table.rows.append(["conv1", .init("64 → 32", .bar(before: 1, after: 0.5))])
    let document = ReportDocument(title: "t", parts: [.table(table)])
    #expect(document.markdown.contains("| conv1 | ██████░░░░░░ 64 → 32 |"))
    #expect(document.html.contains("<rect width=\"100.0\" height=\"10\" class=\"gone\"/>"))
    #expect(document.html.contains("<rect width=\"50.0\" height=\"10\" class=\"kept\"/>"))
    #expect(document.html.contains("<th scope=\"row\">conv1</th>"))
  }

  @Test func aHistogramShowsWhatGoesAndTheCut() {
    let scores = (0..<40).map(Double.init)
    let spread = ScoreDistribution(scores, kept: Array(10..<40), cells: 8, isLogarithmic: false)
    #expect(spread.bins.map(\.gone) == [5, 5, 0, 0, 0, 0, 0, 0])
    #expect(spread.cut == 9.5)
    let document = ReportDocument(
      title: "t", parts: [.histogram(.init(title: "taylor", summary: "10 of 40 went", spread: spread))])
    #expect(document.html.contains("class=\"cut\"") && document.html.contains("10 of 40 went"))
    #expect(document.markdown.contains("██╎██████"))
    // Where no one score parts what goes from what stays there is no line that says so.
    let torn = ScoreDistribution(scores, kept: [0] + Array(10..<40), cells: 8, isLogarithmic: false)
    #expect(torn.cut == nil && !ReportDocument.spark(torn).contains("class=\"cut\""))
  }

  @Test(
    arguments: [
      [], [Double.nan], [.infinity, 1], [0, 0], [1, 1, 1],
      [-.greatestFiniteMagnitude, .greatestFiniteMagnitude],
      [1e-300, 1e300],
    ] as [[Double]])
  func strangeNumbersMakeAPageAllTheSame(values: [Double]) {
    for isLogarithmic in [false, true] {
      let spread = ScoreDistribution(values, kept: [0], cells: 5, isLogarithmic: isLogarithmic)
      #expect(spread.bins.reduce(0) { $0 + $1.count } == (spread.range == nil ? 0 : values.count))
      let plot = ReportDocument.Plot(
        title: "p", summary: "s", xTitle: "x", yTitle: "y",
        series: [.init(name: "a", points: values.map { ($0, $0) }, style: .points)], xText: { "\($0)" },
        yText: { "\($0)" })
      let document = ReportDocument(
        title: "t",
        parts: [.histogram(.init(title: "h", summary: "s", spread: spread)), .plot(plot)])
      for coordinate in document.html.matches(of: #/ (x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]*)"/#) {
        #expect(Double(coordinate.2).map(\.isFinite) == true, "\(coordinate.0)")
      }
    }
  }

  @Test func foldsNestAndOpen() {
    let inner = ReportDocument.Fold(
      title: "b", note: "2", bar: nil, isOpen: true, parts: [.paragraph("deep")])
    let outer = ReportDocument.Fold(
      title: "a", note: "1", bar: (1, 0.5), isOpen: false, parts: [.fold(inner)])
    let document = ReportDocument(title: "t", parts: [.fold(outer)])
    #expect(document.html.contains("<details>") && document.html.contains("<details open=\"open\">"))
    #expect(document.markdown.contains("### a: 1\n\n#### b: 2\n\ndeep"))
  }

  @Test func labelsOfPointsDoNotLieOnEachOther() {
    let near = (0..<30).map { (x: 100.0 + 0.01 * Double($0), y: 50.0) }
    let plot = ReportDocument.Plot(
      title: "p", summary: "", xTitle: "x", yTitle: "y",
      series: [
        .init(name: "", points: near + [(0, 0)], style: .points, labels: (0..<31).map { "name\($0)" })
      ], xText: { "\(Int($0))" }, yText: { "\(Int($0))" })
    let labels = plot.svg.matches(of: #/>name(\d+)</#)
    #expect(labels.count >= 2 && labels.count < 8)
  }
}
