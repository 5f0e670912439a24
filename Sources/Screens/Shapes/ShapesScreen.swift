internal import Graph
internal import Pruning
internal import TerminalUI

/// Every tensor that changes.
enum ShapesScreen: TableScreen {
  static let title = "Shapes"
  static let help = "every tensor that changes"
  static let editsMarkedLayers = true
  static let list: any WritableKeyPath<ProgramState, ListState> & Sendable = \.shapes.list
  static let filter = RowFilter.text(.init(value: { $0.shapes.filter }, set: { $0.shapes.filter = $1 }))

  static func count(_ state: ProgramState) -> Int { rows(state).count }

  static func searchText(_ state: ProgramState, row: Int) -> String? {
    switch rows(state)[safe: row] {
    case .layer(let layer): layer.flatMap { state.coupledLayers[safe: $0]?.layer.name } ?? ""
    case .tensor(let tensor): tensor.name
    case nil: nil
    }
  }

  static let commands = [
    Command(
      "layer-of-tensor", [.enter], "to its layer", "go to the layer of the tensor in the table of layers",
      verb: .open, disabled: { layer(ofRow: $0.shapes.list.selected, $0) == nil ? "it is of no layer" : nil }
    ) { state, _ in
      guard let layer = layer(ofRow: state.shapes.list.selected, state) else { return [] }
      state.focus = .layers
      return LayersScreen.go(&state, to: layer)
    }
  ]

  static func notes(_ state: ProgramState) -> [String] {
    let (count, shapes) = (count(state), state.shapes)
    return [
      count == 0 ? "" : "\(min(shapes.list.selected, count - 1) + 1)/\(count)",
      shapes.filter.isEmpty ? "" : "filter \(shapes.filter)",
    ]
  }

  /// Below the table is what the whole network becomes.
  static func tableArea(_ state: ProgramState, in inside: Rectangle) -> Rectangle {
    let below = state.structure == nil || inside.height < 8 ? 0 : inside.height < 16 ? 4 : 6
    return Rectangle(x: inside.x, y: inside.y, width: inside.width, height: inside.height - below)
  }

  static func giveUp(_ state: inout ProgramState) -> Bool {
    guard !state.shapes.filter.isEmpty else { return false }
    state.shapes.filter = ""
    return true
  }

  static func adopt(_ state: inout ProgramState, _ news: News) {
    if news.isAnotherModel { state.shapes = ShapesState() }
    guard news.isAnotherNetwork, let structure = state.structure else { return }
    let network = structure.bound.network
    let homes = structure.flow.homes(in: network, layers: structure.groups.layers.map(\.layer))
    state.shapes.homes = Dictionary(
      homes.enumerated().compactMap { value, home in
        home.map { (network.name(of: ValueID(value)), $0) }
      }, uniquingKeysWith: { first, _ in first })
  }
}
