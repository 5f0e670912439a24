import Graph
import Pruning
import Quantities
import Session

/// What is left of the layers, by module.
extension ReportWriter {
  private typealias Layers = [NetworkComparison.Layer]

  /// A line of the overview: a module, or a layer that stands in none.
  private struct Entry {
    let name: String
    let layers: [Int]
    /// Its place in the tree; `nil` for a layer.
    let module: Int?
  }

  mutating func addWidths() {
    let layers = NetworkComparison(original.network.bound, iteration.network.bound).layers
    let changed = layers.filter { $0.weightShape.before != $0.weightShape.after }
    guard !changed.isEmpty else { return }
    document.parts.append(.heading("What is left of the layers", level: 2))
    let entries = Self.entries(of: layers)
    if changed.count > Self.mostLayers, entries.contains(where: { $0.module != nil }) {
      addModules(entries, layers)
    } else {
      document.parts.append(.table(table(of: changed, widest: Self.widest(layers))))
    }
    let others = layers.count - changed.count
    if others > 0 {
      document.parts.append(
        .paragraph("\(others) further layer\(others == 1 ? " has its" : "s have their") shape still."))
    }
  }

  /// Layers that a page shows without folding them into modules.
  private static let mostLayers = 16

  private static func widest(_ layers: Layers) -> Int { layers.reduce(1) { max($0, $1.kernels.before) } }

  /// The outermost modules, and the layers beside them; where that is too few to tell something, the modules inside.
  private static func entries(of layers: Layers) -> [Entry] {
    let tree = ModuleTree(layers.map(\.name))
    func inside(_ module: Int?, _ members: [Int]) -> [Entry] {
      var entries = tree.modules.indices.filter { tree.modules[$0].parent == module }.map {
        Entry(name: tree.modules[$0].name, layers: tree.modules[$0].layers, module: $0)
      }
      let covered = Set(entries.flatMap(\.layers))
      entries += members.filter { !covered.contains($0) }.map {
        Entry(name: layers[$0].name, layers: [$0], module: nil)
      }
      return entries.sorted { ($0.layers.first ?? 0) < ($1.layers.first ?? 0) }
    }
    var entries = inside(nil, Array(layers.indices))
    while entries.count < 6,
      let largest = entries.indices.filter({ entries[$0].module != nil })
        .max(by: { entries[$0].layers.count < entries[$1].layers.count })
    {
      let parts = inside(entries[largest].module, entries[largest].layers)
      guard parts.count > 1, parts.count <= 30 else { break }
      entries.replaceSubrange(largest...largest, with: parts)
    }
    return entries
  }

  private mutating func addModules(_ entries: [Entry], _ layers: Layers) {
    var table = ReportDocument.Table(
      columns: ["module", "layers", "kernels", "change", "MACs", "parameters"],
      caption: "Kernels of all layers of a module, before and after")
    let most = entries.reduce(1) { max($0, Self.kernels($1.layers.map { layers[$0] }).before) }
    for entry in entries {
      let members = entry.layers.map { layers[$0] }
      let kernels = Self.kernels(members)
      table.rows.append([
        .init(entry.name), .init(entry.module == nil ? "" : String(members.count)),
        .init(Self.change(kernels.before, kernels.after), Self.bar(kernels, of: most)),
        .init(Self.percent(from: kernels.before, to: kernels.after)),
        .init(Self.percent(Self.sum(members, \.multiplyAccumulates))),
        .init(Self.percent(Self.sum(members, \.parameters))),
      ])
    }
    document.parts.append(.table(table))
    let modules = entries.filter { $0.module != nil }.map { ($0.name, $0.layers.map { layers[$0] }) }
    let single = entries.filter { $0.module == nil }.flatMap { $0.layers.map { layers[$0] } }
    let widest = Self.widest(layers)
    let isOpen = layers.count <= 40
    for (name, members) in modules + [("Other layers", single)] {
      let changed = members.filter { $0.weightShape.before != $0.weightShape.after }
      guard !changed.isEmpty else { continue }
      let kernels = Self.kernels(members)
      document.parts.append(
        .fold(
          .init(
            title: name,
            note: "\(members.count) layer\(members.count == 1 ? "" : "s"), "
              + "\(Self.change(kernels.before, kernels.after)) kernels",
            bar: (1, Double(kernels.after) / Double(max(1, kernels.before))), isOpen: isOpen,
            parts: [.table(self.table(of: changed, widest: widest))])))
    }
  }

  private func table(of layers: Layers, widest: Int) -> ReportDocument.Table {
    let last = chain.reversed().lazy.compactMap { self.evidence[$0.id] }.first { !$0.layers.isEmpty }
    let prunes = chain.count { !$0.steps.isEmpty && evidence[$0.id] != nil }
    var table = ReportDocument.Table(columns: [
      "layer", "kernels", "change", "MACs", prunes > 1 ? "scores at the last prune" : "scores", "weights now",
    ])
    for layer in layers {
      table.rows.append([
        .init(layer.name),
        .init(Self.change(layer.kernels.before, layer.kernels.after), Self.bar(layer.kernels, of: widest)),
        .init(Self.percent(layer.kernels)), .init(Self.percent(layer.multiplyAccumulates)),
        Self.spread(last?.layers[layer.name]),
        .init(layer.weightShape.after.shapeText),
      ])
    }
    return table
  }

  /// How the scores of a layer's kernels were spread when it was last pruned.
  private static func spread(_ known: PruneEvidence.LayerScores?) -> ReportDocument.Cell {
    guard let known, known.scores.count > 1 else { return "" }
    let gone = known.scores.count - known.kept.count
    return .init(
      "\(gone) of \(known.scores.count) went",
      .spread(
        ScoreDistribution(
          known.scores, kept: known.kept, cells: min(24, max(6, known.scores.count / 2)),
          isLogarithmic: false)))
  }

  private static func bar(_ kernels: Change<Int>, of most: Int) -> ReportDocument.Cell.Picture {
    .bar(before: Double(kernels.before) / Double(most), after: Double(kernels.after) / Double(most))
  }

  private static func kernels(_ layers: Layers) -> Change<Int> { sum(layers, \.kernels) }

  private static func sum(
    _ layers: Layers, _ amount: (NetworkComparison.Layer) -> Change<Int>
  ) -> Change<Int> {
    layers.reduce(Change(0, 0)) { Change($0.before + amount($1).before, $0.after + amount($1).after) }
  }

  private static func percent(_ change: Change<Int>) -> String {
    percent(from: change.before, to: change.after)
  }
}
