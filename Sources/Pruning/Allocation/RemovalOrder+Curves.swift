import Graph

extension RemovalOrder {
  /// The order that loses least for what it saves: next goes a unit of the group whose curve rises least for each unit of
  /// the cost that one unit of it takes from the network as it is by then.
  ///
  /// So every prefix has the widths at which an exchange between two groups would bring nothing, and a longer one never
  /// leaves more of anything.
  ///
  /// - Parameter cost: what is saved, of the network with some units gone.
  init(
    _ curves: LossCurves, _ groups: ChannelGroups, isHeld: [Bool], cost: (RunningCost) -> Double
  ) {
    /// A group on its way.
    struct Walk {
      var order: [Int]
      var losses: [Double]
      var gone = 0
      var price = 0.0
    }
    var walks: [Walk] = []
    for (group, curve) in curves.curves.enumerated() {
      let known = curve?.order ?? groups.groups[group].units
      let order = known.filter { !isHeld[$0] }
      guard !order.isEmpty else { continue }
      // Units that are held leave the curve as it is: it is read at how many of the others have gone.
      let losses = curve.map(curves.convex) ?? curves.typical(units: order.count)
      walks.append(Walk(order: order, losses: losses))
    }
    var costs = RunningCost(groups.costs, removed: [])
    var now = cost(costs)
    /// What the next unit of a walk loses for each unit that it saves.
    func price(_ walk: Walk) -> Double {
      let rise = max(0, walk.losses[min(walk.gone + 1, walk.losses.count - 1)] - walk.losses[walk.gone])
      var trial = costs
      trial.remove(walk.order[walk.gone])
      let saved = now - cost(trial)
      return saved > 0 ? rise / saved : rise > 0 ? .infinity : 0
    }
    for index in walks.indices { walks[index].price = price(walks[index]) }
    var open = Array(walks.indices)
    var units: [Int] = []
    while !open.isEmpty {
      // What others lost since only made a unit save less: a price that is still the least is the least.
      var best = open[0]
      for index in open where walks[index].price < walks[best].price { best = index }
      let fresh = price(walks[best])
      if fresh > walks[best].price {
        walks[best].price = fresh
        guard !open.contains(where: { walks[$0].price < fresh }) else { continue }
      }
      let unit = walks[best].order[walks[best].gone]
      units.append(unit)
      costs.remove(unit)
      now = cost(costs)
      walks[best].gone += 1
      if walks[best].gone == walks[best].order.count {
        open.removeAll { $0 == best }
      } else {
        walks[best].price = price(walks[best])
      }
    }
    self.init(units: units, shares: [])
  }
}
