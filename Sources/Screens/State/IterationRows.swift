package import TerminalUI

/// A row of the tree of iterations.
package struct IterationRow: Sendable, Hashable {
  package let iteration: IterationSummary
  /// For each level between the root and this one: whether a branch goes on below.
  package let continues: [Bool]
  /// Whether it is the last child of its parent.
  package let isLast: Bool

  /// The lines before the title.
  package func branch(_ glyphs: Glyphs) -> String {
    guard iteration.parent != nil else { return "" }
    var scalars = String.UnicodeScalarView()
    for goesOn in continues {
      scalars.append(goesOn ? glyphs.vertical : " ")
      scalars.append(" ")
    }
    scalars.append(isLast ? glyphs.bottomLeft : glyphs.teeLeft)
    scalars.append(glyphs.horizontal)
    return String(scalars) + " "
  }
}

extension ProgramState {
  /// The tree of iterations from top to bottom.
  ///
  /// An only child stands at its parent's level, so that a long row of prunes does not walk off to the right;
  /// only branches are indented.
  package var iterationRows: [IterationRow] {
    let known = Set(engine.iterations.map(\.id))
    var children: [Int: [IterationSummary]] = [:]
    var roots: [IterationSummary] = []
    for iteration in engine.iterations {
      if let parent = iteration.parent, parent != iteration.id, known.contains(parent) {
        children[parent, default: []].append(iteration)
      } else {
        roots.append(iteration)
      }
    }
    var rows: [IterationRow] = []
    var seen = Set<Int>()
    var pending: [IterationRow] = roots.reversed().map {
      IterationRow(iteration: $0, continues: [], isLast: true)
    }
    while let row = pending.popLast() {
      guard seen.insert(row.iteration.id).inserted else { continue }
      rows.append(row)
      let next = children[row.iteration.id] ?? []
      let level = row.iteration.parent == nil || next.count < 2 ? row.continues : row.continues + [!row.isLast]
      for (place, child) in next.enumerated().reversed() {
        pending.append(IterationRow(iteration: child, continues: level, isLast: place == next.count - 1))
      }
    }
    return rows
  }
}
