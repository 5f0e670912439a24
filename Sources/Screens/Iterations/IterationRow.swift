package import TerminalUI

/// A row of the sheet of iterations, or of their tree.
package struct IterationRow: Sendable, Hashable {
  package let iteration: IterationSummary
  /// For each branch that it lies in: whether the branch's siblings go on below.
  package let continues: [Bool]
  /// Whether its parent has other children, so that a branch begins here.
  package let isBranch: Bool
  /// Whether it is the last child of its parent.
  package let isLast: Bool

  /// The lines before the title.
  package func branch(_ glyphs: Glyphs) -> String {
    var scalars = String.UnicodeScalarView()
    for goesOn in continues { scalars.append(contentsOf: [goesOn ? glyphs.vertical : " ", " ", " "]) }
    if isBranch {
      scalars.append(contentsOf: [isLast ? glyphs.bottomLeft : glyphs.teeLeft, glyphs.horizontal, " "])
    }
    return String(scalars)
  }
}

extension IterationsScreen {
  /// The rows from top to bottom: sorted as was asked for, or as the tree.
  static func rows(_ state: ProgramState) -> [IterationRow] { rows(of: state.engine, state.iterations) }

  /// The rows that the iterations of a snapshot have.
  static func rows(of snapshot: SessionSnapshot, _ place: IterationsState) -> [IterationRow] {
    guard let sort = place.sort else { return tree(of: snapshot.iterations) }
    return IterationSheet(snapshot).sorted(by: sort, ascending: place.isAscending).map {
      IterationRow(iteration: $0, continues: [], isBranch: false, isLast: true)
    }
  }

  /// The tree of iterations from top to bottom.
  ///
  /// An only child stands right below its parent, so that a long row of prunes does not walk off to the
  /// right; only branches are indented.
  private static func tree(of iterations: [IterationSummary]) -> [IterationRow] {
    let known = Set(iterations.map(\.id))
    var children: [Int: [IterationSummary]] = [:]
    var roots: [IterationSummary] = []
    for iteration in iterations {
      if let parent = iteration.parent, parent != iteration.id, known.contains(parent) {
        children[parent, default: []].append(iteration)
      } else {
        roots.append(iteration)
      }
    }
    var rows: [IterationRow] = []
    var seen = Set<Int>()
    var pending: [IterationRow] = roots.reversed().map {
      IterationRow(iteration: $0, continues: [], isBranch: false, isLast: true)
    }
    while let row = pending.popLast() {
      guard seen.insert(row.iteration.id).inserted else { continue }
      rows.append(row)
      let next = children[row.iteration.id] ?? []
      let level = row.continues + (row.isBranch ? [!row.isLast] : [])
      for (index, child) in next.enumerated().reversed() {
        pending.append(
          IterationRow(
            iteration: child, continues: level, isBranch: next.count > 1, isLast: index == next.count - 1))
      }
    }
    return rows
  }
}
