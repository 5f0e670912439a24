internal import Graph
package import Pruning

/// A row of the table of tensors that change.
package enum ShapeRow: Sendable, Hashable {
  /// A layer whose tensors follow, by its index in `ChannelGroups.layers`; `nil` for tensors of none.
  case layer(Int?)
  /// A tensor.
  case tensor(Preview.Tensor)
}

/// The rows of a table of tensors, and what they were made for.
struct ShapeRows: Sendable, Hashable {
  let filter: String
  let rows: [ShapeRow]
  /// How many of them are tensors.
  let tensors: Int

  /// The tensors that change and pass a filter, those of one layer behind each other, in the order of the graph.
  init(_ decision: Decision, filter: String, homes: [String: Int], names: [String]) {
    self.filter = filter
    let needle = filter.lowercased()
    var order: [Int?] = []
    var members: [Int?: [Preview.Tensor]] = [:]
    for tensor in decision.preview.tensors {
      let home = homes[tensor.name]
      let isShown =
        needle.isEmpty || tensor.name.lowercased().contains(needle) || tensor.role.contains(needle)
        || home.map { names[$0].lowercased().contains(needle) } ?? false
      guard isShown else { continue }
      if members[home] == nil { order.append(home) }
      members[home, default: []].append(tensor)
    }
    rows = order.flatMap { home in [.layer(home)] + (members[home] ?? []).map { .tensor($0) } }
    tensors = rows.count - order.count
  }
}

extension ShapesScreen {
  /// The tensors that change and pass the filter, by layer.
  static func rows(_ state: ProgramState) -> [ShapeRow] { arranged(state)?.rows ?? [] }

  /// The rows, as they are kept for the frames and keys that follow.
  static func arranged(_ state: ProgramState) -> ShapeRows? {
    guard let decision = state.decision, decision.basis.structure == state.engine.structure.version else {
      return nil
    }
    let filter = state.shapes.filter
    if let known = decision.shapes, known.filter == filter { return known }
    return ShapeRows(
      decision, filter: filter, homes: state.shapes.homes, names: state.coupledLayers.map(\.layer.name))
  }

  /// The layer that a row belongs to.
  static func layer(ofRow row: Int, _ state: ProgramState) -> Int? {
    guard let found = rows(state)[safe: row] else { return nil }
    switch found {
    case .layer(let layer): return layer
    case .tensor(let tensor): return state.shapes.homes[tensor.name]
    }
  }
}
