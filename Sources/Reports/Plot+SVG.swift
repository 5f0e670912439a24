import Foundation

extension ReportDocument.Plot {
  /// The plot as an SVG picture, 720 × 320, in the page's colours; nothing where there is no point.
  var svg: String {
    let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard !points.isEmpty else { return "" }
    let (width, height) = (720.0, 320.0)
    let (left, right, top, bottom) = (64.0, 16.0, 28.0, 44.0)
    let xs = Self.axis(points.map(\.x)), ys = Self.axis(points.map(\.y))
    func x(_ value: Double) -> Double {
      left + (width - left - right) * (value - xs.low) / (xs.high - xs.low)
    }
    func y(_ value: Double) -> Double {
      height - bottom - (height - top - bottom) * (value - ys.low) / (ys.high - ys.low)
    }
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    func text(_ x: Double, _ y: Double, _ anchor: String, _ content: String) -> String {
      "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(ReportDocument.escaped(content))</text>\n"
    }
    var svg = "<svg viewBox=\"0 0 720 320\" role=\"img\" aria-label=\"\(ReportDocument.escaped(title))\">\n"
    svg += text(left, 16, "start", title)
    for tick in ys.ticks {
      svg +=
        "<line x1=\"\(number(left))\" x2=\"\(number(width - right))\" y1=\"\(number(y(tick)))\" y2=\"\(number(y(tick)))\" stroke=\"var(--rule)\"/>\n"
      svg += text(left - 8, y(tick) + 4, "end", yText(tick))
    }
    for tick in xs.ticks { svg += text(x(tick), height - bottom + 18, "middle", xText(tick)) }
    svg += text((left + width - right) / 2, height - 6, "middle", xTitle)
    svg +=
      "<text transform=\"translate(14 \(number((top + height - bottom) / 2))) rotate(-90)\" text-anchor=\"middle\">\(ReportDocument.escaped(yTitle))</text>\n"
    for (index, series) in series.enumerated() {
      let color = "var(--\(["a", "b", "c", "d"][index % 4]))"
      let known = series.points.filter { $0.x.isFinite && $0.y.isFinite }
      if series.isLine, known.count > 1 {
        let path = known.map { "\(number(x($0.x))),\(number(y($0.y)))" }.joined(separator: " ")
        svg += "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>\n"
      }
      if !series.isLine || known.count < 40 {
        for (number_, point) in known.enumerated() {
          svg +=
            "<circle cx=\"\(number(x(point.x)))\" cy=\"\(number(y(point.y)))\" r=\"3.5\" fill=\"\(color)\"/>\n"
          if number_ < series.labels.count {
            svg += text(x(point.x) + 6, y(point.y) - 6, "start", series.labels[number_])
          }
        }
      }
      if self.series.count > 1, !series.name.isEmpty {
        let legend = width - right - 120.0 * Double(self.series.count - index)
        svg += "<rect x=\"\(number(legend))\" y=\"7\" width=\"10\" height=\"10\" fill=\"\(color)\"/>\n"
        svg += text(legend + 15, 16, "start", series.name)
      }
    }
    return svg + "</svg>\n"
  }

  /// Bounds that take in all values, and round numbers between them.
  private static func axis(_ values: [Double]) -> (low: Double, high: Double, ticks: [Double]) {
    var (low, high) = (values.min()!, values.max()!)
    if low == high { (low, high) = (low - max(abs(low), 1) / 10, high + max(abs(high), 1) / 10) }
    let rough = (high - low) / 4
    let power = pow(10, (log10(rough)).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
    let count = Int(((high - low) / step).rounded())
    return (low, high, (0...max(1, count)).map { low + Double($0) * step })
  }
}
