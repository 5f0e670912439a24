/// Which of several networks are worth their cost: no other one is better in one of the two without being worse in the other.
package struct CostFront: Sendable, Hashable {
  /// The places of those networks among all, the cheapest first.
  package let indices: [Int]

  /// The front of networks by their costs and worths.
  ///
  /// - Parameter higherIsBetter: whether a larger worth is a better one.
  package init(_ points: [(cost: Double, worth: Double)], higherIsBetter: Bool) {
    let sign: Double = higherIsBetter ? 1 : -1
    // From the cheapest on, of those that cost the same from the best: each that is better than all before it.
    let order = points.indices.filter { points[$0].cost.isFinite && points[$0].worth.isFinite }.sorted {
      (points[$0].cost, -sign * points[$0].worth) < (points[$1].cost, -sign * points[$1].worth)
    }
    var found: [Int] = []
    for index in order {
      guard let best = found.last else {
        found.append(index)
        continue
      }
      let gain = sign * (points[index].worth - points[best].worth)
      // Networks that are alike stand beside each other.
      if gain > 0 || gain == 0 && points[index].cost == points[best].cost { found.append(index) }
    }
    indices = found
  }
}
