internal import Graph
internal import Pruning
internal import TerminalUI

extension ProgramState {
  /// Brings the rows of the layer table into the order asked for, with the cursor on a layer by name.
  mutating func orderLayers(selecting name: String?) {
    let all = coupledLayers
    let needle = layers.filter.lowercased()
    var rows = all.indices.filter { needle.isEmpty || all[$0].layer.name.lowercased().contains(needle) }
    if layers.sort != .order || !layers.isAscending {
      if layers.sort.needsDecision { decide() }
      let keys = all.indices.map { sortKey(of: $0) }
      // Equal rows stay in the order of the graph.
      rows.sort { first, second in
        let (one, other) = (keys[first], keys[second])
        if one == other { return first < second }
        return layers.isAscending ? one < other : other < one
      }
    }
    layers.order = rows
    layers.list.selected =
      rows.firstIndex { all[$0].layer.name == name } ?? min(layers.list.selected, max(0, rows.count - 1))
    layers.rangeStart = nil
  }

  private enum SortKey: Comparable {
    case number(Double)
    case text(String)
  }

  private func sortKey(of place: Int) -> SortKey {
    let coupled = coupledLayers[place]
    let preview = preview(of: place)
    switch layers.sort {
    case .order: return .number(Double(place))
    case .name: return .text(coupled.layer.name)
    case .kernels: return .number(Double(coupled.layer.kernels))
    case .percent: return .number(percentAsked(of: coupled))
    case .kept: return .number(Double(preview?.kernels.after ?? coupled.layer.kernels))
    case .score: return .number(layerScore(of: place) ?? -.infinity)
    case .parameters: return .number(Double(coupled.layer.parameters))
    case .macs: return .number(Double(coupled.layer.multiplyAccumulates))
    case .savedParameters:
      return .number(preview.map { Double($0.parameters.before - $0.parameters.after) } ?? 0)
    case .savedMACs:
      return .number(
        preview.map { Double($0.multiplyAccumulates.before - $0.multiplyAccumulates.after) } ?? 0)
    case .group: return .number(Double(coupled.groups.first ?? .max))
    }
  }

  /// The share of a layer's kernels that was asked to go, in percent.
  func percentAsked(of coupled: CoupledLayer) -> Double {
    guard !settings.protected.contains(coupled.layer.name) else { return 0 }
    let kernels = Double(max(1, coupled.layer.kernels))
    switch settings.amounts[coupled.layer.name] {
    case .percent(let share): return share
    case .keep(let kept): return max(0, 100 * (kernels - Double(kept)) / kernels)
    case nil: return 0
    }
  }

  // MARK: Sorting and filtering

  mutating func sortLayers(by sort: LayerSort, ascending: Bool) {
    let name = selectedCoupledLayer?.layer.name
    layers.sort = sort
    layers.isAscending = ascending
    orderLayers(selecting: name)
    say("Sorted by \(sort.title), \(ascending ? "smallest" : "largest") first. S sorts again, I inverts.")
  }

  /// Sorts the focused pane by what the scores are now.
  mutating func sortAgain() {
    if focus == .kernels {
      orderKernels()
      say("Ordered by what the scores are now.")
    } else {
      sortLayers(by: layers.sort, ascending: layers.isAscending)
    }
  }

  mutating func beginSort(_ argument: String) -> [Effect] {
    if let sort = LayerSort.allCases.first(where: { $0.word == argument.lowercased() }) {
      sortLayers(by: sort, ascending: sort.isAscendingAtFirst)
      return []
    }
    let keys: [Key] = ["o", "n", "k", "p", "t", "s", "a", "m", "A", "M", "g"]
    let items = zip(LayerSort.allCases, keys).map { sort, key in
      Menu.Item(sort.rawValue, sort.title, key: key, note: sort == layers.sort ? "now" : "")
    }
    overlays.append(.sort(Menu(title: "Sort by", items: items, selected: layers.sort.rawValue)))
    return []
  }

  mutating func beginFilter(_ argument: String) {
    if !argument.isEmpty { return setFilter(argument) }
    if focus == .kernels { focus = .layers }
    inputLine = .filter(TextField(currentFilter), before: currentFilter)
  }

  var currentFilter: String {
    switch focus {
    case .shapes: shapes.filter
    case .log: log.text.search
    default: layers.filter
    }
  }

  mutating func setFilter(_ text: String) {
    switch focus {
    case .shapes: shapes.filter = text
    case .log: log.text.search = text
    default:
      let name = selectedCoupledLayer?.layer.name
      layers.filter = text
      orderLayers(selecting: name)
      followSelectedLayer()
    }
  }

  mutating func findInLog(backwards: Bool) -> [Effect] {
    let width = layout.inside(of: .log).width
    if !log.text.findNext(backwards: backwards, width: width) {
      say("\"\(log.text.search)\" does not occur in the log.", .warning)
    }
    return []
  }

  // MARK: Marks

  /// Marks the range that is being marked, or the layer under the cursor.
  mutating func markLayers() -> [Effect] {
    if let range = layers.range {
      layers.marked.formUnion(
        range.compactMap { layers.order.indices.contains($0) ? layers.order[$0] : nil })
      layers.rangeStart = nil
    } else if let layer = layers.selectedLayer {
      layers.marked.formSymmetricDifference([layer])
      _ = moveLayer(.down)
    }
    return []
  }

  /// Begins a range, or marks the one that was begun.
  mutating func markRange() -> [Effect] {
    if layers.rangeStart != nil { return markLayers() }
    layers.rangeStart = layers.list.selected
    say("Move to the other end of the range; v or Space marks it, Esc does not.")
    return []
  }

  /// The layers that an edit goes to: the range, the marked ones, or the one under the cursor.
  var editedLayers: [Int] {
    if focus == .layers || focus == .iterations || focus == .shapes {
      if let range = layers.range {
        return range.compactMap { layers.order.indices.contains($0) ? layers.order[$0] : nil }
      }
      if !layers.marked.isEmpty { return layers.marked.sorted() }
    }
    return layers.selectedLayer.map { [$0] } ?? []
  }
}

extension LayerSort {
  /// Whether its order depends on what settings and scores come to.
  var needsDecision: Bool {
    switch self {
    case .kept, .score, .savedParameters, .savedMACs: true
    default: false
    }
  }
}
