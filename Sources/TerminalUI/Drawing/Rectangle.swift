/// A place on the screen, in columns and rows from the upper left corner.
package struct Point: Hashable, Sendable {
  /// Columns from the left edge.
  package var x: Int
  /// Rows from the upper edge.
  package var y: Int

  /// A point at column `x` of row `y`.
  package init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// An area of whole cells. Its size is never negative: smaller areas than nothing are empty.
package struct Rectangle: Hashable, Sendable {
  /// The leftmost column.
  package var x: Int
  /// The uppermost row.
  package var y: Int
  /// Columns, never negative.
  package var width: Int
  /// Rows, never negative.
  package var height: Int

  /// An area with its upper left corner at (`x`, `y`); negative sizes count as zero.
  package init(x: Int = 0, y: Int = 0, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The column after the last one.
  package var endX: Int { x + width }
  /// The row after the last one.
  package var endY: Int { y + height }
  /// Whether the area holds no cell.
  package var isEmpty: Bool { width == 0 || height == 0 }

  /// Whether the cell at (`x`, `y`) lies inside.
  package func contains(x: Int, y: Int) -> Bool {
    x >= self.x && x < endX && y >= self.y && y < endY
  }

  /// The part that both areas share; empty if they are apart.
  package func intersection(_ other: Rectangle) -> Rectangle {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rectangle(
      x: left, y: top, width: min(endX, other.endX) - left, height: min(endY, other.endY) - top)
  }

  /// The area without a margin on every side, such as the inside of a box.
  package func inset(horizontal: Int = 1, vertical: Int = 1) -> Rectangle {
    Rectangle(
      x: x + min(horizontal, width), y: y + min(vertical, height),
      width: width - 2 * horizontal, height: height - 2 * vertical)
  }

  /// The area of at most `width` × `height` cells in the middle of this one.
  package func centered(width: Int, height: Int) -> Rectangle {
    let width = min(max(0, width), self.width)
    let height = min(max(0, height), self.height)
    return Rectangle(
      x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
  }

  /// The `index`th row as an area of height one; empty if there is none.
  package func row(_ index: Int) -> Rectangle {
    Rectangle(x: x, y: y + index, width: width, height: index >= 0 && index < height ? 1 : 0)
  }

  /// One part of a split.
  package enum Part: Hashable, Sendable {
    /// Exactly this many cells, while there is room.
    case fixed(Int)
    /// A share of what the fixed parts leave, in proportion to the weight, and at least `minimum` cells;
    /// a part for which even the minimum does not fit gets nothing, the last parts first.
    case flexible(weight: Int = 1, minimum: Int = 0)
  }

  /// Areas from left to right, which together fill this one unless all parts are fixed.
  package func split(horizontally parts: [Part], gap: Int = 0) -> [Rectangle] {
    var start = x
    return Self.lengths(of: parts, in: width, gap: gap).map { length in
      defer { start += length > 0 ? length + gap : 0 }
      return Rectangle(x: start, y: y, width: length, height: height)
    }
  }

  /// Areas from top to bottom, which together fill this one unless all parts are fixed.
  package func split(vertically parts: [Part], gap: Int = 0) -> [Rectangle] {
    var start = y
    return Self.lengths(of: parts, in: height, gap: gap).map { length in
      defer { start += length > 0 ? length + gap : 0 }
      return Rectangle(x: x, y: start, width: width, height: length)
    }
  }

  /// How many cells each part gets of `total`. Parts are dropped from the end while the minima do not fit.
  static func lengths(of parts: [Part], in total: Int, gap: Int) -> [Int] {
    let minima = parts.map { part in
      switch part {
      case .fixed(let length): max(0, length)
      case .flexible(_, let minimum): max(0, minimum)
      }
    }
    var kept = parts.count
    func needed(_ count: Int) -> Int {
      minima[..<count].reduce(0, +) + gap * max(0, count - 1)
    }
    while kept > 1, needed(kept) > total { kept -= 1 }

    var lengths = [Int](repeating: 0, count: parts.count)
    guard kept > 0 else { return lengths }
    var remaining = total - gap * (kept - 1)
    var weights = 0
    for index in 0..<kept {
      switch parts[index] {
      case .fixed: lengths[index] = min(minima[index], max(0, remaining))
      case .flexible(let weight, _):
        lengths[index] = min(minima[index], max(0, remaining))
        weights += max(0, weight)
      }
      remaining -= lengths[index]
    }
    // The rest goes out by weight; each share is a share of what is still there, so that no cell is lost.
    for index in 0..<kept {
      guard case .flexible(let weight, _) = parts[index], weight > 0, remaining > 0 else { continue }
      let share = (remaining * weight + weights / 2) / weights
      lengths[index] += share
      remaining -= share
      weights -= weight
    }
    return lengths
  }
}
