/// What a network loses as each of its groups is narrowed by itself and what reads it is refitted, and in which order
/// the group's units go.
package struct LossCurves: Sendable, Hashable, Codable {
  /// A group's curve.
  package struct Curve: Sendable, Hashable, Codable {
    /// Units in the order in which they go.
    package let order: [Int]
    /// How many of them had gone, and what was lost then; ascending.
    package let points: [Point]

    /// A curve as it was measured.
    package init(order: [Int], points: [Point]) {
      self.order = order
      self.points = points
    }
  }

  /// One width of a group.
  package struct Point: Sendable, Hashable, Codable {
    /// Units that had gone.
    package let removed: Int
    /// What was lost beyond `base`, in the unit of `Measure`.
    package let loss: Double

    /// A width as it was measured.
    package init(removed: Int, loss: Double) {
      (self.removed, self.loss) = (removed, loss)
    }
  }

  /// What a loss is.
  package enum Measure: String, Sendable, Hashable, Codable {
    /// The mean over the examples of the divergence of the classes' probabilities from the original's, in nats.
    case divergence
    /// ‖y − y₀‖² over that of the centred outputs.
    case outputError = "output-error"

    /// What it is, in words.
    package var words: String {
      switch self {
      case .divergence: "divergence of the classes"
      case .outputError: "error, 1 being the outputs' variance"
      }
    }
  }

  /// What the losses are.
  package let measure: Measure
  /// By group, in the order of `ChannelGroups.groups`; `nil` where it was not measured.
  package var curves: [Curve?]
  /// Examples that the curves were measured on.
  package let examples: Int
  /// What had been lost before any of the groups was narrowed: of a network that was pruned already.
  package var base = 0.0

  /// Curves of no group yet.
  package init(measure: Measure, groups: Int, examples: Int) {
    self.measure = measure
    self.examples = examples
    curves = [Curve?](repeating: nil, count: groups)
  }

  /// What is expected to be lost without some kernels: the sum over the groups, each by itself, and what was lost before.
  package func loss(without selection: Selection, in groups: ChannelGroups) -> Double {
    losses(without: selection, in: groups).reduce(base) { $0 + ($1 ?? 0) }
  }

  /// The same of each group by itself; `nil` where it was not measured.
  package func losses(without selection: Selection, in groups: ChannelGroups) -> [Double?] {
    var gone = [Int](repeating: 0, count: curves.count)
    for unit in selection.removedUnits {
      if let group = groups.units[unit].group, gone.indices.contains(group) { gone[group] += 1 }
    }
    return zip(curves, gone).map { curve, gone in
      guard let curve else { return nil }
      let losses = convex(curve)
      return losses[min(gone, losses.count - 1)]
    }
  }

  /// Groups that were measured.
  package var measuredGroups: Int { curves.count { $0 != nil } }

  /// Whether every group was measured.
  package var isComplete: Bool { measuredGroups == curves.count }

  /// Whether the curves can be those of a network's groups.
  package func isAbout(_ groups: ChannelGroups) -> Bool {
    curves.count == groups.groups.count && curves.contains { $0 != nil }
      && zip(curves, groups.groups).allSatisfy { curve, group in
        guard let curve else { return true }
        return curve.order.count <= group.units.count && Set(curve.order).isSubset(of: group.units)
      }
  }

  /// By units that have gone, from 0: what a group of so many units loses that was not measured, if it is as those are that
  /// were: the mean of theirs at the same shares.
  func typical(units: Int) -> [Double] {
    let known = curves.compactMap { $0 }.filter { !$0.order.isEmpty }.map(convex)
    return (0...units).map { gone in
      let losses = known.map { $0[(2 * gone * ($0.count - 1) + units) / max(1, 2 * units)] }
      return losses.isEmpty ? 0 : losses.reduce(0, +) / Double(losses.count)
    }
  }

  /// By units that have gone, from 0: the loss, monotone and convex from below, so that each further unit costs no less
  /// than the one before it.
  func convex(_ curve: Curve) -> [Double] {
    var points = [(x: 0.0, y: 0.0)]
    var largest = 0.0
    for point in curve.points where point.removed > 0 {
      largest = max(largest, point.loss)
      points.append((Double(point.removed), largest))
    }
    var hull: [(x: Double, y: Double)] = []
    for point in points {
      while hull.count > 1 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        guard (b.y - a.y) * (point.x - a.x) >= (point.y - a.y) * (b.x - a.x) else { break }
        hull.removeLast()
      }
      hull.append(point)
    }
    var losses: [Double] = []
    var segment = 0
    for removed in 0...curve.order.count {
      while segment + 2 < hull.count, hull[segment + 1].x < Double(removed) { segment += 1 }
      guard hull.count > 1 else {
        losses.append(0)
        continue
      }
      let (a, b) = (hull[segment], hull[segment + 1])
      losses.append(a.y + (b.y - a.y) * (Double(removed) - a.x) / (b.x - a.x))
    }
    return losses
  }
}
