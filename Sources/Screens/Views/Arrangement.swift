/// Which panes stand beside each other.
package enum Arrangement: String, Sendable, Hashable, CaseIterable {
  /// As many as the room allows.
  case automatic
  /// The layers and one other pane.
  case kernels, shapes, sensitivity, train, iterations
  /// The pane that has the focus.
  case single

  /// The pane that stands beside the layers; `nil` where others decide.
  var companion: Screen? {
    switch self {
    case .automatic, .single: nil
    case .kernels: .kernels
    case .shapes: .shapes
    case .sensitivity: .sensitivity
    case .train: .train
    case .iterations: .iterations
    }
  }

  /// What it shows, in a few words.
  var help: String {
    switch self {
    case .automatic: "as many panes as there is room for"
    case .single: "one pane at a time"
    default: "Layers and \(companion?.title ?? "another pane")"
    }
  }
}

/// How far panes' borders were moved from where they stand by themselves.
package struct DividerShift: Sendable, Hashable {
  /// Columns to the right.
  package var columns = 0
  /// Rows down.
  package var rows = 0

  package init() {}

  /// Columns or rows as a file says them; `nil` where no screen is so large.
  fileprivate static func distance(_ text: Substring) -> Int? {
    Int(text).flatMap { (-9_999...9_999).contains($0) ? $0 : nil }
  }
}

/// Which panes are shown and how large they are, as it is remembered from one use to the next.
package struct KeptLayout: Sendable, Hashable {
  package var arrangement = Arrangement.automatic
  package var shift = DividerShift()

  package init(arrangement: Arrangement = .automatic, shift: DividerShift = DividerShift()) {
    (self.arrangement, self.shift) = (arrangement, shift)
  }

  /// - Parameter text: a name, and the columns and rows that borders were moved by; `nil` where it says something else.
  package init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 3, let arrangement = Arrangement(rawValue: String(words[0])),
      let columns = DividerShift.distance(words[1]), let rows = DividerShift.distance(words[2])
    else { return nil }
    self.arrangement = arrangement
    (shift.columns, shift.rows) = (columns, rows)
  }

  /// What `init` reads.
  package var text: String { "\(arrangement.rawValue) \(shift.columns) \(shift.rows)" }
}
