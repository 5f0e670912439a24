package import TerminalUI

/// Where everything stands on a screen of some size: a pure function, so that drawing and the mouse agree.
package struct ScreenLayout: Sendable, Hashable {
  /// A pane with its frame.
  package struct Pane: Sendable, Hashable {
    package let screen: Screen
    package let frame: Rectangle

    /// What the frame leaves.
    package var inside: Rectangle { frame.inset() }
  }

  /// A border between two panes.
  package struct Divider: Sendable, Hashable {
    /// Whether it parts what is left from what is right, rather than above from below.
    package let isVertical: Bool
    /// The first column or row of the second pane.
    package let place: Int
    /// Where it can stand.
    package let range: ClosedRange<Int>
    /// Its cells: the frames of both panes.
    package let area: Rectangle
  }

  /// The line of screens.
  package let tabs: Rectangle
  /// The line of totals.
  package let totals: Rectangle
  /// The line of what the network is worth and of progress; the line of totals where there are few rows.
  package let worth: Rectangle
  /// What stands between these and the lines at the bottom.
  package let body: Rectangle
  /// The panes that are shown.
  package let panes: [Pane]
  /// The borders between panes that can be moved.
  package let dividers: [Divider]
  /// The line of messages and input.
  package let status: Rectangle
  /// The line of keys.
  package let footer: Rectangle

  /// From this width on, layers and kernels stand side by side.
  package static let wideColumns = 110
  /// From this height on, shapes and iterations stand below them.
  package static let tallRows = 34
  /// From this height on, what the network is worth has a line of its own below the totals.
  package static let twoLineRows = 20
  /// What panes would like to have.
  package struct Wishes: Sendable, Hashable {
    /// Columns of the layers' pane in which their names stand whole.
    package var layerColumns = 0
    /// Rows of what stands in shapes and iterations, whichever are more.
    package var lowerRows = Int.max
    /// The panes in which there is nothing to see.
    package var empty: Set<Screen> = []

    package init() {}
  }

  /// The layout of a screen with the focus on one pane.
  package init(
    width: Int, height: Int, focus: Screen, isMaximized: Bool, wishes: Wishes = Wishes(),
    arrangement: Arrangement = .automatic, shift: DividerShift = DividerShift()
  ) {
    let head = height >= Self.twoLineRows ? 2 : 1
    let parts = Rectangle(width: width, height: height)
      .split(vertically: [.fixed(1), .fixed(head), .flexible(), .fixed(1), .fixed(1)])
    (tabs, totals, worth, status, footer) = (
      parts[0], parts[1].row(0), parts[1].row(head - 1), parts[3], parts[4]
    )
    body = parts[2]
    var builder = PaneBuilder(focus: focus, wishes: wishes, shift: shift)
    if isMaximized || arrangement == .single {
      builder.show(focus, in: body)
    } else if let companion = arrangement.companion {
      builder.showLayers(beside: companion, in: body)
    } else {
      builder.showAll(in: body, isTall: height >= Self.tallRows)
    }
    (panes, dividers) = (builder.panes, builder.dividers)
  }

  /// The columns that layers have at least beside the kernels.
  static func layerColumns(of width: Int) -> Int { width * 9 / 14 }

  /// The inside of a screen's pane; empty if it is not shown.
  package func inside(of screen: Screen) -> Rectangle {
    panes.first { $0.screen == screen }?.inside ?? Rectangle(width: 0, height: 0)
  }
}

extension ProgramState {
  /// Where everything stands now.
  package var layout: ScreenLayout {
    var wishes = ScreenLayout.Wishes()
    wishes.layerColumns = LayersScreen.idealWidth(self, from: ScreenLayout.layerColumns(of: width))
    // Behind the first prune details and a plot stand below the tree.
    let shapes = ShapesScreen.count(self)
    wishes.lowerRows = engine.iterations.count > 1 ? .max : max(1, shapes)
    if shapes == 0, self.shapes.filter.isEmpty { wishes.empty.insert(.shapes) }
    if engine.iterations.count < 2 { wishes.empty.insert(.iterations) }
    return ScreenLayout(
      width: width, height: height, focus: focus, isMaximized: isMaximized, wishes: wishes,
      arrangement: arrangement, shift: dividerShift)
  }
}
