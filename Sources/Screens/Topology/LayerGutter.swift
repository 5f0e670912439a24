internal import Graph
internal import Pruning
internal import TerminalUI

/// What stands left of the table of layers: which layers feed which, and where they come together, as rows show it.
///
/// A closed module is one row, and what runs inside it is not drawn.
package struct LayerGutter: Sendable, Hashable {
  /// What runs between rows: what a layer or a join makes, an input, or all that comes out of a closed module.
  enum Net: Sendable, Hashable {
    case source(LayerFlow.Source)
    case module(Int)
  }

  /// What is drawn in as many columns as there are, from narrow to wide.
  private var charts: [LaneChart] = []
  /// What runs in each net.
  private(set) var nets: [Net] = []
  /// By net: the name of the group that its channels are tied in; `nil` where they are in none, or in several.
  private(set) var ties: [String?] = []
  /// The rows at which a join is complete.
  private(set) var joining: Set<Int> = []

  /// The columns that lanes take at most, in tables from narrow to wide.
  static let widths = [4, 6, 12]
  /// The widths below which a table is narrow, and below which it is not wide.
  static let bounds = (narrow: 88, wide: 130)

  /// Nothing is drawn.
  package init() {}

  /// The gutter of rows in the order of the graph; nothing where a layer has no row, or where all follow one another.
  init(_ structure: NetworkStructure, rows: [LayerRow], modules: ModuleTree) {
    let (flow, groups) = (structure.flow, structure.groups)
    guard let homes = Self.homes(of: rows, modules, layers: groups.layers.count) else { return }
    var reader = RowReader(flow: flow, rows: rows, homes: homes)
    let lines = reader.lines()
    let full = LaneChart(lines)
    guard full.lanes > 1 else { return }
    charts = Self.widths.map { full.width <= $0 ? full : LaneChart(lines, width: $0) }
    nets = reader.nets
    joining = reader.joining
    let ties = Self.ties(flow, groups)
    self.ties = nets.map { net in if case .source(let source) = net { ties[source] } else { nil } }
  }

  /// The group that the channels of a layer, or all that come together in a join, are tied in.
  private static func ties(_ flow: LayerFlow, _ groups: ChannelGroups) -> [LayerFlow.Source: String] {
    var ties: [LayerFlow.Source: String] = [:]
    for (layer, coupled) in groups.layers.enumerated() {
      ties[.layer(layer)] = coupled.groups.lazy.map { groups.groups[$0].name }.first { !$0.isEmpty }
    }
    for (number, join) in flow.joins.enumerated() {
      let names = join.sources.map { ties[$0] }
      if let first = names.first, names.allSatisfy({ $0 == first }) { ties[.join(number)] = first }
    }
    return ties
  }

  /// The chart of a table of a width; `nil` where there is nothing to draw.
  package func chart(in width: Int) -> LaneChart? {
    charts.isEmpty ? nil : charts[width < Self.bounds.narrow ? 0 : width < Self.bounds.wide ? 1 : 2]
  }

  /// The row of each layer: its own, or that of the innermost closed module that it stands in; `nil` where one has none.
  private static func homes(of rows: [LayerRow], _ modules: ModuleTree, layers: Int) -> [Int]? {
    var homes = [Int?](repeating: nil, count: layers)
    for (index, row) in rows.enumerated() {
      guard case .module(let module) = row else { continue }
      for layer in modules.modules[module].layers where layer < layers { homes[layer] = index }
    }
    for (index, row) in rows.enumerated() {
      if case .layer(let layer) = row, layer < layers { homes[layer] = index }
    }
    let found = homes.compactMap { $0 }
    return found.count == layers && layers > 0 ? found : nil
  }
}

/// Reads off a flow what comes in and goes out at each row.
private struct RowReader {
  let flow: LayerFlow
  let rows: [LayerRow]
  /// By layer: its row.
  let homes: [Int]
  private(set) var nets: [LayerGutter.Net] = []
  private(set) var joining: Set<Int> = []
  private var numbers: [LayerGutter.Net: Int] = [:]
  /// By join: the row at which it is complete; `nil` above all rows.
  private var joinRows: [Int?] = []

  init(flow: LayerFlow, rows: [LayerRow], homes: [Int]) {
    (self.flow, self.rows, self.homes) = (flow, rows, homes)
    for join in flow.joins { joinRows.append(join.sources.compactMap { row(of: $0) }.max()) }
  }

  private func row(of source: LayerFlow.Source) -> Int? {
    switch source {
    case .input: nil
    case .layer(let layer): homes[layer]
    case .join(let join): joinRows[join]
    }
  }

  private func isModule(_ row: Int) -> Bool { if case .module = rows[row] { true } else { false } }

  private mutating func net(of source: LayerFlow.Source) -> Int {
    var net = LayerGutter.Net.source(source)
    if let row = row(of: source), case .module(let module) = rows[row] { net = .module(module) }
    if let number = numbers[net] { return number }
    nets.append(net)
    numbers[net] = nets.count - 1
    return nets.count - 1
  }

  mutating func lines() -> [LaneChart.Row] {
    var lines = [LaneChart.Row](repeating: .passage, count: rows.count)
    for (layer, row) in homes.enumerated() {
      if !lines[row].hasNode { lines[row] = LaneChart.Row(reads: [], makes: [], source: nil, own: nil) }
      let own = net(of: .layer(layer))
      lines[row].own = own
      add(own, to: &lines[row].makes)
      guard let source = flow.source(ofLayer: layer) else { continue }
      // What a closed module makes for itself does not leave it.
      if isModule(row), self.row(of: source) == row { continue }
      let read = net(of: source)
      if lines[row].source == nil { lines[row].source = read }
      add(read, to: &lines[row].reads)
    }
    for (join, row) in joinRows.enumerated() {
      guard let row else { continue }
      joining.insert(row)
      for source in flow.joins[join].sources where self.row(of: source) != row {
        add(net(of: source), to: &lines[row].reads)
      }
      add(net(of: .join(join)), to: &lines[row].makes)
    }
    return lines
  }

  private func add(_ net: Int, to list: inout [Int]) {
    if !list.contains(net) { list.append(net) }
  }
}
