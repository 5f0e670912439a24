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
  /// The line of totals.
  package let totals: Rectangle
  /// The line of what the network is worth and of progress; the line of totals where there are few rows.
  package let worth: Rectangle
  /// What stands between these and the lines at the bottom.
  package let body: Rectangle
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
  /// From this height on, what the network is worth has a line of its own below the totals.
  package static let twoLineRows = 20
  /// What the kernels keep beside the layers.
  private static let kernelColumns = 44
  /// What shapes and iterations keep of the height when there is next to nothing in them: a frame, a head, two rows.
  private static let leastLowerRows = 5

  /// What panes would like to have.
  package struct Wishes: Sendable, Hashable {
    /// Columns of the layers' pane in which their names stand whole.
    package var layerColumns = 0
    /// Rows of what stands in shapes and iterations, whichever are more.
    package var lowerRows = Int.max

    package init() {}
  }

  /// The layout of a screen with the focus on one pane.
  package init(width: Int, height: Int, focus: Screen, isMaximized: Bool, wishes: Wishes = Wishes()) {
    let head = height >= Self.twoLineRows ? 2 : 1
    let parts = Rectangle(width: width, height: height)
      .split(vertically: [.fixed(1), .fixed(head), .flexible(), .fixed(1), .fixed(1)])
    (tabs, totals, worth, status, footer) = (
      parts[0], parts[1].row(0), parts[1].row(head - 1), parts[3], parts[4]
    )
    body = parts[2]
    let isWide =
      width >= Self.wideColumns && !isMaximized && ![.log, .sensitivity, .train].contains(focus)
    if isWide, height >= Self.tallRows {
      // A pane without content leaves its rows to the layers.
      let wished = min(wishes.lowerRows, body.height) + 3
      let lower = min(body.height * 2 / 5, max(Self.leastLowerRows, wished))
      let rows = body.split(vertically: [.flexible(), .fixed(lower)])
      panes =
        Self.layersBesideKernels(rows[0], wishes)
        + Self.beside(rows[1], .shapes, .iterations, columns: rows[1].width / 2)
    } else if isWide, focus == .layers || focus == .kernels {
      panes = Self.layersBesideKernels(body, wishes)
    } else {
      panes = [Pane(screen: focus, frame: body)]
    }
  }

  /// The columns that layers have at least beside the kernels.
  fileprivate static func layerColumns(of width: Int) -> Int { width * 9 / 14 }

  private static func layersBesideKernels(_ area: Rectangle, _ wishes: Wishes) -> [Pane] {
    let least = layerColumns(of: area.width)
    let most = max(least, area.width - kernelColumns)
    return beside(area, .layers, .kernels, columns: min(most, max(least, wishes.layerColumns)))
  }

  private static func beside(_ area: Rectangle, _ first: Screen, _ second: Screen, columns: Int) -> [Pane] {
    let parts = area.split(horizontally: [.fixed(columns), .flexible()])
    return [Pane(screen: first, frame: parts[0]), Pane(screen: second, frame: parts[1])]
  }

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
    wishes.lowerRows = engine.iterations.count > 1 ? .max : max(1, ShapesScreen.count(self))
    return ScreenLayout(
      width: width, height: height, focus: focus, isMaximized: isMaximized, wishes: wishes)
  }
}
