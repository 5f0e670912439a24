/// What a colour means. Themes give every role a look; widgets and screens name nothing but roles.
package enum Role: String, CaseIterable, Hashable, Sendable {
  /// Ordinary text, and the background of everything.
  case text
  /// Text of less weight: units, hints, disabled keys.
  case dim
  /// Titles of panes and dialogs.
  case title
  /// Frames of panes.
  case border
  /// The frame of the pane that takes the keys.
  case borderFocused
  /// The selected row.
  case selection
  /// The heads of columns.
  case header
  /// The line of screens and totals above the panes.
  case headline
  /// A key's name in the footer and in help.
  case footerKey
  /// What the key does.
  case footerText
  /// What stays: kernels that are kept, good scores.
  case kept
  /// What goes: kernels below the cut.
  case cut
  /// What may not change.
  case pinned
  /// A value the user changed, not applied yet.
  case changed
  /// Something to look at.
  case warning
  /// Something went wrong.
  case error
  /// Something went well.
  case success
  /// The full part of bars.
  case bar
  /// The empty part of bars.
  case barTrack
  /// The text of a field that is being edited.
  case field
  /// The part of a text that a search found.
  case match
  /// Layers tied together, by letter.
  case groupA, groupB, groupC, groupD, groupE, groupF, groupG, groupH
  /// The first curve of a plot, and what sparklines are drawn with.
  case graph
  /// The second curve of a plot.
  case graphSecond
  /// The axes of a plot.
  case axis
  /// Heat maps: the most negative, the neutral and the most positive value.
  case heatLow, heatMiddle, heatHigh

  /// The colour of the `index`th group of tied layers: eight, then again.
  package static func group(_ index: Int) -> Role {
    let roles: [Role] = [.groupA, .groupB, .groupC, .groupD, .groupE, .groupF, .groupG, .groupH]
    return roles[((index % 8) + 8) % 8]
  }

  /// What marks the role where there are no colours, so that meaning is never in colour alone.
  var monoAttributes: Attributes {
    switch self {
    case .selection: .reverse
    case .title, .header, .footerKey, .error, .changed, .borderFocused: .bold
    case .dim, .cut, .barTrack: .dim
    case .warning, .pinned, .match, .field: .underline
    default: []
    }
  }
}
