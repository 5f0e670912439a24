import Graph
import Pruning
import Session

/// What a remover takes away for good.
struct Thinning {
  /// What goes.
  let selection: Selection
  /// By layer that loses filters: those that stay.
  let kept: [String: [Int]]
}

extension BoundSchedule {
  /// What a remover takes of what is masked.
  ///
  /// A channel goes when all filters that make it are masked, or all weights that read it have masked it.
  ///
  /// - Throws: `splitJoin` where only some of them are.
  func thinning(_ remover: Remover, _ masks: ScheduleMasks) throws(ScheduleError) -> Thinning {
    let groups = network.groups
    let structure = remover.structure
    let meetings = Meetings(network, named: namedLayers)
    let masked = maskedWeights(masks)
    var gone = Set<Int>()
    let positions = masked.reduce(into: [Int: Set<Int>]()) {
      $0[$1.layer] = masks.positions(of: $1.layerName, structure)
    }
    for weight in masked {
      for index in (positions[weight.layer] ?? []).sorted() {
        let atom =
          structure == .filters
          ? groups.layers[weight.layer].atoms[index] : meetings.atom(ofChannel: index, of: weight.layer)
        guard let atom else {
          throw .cannotGo(
            place(of: weight, masks), weight: weight.written.name,
            reason: "Its channel \(index) is an input of the network.")
        }
        if gone.contains(atom) { continue }
        let members = structure == .filters ? meetings.makers(of: atom) : meetings.readers[atom]
        if let stranger = members.first(where: { positions[$0.layer]?.contains($0.index) != true }) {
          throw .splitJoin(
            place(of: weight, masks),
            pruner: masks.instances(masking: weight.layerName).first ?? remover.name,
            weight: weight.written.name, partner: meetings.name(of: stranger.layer),
            members: Set(members.map(\.layer)).sorted().map(meetings.name))
        }
        if let pin = groups.atoms[atom].pin {
          throw .cannotGo(place(of: weight, masks), weight: weight.written.name, reason: pin.sentence)
        }
        gone.insert(atom)
      }
    }
    var kept: [String: [Int]] = [:]
    for layer in groups.layers where layer.atoms.contains(where: gone.contains) {
      kept[layer.layer.name] = layer.atoms.indices.filter { !gone.contains(layer.atoms[$0]) }
    }
    let selection = try ScheduleError.session { () throws(SessionError) in
      try SessionError.pruning { () throws(PruningError) in try Selection(keeping: kept, groups: groups) }
    }
    return Thinning(selection: selection, kept: kept)
  }

  private func place(of weight: BoundWeight, _ masks: ScheduleMasks) -> SchedulePlace {
    schedule.place(weight.written.line)
  }

  /// Cuts masks down to what a thinning leaves.
  func cut(_ masks: inout ScheduleMasks, by thinning: Thinning) {
    let left = KeptIndices(thinning.selection, groups: network.groups, bound: network.bound)
    for weight in maskedWeights(masks) {
      masks.cut(
        weight,
        kept: weight.shape.indices.reduce(into: [:]) { $0[$1] = left.indices(of: weight.constant, axis: $1) })
    }
  }

  /// The schedule with a smaller network in place of its own.
  ///
  /// - Parameter weights: the network with its weights as they are now.
  func removing(_ thinning: Thinning, from weights: Network) throws(ScheduleError) -> BoundSchedule {
    let selection = thinning.selection
    let smaller = try ScheduleError.session { () throws(SessionError) in
      let now = try OpenNetwork(weights, inputShapes: network.inputShapes)
      let pruned = try SessionError.pruning { () throws(PruningError) in
        try now.network.removing(selection, groups: now.groups, bound: now.bound)
      }
      return try OpenNetwork(pruned, inputShapes: network.inputShapes)
    }
    return try BoundSchedule(unchecked: schedule, network: smaller)
  }
}
