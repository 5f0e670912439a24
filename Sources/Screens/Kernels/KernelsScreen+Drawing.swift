internal import Graph
internal import Pruning
internal import TerminalUI

extension KernelsScreen {
  /// The table of the kernels of the layer under the cursor, at a width.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let index = state.layers.selectedLayer
    let name = state.selectedCoupledLayer?.layer.name ?? ""
    let statistics = state.engine.scores.value?.layers[name]
    let mean = statistics?.mean ?? []
    let errors = statistics?.standardError ?? []
    let numbers = Quantity.Column(largest: mean.lazy.filter(\.isFinite).map(abs).max() ?? 0)
    let besides = ranks(state)
    let ranks = besides?.pairs
    var columns: [Table.Column] = [
      .init("kernel", "#", .aligned(.right), minimumWidth: 4),
      .init("state", "STATE", minimumWidth: 6),
      .init(
        "score", state.engine.scores.value?.criterion.rawValue.uppercased() ?? "SCORE", minimumWidth: 8,
        isFlexible: true),
      .init(
        "mean", "MEAN" + numbers.suffix, .aligned(.right), minimumWidth: max(7, 4 + numbers.suffix.columns),
        dropPriority: 1),
      .init("error", "±", .aligned(.right), minimumWidth: 5, dropPriority: 2),
    ]
    if let besides {
      columns += [
        .init("rank", "RANK", .aligned(.right), minimumWidth: 4, dropPriority: 4),
        .init(
          "besides", "BY " + besides.criterion.rawValue.uppercased(), .aligned(.right),
          minimumWidth: 3 + besides.criterion.rawValue.count, dropPriority: 3),
      ]
    }
    let kept = Set(index.flatMap(state.keptKernels(of:)) ?? Array(mean.indices))
    let order = state.kernels.order
    let states = order.map { kernel in
      index.map { kernelState(state, of: kernel, in: $0, kept: kept) } ?? .kept
    }
    let units = state.selectedCoupledLayer?.units ?? []
    let chances = state.decision?.uncertainty?.chances ?? []
    /// Whether more examples could well bring a kernel to the other side of the cut.
    func mayChange(_ kernel: Int) -> Bool {
      guard let unit = units[safe: kernel], let chance = chances[safe: unit] else { return false }
      return chance >= 0.05
    }
    let isASCII = state.usesASCII
    let cut = cutScore(of: order, mean: mean, states: states)
    let largest = zip(mean, errors).lazy.map { $0 + $1 }.max() ?? 0
    let isLogarithmic = state.layers.isLogarithmic
    func fraction(_ score: Double) -> Double {
      BarScale.fraction(score, of: largest, isLogarithmic: isLogarithmic)
    }
    let placeholder =
      state.engine.structure.value == nil
      ? "No model is open."
      : state.layers.selectedModule == nil ? "No layer is selected." : "Enter opens the module."
    func table(barWidth: Int) -> Table {
      Table(columns: columns, rowCount: order.count, placeholder: placeholder) { row in
        let kernel = order[row]
        let fate = states[row]
        let value = mean.indices.contains(kernel) ? mean[kernel] : nil
        let error = errors.indices.contains(kernel) ? errors[kernel] : 0
        let bar =
          value.map {
            ScoreBar(
              fraction: fraction($0), error: isLogarithmic || largest <= 0 ? 0 : error / largest,
              cut: cut.map(fraction), role: fate.role)
          }
        var cells: [Table.Content] = [
          .text(String(kernel), fate.style),
          .text(fate.word + (mayChange(kernel) ? "?" : ""), fate.style),
          bar.map { .spans($0.spans(width: barWidth, isASCII: isASCII)) } ?? .text(""),
          .text(value.map(numbers.text) ?? Quantity.missing, fate.style),
          .text(error > 0 ? numbers.text(error) : "", .dim),
        ]
        if let rank = ranks?[safe: kernel] {
          // A rank that is more than a quarter of the layer away stands out.
          let isFar = 4 * abs(rank.now - rank.before) > order.count
          cells += [
            .text(String(rank.now), .dim), .text(String(rank.before), isFar ? .role(.changed) : .dim),
          ]
        }
        return Table.Row(cells)
      }
    }
    let slots = table(barWidth: 0).slots(width: width)
    return table(barWidth: slots.first { $0.column == 2 }?.width ?? 0)
  }

  /// The score between the best kernel that goes by its score and the worst that stays by it; `nil` where
  /// the two overlap, as in a group whose members disagree, or where nothing goes.
  private static func cutScore(of order: [Int], mean: [Double], states: [KernelState]) -> Double? {
    var bestCut = -Double.infinity
    var worstKept = Double.infinity
    for (row, kernel) in order.enumerated() where mean.indices.contains(kernel) {
      switch states[row] {
      case .cut: bestCut = max(bestCut, mean[kernel])
      case .kept: worstKept = min(worstKept, mean[kernel])
      default: break
      }
    }
    guard bestCut.isFinite, worstKept.isFinite, bestCut <= worstKept else { return nil }
    return (bestCut + worstKept) / 2
  }

  // MARK: Heat maps

  /// Draws the kernels as small pictures, as many as fit.
  static func drawHeatMaps(
    _ state: inout ProgramState, into grid: inout Grid, in area: Rectangle, isFocused: Bool
  ) {
    guard let layer = state.selectedCoupledLayer?.layer, let position = state.layers.selectedLayer,
      !state.kernels.order.isEmpty
    else { return grid.write("No layer is selected.", in: area.row(1), alignment: .center, style: .dim) }
    guard let weights = state.kernels.weights, weights.layer == layer.name,
      weights.structureVersion == state.engine.structure.version,
      let shape = weights.mapShape
    else { return grid.write("Reading the weights…", in: area.row(1), alignment: .center, style: .dim) }
    let size = HeatMap(rows: shape.rows, columns: shape.columns, values: []).size(on: grid)
    let tile = (width: max(5, size.width + 2), height: size.height + 2)
    let perRow = max(1, area.width / tile.width)
    let visibleRows = max(1, area.height / tile.height)
    state.kernels.mapsPerRow = perRow
    let count = state.kernels.order.count
    state.kernels.list = state.kernels.list.clamped(count: count, page: count)
    let selectedRow = state.kernels.list.selected / perRow
    let firstRow = max(0, min(selectedRow - visibleRows / 2, (count + perRow - 1) / perRow - visibleRows))
    let kept = Set(state.keptKernels(of: position) ?? [])
    let scale = weights.largest
    for index in (firstRow * perRow)..<min(count, (firstRow + visibleRows) * perRow) {
      let (line, column) = (index / perRow - firstRow, index % perRow)
      let frame = Rectangle(
        x: area.x + column * tile.width, y: area.y + line * tile.height, width: tile.width,
        height: tile.height
      ).intersection(area)
      let kernel = state.kernels.order[index]
      let fate = kernelState(state, of: kernel, in: position, kept: kept)
      let isSelected = index == state.kernels.list.selected
      let style: Style = isSelected && isFocused ? .role(.selection) : fate.style
      let word = String(kernel) + fate.sign
      grid.write(word, in: frame.row(0), style: style)
      let map = HeatMap(
        rows: shape.rows, columns: shape.columns, values: weights.map(of: kernel), scale: scale)
      map.draw(
        into: &grid,
        in: Rectangle(x: frame.x, y: frame.y + 1, width: frame.width, height: frame.height - 1).intersection(
          frame))
      if fate == .cut || fate == .forced {
        grid.restyle(Rectangle(x: frame.x, y: frame.y + 1, width: size.width, height: size.height)) {
          $0.attributes.insert(.dim)
        }
      }
    }
  }
}

extension KernelState {
  /// How it is drawn.
  var role: Role {
    switch self {
    case .kept: .kept
    case .cut, .forced: .cut
    case .pinned, .fixed: .pinned
    }
  }

  /// How its words are drawn.
  var style: Style { self == .kept ? .text : .role(role) }

  /// What stands behind its number where there is no room for the word.
  var sign: String {
    switch self {
    case .kept: ""
    case .cut: "-"
    case .pinned: "="
    case .forced: "x"
    case .fixed: "="
    }
  }
}

extension KernelWeights {
  /// The rows and columns of a kernel's picture: the kernel's own where it has an extent, and its input
  /// channels folded into about a square where it has none; `nil` for weights without kernels.
  var mapShape: (rows: Int, columns: Int)? {
    guard let kernels = shape.first, kernels > 0, values.count >= kernels else { return nil }
    let spatial = Array(shape.dropFirst(2))
    if let columns = spatial.last, spatial.contains(where: { $0 > 1 }) {
      return (max(1, spatial.dropLast().reduce(1, *)), columns)
    }
    let inputs = min(shape.count > 1 ? shape[1] : 1, 256)
    let columns = max(1, Int(Double(inputs).squareRoot().rounded(.up)))
    return ((inputs + columns - 1) / columns, columns)
  }

  /// A kernel's picture: the mean over its input channels where the kernel has an extent.
  func map(of kernel: Int) -> [Float] {
    guard let kernels = shape.first, kernels > 0, kernel >= 0, kernel < kernels else { return [] }
    let size = values.count / kernels
    let all = values[(kernel * size)..<((kernel + 1) * size)]
    let spatial = shape.dropFirst(2).reduce(1, *)
    guard spatial > 1, size >= spatial else { return Array(all.prefix(256)) }
    var sums = [Float](repeating: 0, count: spatial)
    for (offset, value) in all.enumerated() { sums[offset % spatial] += value }
    let inputs = Float(size / spatial)
    return sums.map { $0 / inputs }
  }

  /// The largest magnitude in the pictures, so that kernels can be compared with each other.
  var largest: Float? {
    guard let kernels = shape.first, kernels > 0 else { return nil }
    return (0..<kernels).lazy.flatMap { map(of: $0) }.lazy.map(abs).filter(\.isFinite).max()
  }
}
