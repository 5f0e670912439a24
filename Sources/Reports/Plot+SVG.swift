import Foundation
import Graph
import Quantities

extension ReportDocument.Plot {
  private typealias Point = (x: Double, y: Double)

  /// The plot as an SVG picture in the page's colours; nothing where there is no point.
  package var svg: String {
    let points = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
    guard let xs = Axis(points.map(\.x)), let ys = Axis(points.map(\.y)) else { return "" }
    var picture = SVGPicture(width: 720, height: 340, title: title, description: summary)
    let frame = SVGFrame(left: 64, right: 700, top: 48, bottom: 294)
    picture.text(title, x: frame.left, y: 16, "start", isLabel: true)
    drawAxes(xs, ys, frame, into: &picture)
    func place(_ point: Point) -> Point { (frame.x(xs.share(point.x)), frame.y(ys.share(point.y))) }
    var labels = LabelPlaces()
    for (index, series) in series.enumerated() {
      draw(series, in: Self.color(index), into: &picture, labels: &labels, frame: frame, place: place)
    }
    drawLegend(frame, into: &picture)
    return picture.svg
  }

  private static func color(_ index: Int) -> String {
    "var(--\(["a", "b", "c", "d", "e", "f"][index % 6]))"
  }

  private func drawAxes(_ xs: Axis, _ ys: Axis, _ frame: SVGFrame, into picture: inout SVGPicture) {
    for tick in ys.ticks {
      let y = frame.y(ys.share(tick))
      picture.line((frame.left, y), (frame.right, y), "stroke=\"var(--rule)\"")
      picture.text(yText(tick), x: frame.left - 8, y: y + 4, "end")
    }
    for tick in xs.ticks {
      picture.text(xText(tick), x: frame.x(xs.share(tick)), y: frame.bottom + 18, "middle")
    }
    picture.text(xTitle, x: (frame.left + frame.right) / 2, y: frame.bottom + 38, "middle")
    picture.text(yTitle, x: frame.left, y: frame.top - 14, "start")
  }

  private func draw(
    _ series: Series, in color: String, into picture: inout SVGPicture, labels: inout LabelPlaces,
    frame: SVGFrame, place: (Point) -> Point
  ) {
    let known = series.points.enumerated().filter { $0.element.x.isFinite && $0.element.y.isFinite }
    let places = known.map { place($0.element) }
    if series.style == .line { picture.polyline(places, color) }
    if series.style != .line || places.count < 30 {
      for place in places {
        switch series.style {
        case .line: picture.circle(place, 2.5, "fill=\"\(color)\"")
        case .points: picture.circle(place, 4, "fill=\"\(color)\"")
        case .hollowPoints:
          picture.circle(place, 4, "fill=\"var(--paper)\" stroke=\"\(color)\" stroke-width=\"1.5\"")
        case .target:
          picture.circle(place, 8, "fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\"")
        }
      }
    }
    for (place, point) in zip(places, known) where series.labels.indices.contains(point.offset) {
      let text = series.labels[point.offset]
      guard !text.isEmpty, let spot = labels.spot(for: text, at: place, in: frame) else { continue }
      picture.text(text, x: spot.x, y: spot.y, "start", isLabel: true)
    }
  }

  /// Names of the series at the top, where there is more than one.
  private func drawLegend(_ frame: SVGFrame, into picture: inout SVGPicture) {
    let named = series.enumerated().filter { !$0.element.name.isEmpty && !$0.element.points.isEmpty }
    guard series.count > 1, !named.isEmpty else { return }
    var x = frame.right
    for (index, series) in named.reversed() {
      // About six and a half units a letter.
      x -= 6.5 * Double(series.name.count)
      picture.text(series.name, x: x, y: 16, "start")
      x -= 16
      switch series.style {
      case .line:
        picture.line((x - 2, 12), (x + 12, 12), "stroke=\"\(Self.color(index))\" stroke-width=\"2\"")
      case .points: picture.circle((x + 5, 12), 4, "fill=\"\(Self.color(index))\"")
      case .hollowPoints:
        picture.circle((x + 5, 12), 4, "fill=\"none\" stroke=\"\(Self.color(index))\" stroke-width=\"1.5\"")
      case .target:
        picture.circle((x + 5, 12), 6, "fill=\"none\" stroke=\"\(Self.color(index))\" stroke-width=\"2\"")
      }
      x -= 18
    }
  }
}

/// Bounds that take in all values, and round numbers between them.
private struct Axis {
  let low: Double
  let high: Double
  let ticks: [Double]

  /// The axis of some values; `nil` without any.
  init?(_ values: [Double]) {
    guard var low = values.min(), var high = values.max() else { return nil }
    if !(high - low > max(abs(low), abs(high)) * 1e-9) {
      (low, high) = (low - max(abs(low), 1) / 10, high + max(abs(high), 1) / 10)
    }
    let rough = (high - low) / 4
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
    let (first, last) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
    let count = min(12, max(1, Int(cut: ((last - first) / step).rounded())))
    (self.low, self.high) = (first, last)
    ticks = (0...count).map { first + Double($0) * step }
  }

  /// Where a value stands between the ends, 0…1.
  func share(_ value: Double) -> Double { (value - low) / (high - low) }
}

/// Where names of points have been written, so that none lies on another.
private struct LabelPlaces {
  private var taken: [(left: Double, right: Double, top: Double, bottom: Double)] = []

  /// Room for a name beside a point: above it to the right, or below; `nil` where there is none.
  mutating func spot(
    for text: String, at point: (x: Double, y: Double), in frame: SVGFrame
  ) -> (x: Double, y: Double)? {
    let width = 7 * Double(text.count)
    let sides = [point.x + 9, point.x - 9 - width]
    for x in sides where x >= frame.left && x + width <= frame.right + 16 {
      for y in [point.y - 6, point.y + 16] {
        let area = (left: x, right: x + width, top: y - 11, bottom: y + 3)
        let isFree = taken.allSatisfy {
          $0.right < area.left || area.right < $0.left || $0.bottom < area.top || area.bottom < $0.top
        }
        guard isFree else { continue }
        taken.append(area)
        return (x, y)
      }
    }
    return nil
  }
}
