/// What the rows of the layer table are sorted by.
package enum LayerSort: String, Sendable, Hashable, CaseIterable {
  case order, name, kernels, percent, kept, score, parameters, macs, savedParameters, savedMACs, group

  /// What the menu calls it.
  package var title: String {
    switch self {
    case .order: "order of the graph"
    case .name: "name"
    case .kernels: "kernels"
    case .percent: "percentage pruned"
    case .kept: "kernels kept"
    case .score: "score"
    case .parameters: "parameters"
    case .macs: "MACs"
    case .savedParameters: "parameters saved"
    case .savedMACs: "MACs saved"
    case .group: "group"
    }
  }

  /// The word for the pane's lower edge, and for `:sort`.
  package var word: String {
    switch self {
    case .order: "order"
    case .savedParameters: "saved-parameters"
    case .savedMACs: "saved-macs"
    default: rawValue
    }
  }

  /// The column that shows it, by its id in the table.
  package var column: String {
    switch self {
    case .savedParameters: "parameters"
    case .savedMACs: "macs"
    default: rawValue
    }
  }

  /// Whether small values come first unless the order is inverted: names and places read upwards, amounts
  /// are looked at from the largest.
  package var isAscendingAtFirst: Bool { self == .order || self == .name || self == .group }
}
