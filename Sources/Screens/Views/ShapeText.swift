internal import Pruning
internal import TerminalUI

/// Shapes as people read them.
enum ShapeText {
  /// `64×32×3×3`; `scalar` for no axes.
  static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
  }

  /// The shape after, with the extents that changed in the colour of changes.
  static func after(_ change: Change<[Int]>) -> [Span] {
    let (before, after) = (change.before, change.after)
    guard before.count == after.count, !after.isEmpty else { return [Span(text(after), .changed)] }
    return after.indices.flatMap { axis -> [Span] in
      let extent = Span(String(after[axis]), after[axis] == before[axis] ? .text : .changed)
      return axis == 0 ? [extent] : [Span("×", .dim), extent]
    }
  }

  /// Before → after; one shape where nothing changes.
  static func spans(_ change: Change<[Int]>) -> [Span] {
    guard change.before != change.after else { return [Span(text(change.before))] }
    return [Span(text(change.before) + " → ", .dim)] + after(change)
  }
}
