/// The timeline over the panes: which cell is looked at.
package struct TimelineOverlay: Sendable, Hashable {
  package var row = 0
  package var epoch = 0
  /// Whether the cursor goes along with the epoch that is trained.
  package var follows = true
  /// The first epoch in view.
  package var offset = 0
}

extension TimelineSummary.Kind {
  /// A letter for it where cells are narrow.
  var sign: Character {
    switch self {
    case .pruner: "#"
    case .regularizer: "+"
    case .remover: "x"
    case .rate: "~"
    }
  }
}
