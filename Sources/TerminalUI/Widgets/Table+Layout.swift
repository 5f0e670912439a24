extension Table {
  /// Where a column stands: its index, its first column from the left edge of the table, and its width.
  package struct Slot: Hashable, Sendable {
    /// The index into `columns`.
    package var column: Int
    /// Columns from the table's left edge.
    package var x: Int
    /// Columns it takes.
    package var width: Int
  }

  /// The width that a column is given in a table of a width; 0 where it is not shown.
  package func width(of id: String, in width: Int) -> Int {
    slots(width: width).first { columns[$0.column].id == id }?.width ?? 0
  }

  /// The width at which every column has what it would like: one that is larger parts names from their figures.
  package var idealWidth: Int {
    Self.gutter + columns.reduce(0) { $0 + $1.idealWidth } + max(0, columns.count - 1)
  }

  /// The columns that are shown at a width, from left to right, with one column between them unless they are joined.
  ///
  /// Columns are dropped by priority until the minima fit; then the flexible ones, which hold names, grow to their ideal
  /// widths, and the others evenly to theirs; the flexible ones take the rest.
  package func slots(width: Int) -> [Slot] {
    let room = width - Self.gutter
    guard room > 0 else { return [] }
    var kept = Array(columns.indices)
    func gaps() -> Int { kept.dropLast().count { !columns[$0].isJoined } }
    func needed() -> Int { kept.reduce(0) { $0 + columns[$1].minimumWidth } + gaps() }
    while needed() > room {
      // Of equal priorities the rightmost goes first.
      guard
        let victim = kept.filter({ columns[$0].dropPriority > 0 }).max(by: { first, second in
          let (one, other) = (columns[first].dropPriority, columns[second].dropPriority)
          return one == other ? first < second : one < other
        })
      else { break }
      kept.removeAll { $0 == victim }
    }
    var widths = kept.map { columns[$0].minimumWidth }
    var spare = room - needed()
    while spare > 0 {
      var growing = widths.indices.filter { widths[$0] < columns[kept[$0]].idealWidth }
      if growing.isEmpty { break }
      let names = growing.filter { columns[kept[$0]].isFlexible }
      if !names.isEmpty { growing = names }
      for index in growing where spare > 0 {
        widths[index] += 1
        spare -= 1
      }
    }
    let flexible = widths.indices.filter { columns[kept[$0]].isFlexible }
    for (order, index) in flexible.enumerated() where spare > 0 {
      let share = spare / (flexible.count - order)
      widths[index] += share
      spare -= share
    }
    // Where not even the columns that always stay fit, the flexible ones shrink, then the last ones are cut.
    var excess = widths.reduce(0, +) + gaps() - room
    for index in flexible + widths.indices.reversed() where excess > 0 {
      let cut = min(excess, widths[index] - 1)
      widths[index] -= cut
      excess -= cut
    }
    var x = Self.gutter
    var slots: [Slot] = []
    for (index, column) in kept.enumerated() where x < width {
      slots.append(Slot(column: column, x: x, width: min(widths[index], width - x)))
      x += widths[index] + (columns[column].isJoined ? 0 : 1)
    }
    return slots
  }
}
