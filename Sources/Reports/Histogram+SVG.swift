import Graph
package import Pruning
import Quantities

extension ReportDocument.Histogram {
  /// The histogram as an SVG picture: what goes stands below what stays in each bar, and a dashed line is the cut.
  var svg: String {
    let most = spread.bins.reduce(0) { max($0, $1.count) }
    guard most > 0, let range = spread.range else { return "" }
    var picture = SVGPicture(width: 720, height: 220, title: title, description: summary)
    let frame = SVGFrame(left: 64, right: 700, top: 34, bottom: 180)
    picture.text(title, x: frame.left, y: 16, "start", isLabel: true)
    for share in [0.0, 0.5, 1.0] where share < 1 || most > 1 {
      let count = Int(cut: (share * Double(most)).rounded())
      let y = frame.y(Double(count) / Double(most))
      picture.line((frame.left, y), (frame.right, y), "stroke=\"var(--rule)\"")
      picture.text(Quantity.grouped(count), x: frame.left - 8, y: y + 4, "end")
    }
    spread.drawBars(in: frame, gap: 1, into: &picture)
    let ticks = spread.isLogarithmic ? 0 : 4
    let numbers = Quantity.Column(largest: max(abs(range.lowerBound), abs(range.upperBound)))
    func text(_ score: Double) -> String {
      spread.isLogarithmic ? Quantity.scientific(score) : numbers.text(score)
    }
    let (low, high) = (range.lowerBound, range.upperBound)
    picture.text(text(low), x: frame.left, y: frame.bottom + 18, "start")
    picture.text(text(high), x: frame.right, y: frame.bottom + 18, "end")
    for tick in 1..<max(2, ticks) where ticks > 0 {
      let share = Double(tick) / Double(ticks)
      picture.text(text(low + share * (high - low)), x: frame.x(share), y: frame.bottom + 18, "middle")
    }
    let unit = spread.isLogarithmic ? "score, logarithmic" : "score" + numbers.suffix
    picture.text(unit, x: (frame.left + frame.right) / 2, y: frame.bottom + 36, "middle")
    drawLegend(frame, into: &picture)
    return picture.svg
  }

  private func drawLegend(_ frame: SVGFrame, into picture: inout SVGPicture) {
    for (x, look, name) in [(frame.right - 150, "gone", "goes"), (frame.right - 80, "kept", "stays")] {
      picture.rectangle(x: x, y: 7, width: 10, height: 10, "class=\"\(look)\"")
      picture.text(name, x: x + 16, y: 16, "start")
    }
  }
}

extension ReportDocument {
  /// A distribution as a small picture in a line of a table; the text beside it says how many go.
  package static func spark(_ spread: ScoreDistribution) -> String {
    var picture = SVGPicture(
      width: 100, height: 24, title: "How the scores are spread",
      description: spread.bins.contains { $0.gone > 0 } ? "What goes is at the left" : "Nothing goes")
    spread.drawBars(in: SVGFrame(left: 0, right: 100, top: 1, bottom: 24), gap: 0.5, into: &picture)
    return picture.svg.replacing("<svg ", with: "<svg class=\"spark\" preserveAspectRatio=\"none\" ")
      .replacing("\n", with: "")
  }
}

extension ScoreDistribution {
  /// Draws a bar a cell, with what goes below what stays, and the cut as a dashed line.
  fileprivate func drawBars(in frame: SVGFrame, gap: Double, into picture: inout SVGPicture) {
    let most = bins.reduce(0) { max($0, $1.count) }
    guard most > 0 else { return }
    let width = (frame.right - frame.left) / Double(bins.count)
    for (index, bin) in bins.enumerated() where bin.count > 0 {
      let (gone, all) = (Double(bin.gone) / Double(most), Double(bin.count) / Double(most))
      func bar(from low: Double, to high: Double, _ look: String) {
        guard high > low else { return }
        picture.rectangle(
          x: frame.left + Double(index) * width, y: frame.y(high), width: max(0.5, width - gap),
          height: frame.y(low) - frame.y(high), "class=\"\(look)\"")
      }
      bar(from: 0, to: gone, "gone")
      bar(from: gone, to: all, "kept")
    }
    if let place = cut.flatMap(place(of:)) {
      picture.line((frame.x(place), frame.top), (frame.x(place), frame.bottom), "class=\"cut\"")
    }
  }
}
