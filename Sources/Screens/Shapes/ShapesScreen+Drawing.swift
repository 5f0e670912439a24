internal import Graph
internal import Pruning
internal import TerminalUI

extension ShapesScreen {
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
      switch rows[index] {
      case .layer(let layer): row(of: layer, state)
      case .tensor(let tensor): row(of: tensor)
      }
    }
  }

  /// The head of a layer's tensors: what becomes of its kernels.
  private static func row(of layer: Int?, _ state: ProgramState) -> Table.Row {
    guard let layer, let coupled = state.coupledLayers[safe: layer] else {
      return Table.Row([.text("of no layer", .dim)])
    }
    let kernels = state.preview(of: layer)?.kernels ?? Change(coupled.layer.kernels, coupled.layer.kernels)
    guard kernels.before != kernels.after else {
      return Table.Row([.text(coupled.layer.name, .role(.title)), .text(coupled.layer.op, .dim)])
    }
    return Table.Row([
      .text(coupled.layer.name, .role(.title)), .text(coupled.layer.op, .dim),
      .text("kernels \(kernels.before)", .dim), .text("→", .dim),
      .text(String(kernels.after), .role(.changed)),
      .text(ChangeText.percent(kernels), .role(.changed)),
    ])
  }

  private static func row(of tensor: Preview.Tensor) -> Table.Row {
    let (before, after) = (tensor.shape.before, tensor.shape.after)
    return Table.Row([
      .text(" " + tensor.name),
      .text(tensor.role, .dim),
      .text(ShapeText.text(before), .dim),
      .text("→", .dim),
      .spans(ShapeText.after(tensor.shape)),
      .text(Quantity.change(from: Self.elements(before), to: Self.elements(after)), .role(.changed)),
    ])
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

  private static func elements(_ shape: [Int]) -> Double { shape.reduce(1) { $0 * Double($1) } }
}
