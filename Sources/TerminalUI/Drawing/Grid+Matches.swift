extension Grid {
  /// Marks every place of an area where a text stands, in any case, row by row.
  package mutating func markMatches(of text: String, in area: Rectangle) {
    let needle = text.lowercased().unicodeScalars.filter { $0.columns > 0 }
    let area = bounds.intersection(area)
    guard !needle.isEmpty, !area.isEmpty else { return }
    for y in area.y..<area.endY {
      // Scalar by scalar: the second columns of wide ones are passed by.
      let cells = Array(row(y))[area.x..<area.endX].enumerated().filter { !$0.element.isContinuation }
      let lowered = cells.map {
        $0.element.scalar.properties.lowercaseMapping.unicodeScalars.first ?? $0.element.scalar
      }
      guard lowered.count >= needle.count else { continue }
      for start in 0...(lowered.count - needle.count)
      where lowered[start..<(start + needle.count)].elementsEqual(needle) {
        let last = cells[start + needle.count - 1]
        let (first, end) = (
          area.x + cells[start].offset, area.x + last.offset + abs(last.element.scalar.columns)
        )
        restyle(Rectangle(x: first, y: y, width: end - first, height: 1).intersection(area)) {
          $0 = .role(.match)
        }
      }
    }
  }
}
