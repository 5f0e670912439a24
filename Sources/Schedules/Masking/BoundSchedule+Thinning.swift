import Graph
import Pruning
import Session
import Training

/// What a remover takes away for good.
struct Thinning {
  /// What goes.
  let selection: Selection
  /// By layer that loses filters: those that stay.
  let kept: [String: [Int]]
}

extension BoundSchedule {
  /// What a remover takes of what is masked or zero.
  ///
  /// A channel goes when all filters that make it are masked, or all weights that read it have masked it; and so where
  /// they are zero for another reason, such as pruning element by element: Distiller looks at the weights.
  ///
  /// - Throws: `splitJoin` where filters or channels were masked as a whole, and some that go with them are not.
  func thinning(
    _ remover: Remover, _ masks: ScheduleMasks, from source: PruningSource
  ) throws -> Thinning {
    let groups = network.groups
    let structure = remover.structure
    let meetings = Meetings(network, named: namedLayers)
    let masked = maskedWeights(masks)
    var gone = Set<Int>()
    let positions = masked.reduce(into: [Int: Set<Int>]()) {
      $0[$1.layer] = masks.positions(of: $1.layerName, structure)
    }
    let empty = try emptyPositions(structure, masks, source)
    func isEmpty(_ slice: Meetings.Slice) -> Bool {
      positions[slice.layer]?.contains(slice.index) == true
        || empty[slice.layer]?.contains(slice.index) == true
    }
    func unit(_ layer: Int, _ index: Int) -> Int? {
      structure == .filters ? groups.layers[layer].units[index] : meetings.unit(ofChannel: index, of: layer)
    }
    func members(_ unit: Int) -> [Meetings.Slice] {
      structure == .filters ? meetings.makers(of: unit) : meetings.readers[unit]
    }
    for weight in masked {
      for index in (positions[weight.layer] ?? []).sorted() {
        guard let unit = unit(weight.layer, index) else {
          throw ScheduleError.cannotGo(
            location(of: weight, masks), weight: weight.written.name,
            reason: "Its channel \(index) is an input of the network.")
        }
        if gone.contains(unit) { continue }
        let members = members(unit)
        if let stranger = members.first(where: { !isEmpty($0) }) {
          throw ScheduleError.splitJoin(
            location(of: weight, masks),
            pruner: masks.instances(masking: weight.layerName).first ?? remover.name,
            weight: weight.written.name, partner: meetings.name(of: stranger.layer),
            members: Set(members.map(\.layer)).sorted().map(meetings.name))
        }
        if let freeze = groups.units[unit].freezeReason {
          throw ScheduleError.cannotGo(
            location(of: weight, masks), weight: weight.written.name, reason: freeze.sentence)
        }
        gone.insert(unit)
      }
    }
    for (layer, indices) in empty {
      for index in indices {
        guard let unit = unit(layer, index), groups.units[unit].freezeReason == nil else { continue }
        let members = members(unit)
        if !members.isEmpty, members.allSatisfy(isEmpty) { gone.insert(unit) }
      }
    }
    var kept: [String: [Int]] = [:]
    for layer in groups.layers where layer.units.contains(where: gone.contains) {
      kept[layer.layer.name] = layer.units.indices.filter { !gone.contains(layer.units[$0]) }
    }
    let selection = try network.selection(keeping: kept)
    return Thinning(selection: selection, kept: kept)
  }

  /// By layer: filters or channels of which every weight is zero or masked.
  private func emptyPositions(
    _ structure: Pruner.Structure, _ masks: ScheduleMasks, _ source: PruningSource
  ) throws -> [Int: Set<Int>] {
    var found: [Int: Set<Int>] = [:]
    for weight in try WeightResolver(network, schedule).weights([NamedWeight("*")]) {
      guard let axis = weight.axis(of: structure) else { continue }
      let elements = try source.elements(weight.constant)
      let keeps = masks.mask(of: weight)?.keeps
      let indices = ElementGroups(.slices(axis: axis), shape: weight.shape)
      var isEmpty = [Bool](repeating: true, count: indices.count)
      indices.forEachRun(of: elements.count) { position, run in
        guard isEmpty[position] else { return }
        isEmpty[position] = !run.contains { elements[$0] != 0 && keeps?[$0] != false }
      }
      let positions = Set(isEmpty.indices.filter { isEmpty[$0] })
      if !positions.isEmpty, !elements.isEmpty { found[weight.layer] = positions }
    }
    return found
  }

  private func location(of weight: BoundWeight, _ masks: ScheduleMasks) -> ScheduleLocation {
    schedule.location(weight.written.line)
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
  func removing(_ thinning: Thinning, from weights: Network) throws -> BoundSchedule {
    let selection = thinning.selection
    let smaller = try OpenNetwork(weights, inputShapes: network.inputShapes).removing(selection)
    return try BoundSchedule(unchecked: schedule, network: smaller)
  }
}
