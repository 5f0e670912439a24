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

  /// The line of screens.
  package let tabs: Rectangle
  /// The line of totals and progress.
  package let totals: Rectangle
  /// The panes that are shown.
  package let panes: [Pane]
  /// The line of messages and input.
  package let status: Rectangle
  /// The line of keys.
  package let footer: Rectangle

  /// From this width on, layers and kernels stand side by side.
  package static let wideColumns = 110
  /// From this height on, shapes and iterations stand below them.
  package static let tallRows = 34

  /// The layout of a screen with the focus on one pane.
  package init(width: Int, height: Int, focus: Screen, isMaximized: Bool) {
    let parts = Rectangle(width: width, height: height)
      .split(vertically: [.fixed(1), .fixed(1), .flexible(), .fixed(1), .fixed(1)])
    (tabs, totals, status, footer) = (parts[0], parts[1], parts[3], parts[4])
    let body = parts[2]
    let isWide =
      width >= Self.wideColumns && !isMaximized && ![.log, .sensitivity, .train].contains(focus)
    if isWide, height >= Self.tallRows {
      let rows = body.split(vertically: [.flexible(weight: 3), .flexible(weight: 2)])
      panes =
        Self.beside(rows[0], .layers, .kernels, weights: (9, 5))
        + Self.beside(rows[1], .shapes, .iterations, weights: (1, 1))
    } else if isWide, focus == .layers || focus == .kernels {
      panes = Self.beside(body, .layers, .kernels, weights: (9, 5))
    } else {
      panes = [Pane(screen: focus, frame: body)]
    }
  }

  private static func beside(
    _ area: Rectangle, _ first: Screen, _ second: Screen, weights: (Int, Int)
  ) -> [Pane] {
    let columns = area.split(horizontally: [.flexible(weight: weights.0), .flexible(weight: weights.1)])
    return [Pane(screen: first, frame: columns[0]), Pane(screen: second, frame: columns[1])]
  }

  /// The inside of a screen's pane; empty if it is not shown.
  package func inside(of screen: Screen) -> Rectangle {
    panes.first { $0.screen == screen }?.inside ?? Rectangle(width: 0, height: 0)
  }
}

extension ProgramState {
  /// Where everything stands now.
  package var layout: ScreenLayout {
    ScreenLayout(width: width, height: height, focus: focus, isMaximized: isMaximized)
  }
}
