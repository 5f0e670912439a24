internal import Pruning
internal import TerminalUI

extension ShapesScreen {
  /// The tensors that change and pass the filter, in the order of the graph.
  static func rows(_ state: ProgramState) -> [Preview.Tensor] {
    guard let decision = state.decision, decision.basis.structure == state.engine.structure.version else {
      return []
    }
    let needle = state.shapes.filter.lowercased()
    if needle.isEmpty { return decision.preview.tensors }
    return decision.preview.tensors.filter {
      $0.name.lowercased().contains(needle) || $0.role.contains(needle)
    }
  }

  /// The table of tensors that change.
  static func table(_ state: ProgramState, width: Int) -> Table {
    let rows = rows(state)
    let columns: [Table.Column] = [
      .init("name", "TENSOR", minimumWidth: 14, idealWidth: 30, isFlexible: true),
      .init("role", "ROLE", minimumWidth: 10, dropPriority: 2),
      .init("before", "BEFORE", .aligned(.right), minimumWidth: 11, idealWidth: 14),
      .init("arrow", "", minimumWidth: 1),
      .init("after", "AFTER", .aligned(.left), minimumWidth: 11, idealWidth: 14),
      .init("change", "ELEMENTS", .aligned(.right), minimumWidth: 8, dropPriority: 1),
    ]
    let placeholder =
      state.engine.structure.value == nil
      ? "No model is open."
      : state.shapes.filter.isEmpty
        ? "Nothing changes yet: set percentages in Layers (g1)."
        : "No tensor contains \"\(state.shapes.filter)\"."
    return Table(columns: columns, rowCount: rows.count, placeholder: placeholder) { index in
      let tensor = rows[index]
      let (before, after) = (tensor.shape.before, tensor.shape.after)
      return Table.Row([
        .text(tensor.name),
        .text(tensor.role, .dim),
        .text(Self.text(before), .dim),
        .text("→", .dim),
        .spans(Self.changed(before, after)),
        .text(
          Quantity.change(from: Self.elements(before), to: Self.elements(after)), .role(.changed)),
      ])
    }
  }

  /// Draws what the whole network becomes, below the table.
  static func drawRest(
    _ state: ProgramState, into grid: inout Grid, beside table: Rectangle, in inside: Rectangle
  ) {
    let area = Rectangle(x: inside.x, y: table.endY, width: inside.width, height: inside.endY - table.endY)
    guard area.height >= 4, let preview = state.decision?.preview else { return }
    grid.horizontalLine(x: area.x, y: area.y, length: area.width)
    let rows: [(String, String)] = [
      ("Parameters", ChangeText.sentence(preview.parameters)),
      ("MACs", ChangeText.sentence(preview.multiplyAccumulates)),
      ("File", ChangeText.sentence(preview.bytes, Quantity.bytes)),
      ("Memory", ChangeText.sentence(preview.peakMemory, Quantity.bytes) + " of activations at their peak"),
      (
        "Latency",
        Header.latencySentence(state)
          ?? (state.engine.latencyProblem == nil ? "not measured yet" : "cannot be measured")
      ),
    ]
    for (line, row) in rows.prefix(area.height - 1).enumerated() {
      let place = area.row(line + 1).inset(horizontal: 2, vertical: 0)
      let start = grid.write(row.0, x: place.x, y: place.y, style: .role(.header))
      grid.write(
        row.1, in: Rectangle(x: max(start + 2, place.x + 12), y: place.y, width: place.width - 12, height: 1))
    }
  }

  private static func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
  }

  private static func elements(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }

  /// The shape after, with the extents that changed in the colour of changes.
  private static func changed(_ before: [Int], _ after: [Int]) -> [Span] {
    guard before.count == after.count, !after.isEmpty else { return [Span(text(after), .changed)] }
    return after.indices.flatMap { axis -> [Span] in
      let extent = Span(String(after[axis]), after[axis] == before[axis] ? .text : .changed)
      return axis == 0 ? [extent] : [Span("×", .dim), extent]
    }
  }
}
