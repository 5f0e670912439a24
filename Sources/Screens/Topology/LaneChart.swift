internal import Graph

/// Lanes beside rows, in which it is drawn what runs from row to row.
///
/// What runs is a net: it is made at one row, read at others, and keeps to one lane between the first and the last of them.
/// Within a row what ends comes before what begins, so that one lane can hold both. Where there are more nets than lanes, those
/// that run furthest lose theirs and are only counted.
///
///     var chart = LaneChart(rows, width: 4)
package struct LaneChart: Sendable, Hashable {
  /// What runs to a row and from it.
  package struct Row: Sendable, Hashable {
    /// The nets that come in.
    package var reads: [Int]
    /// The nets that go out.
    package var makes: [Int]
    /// The one that comes to the row itself, where others only join what it makes.
    package var source: Int?
    /// The one that comes from the row itself.
    package var own: Int?
    /// Whether something stands there; elsewhere lanes only pass.
    package var hasNode: Bool

    /// A row that lanes only pass.
    package static let passage = Row(reads: [], makes: [], source: nil, own: nil, hasNode: false)

    /// A row at which something stands.
    package init(reads: [Int], makes: [Int], source: Int?, own: Int?) {
      self.init(reads: reads, makes: makes, source: source, own: own, hasNode: true)
    }

    private init(reads: [Int], makes: [Int], source: Int?, own: Int?, hasNode: Bool) {
      (self.reads, self.makes, self.source, self.own, self.hasNode) = (reads, makes, source, own, hasNode)
    }
  }

  /// What a lane shows at a row.
  package struct Cell: Sendable, Hashable {
    /// The nets that leave the cell by its upper and by its lower edge.
    package var up: Int?
    package var down: Int?
    /// Whether a line leaves it to the left, or to the right.
    package var left = false
    package var right = false
    /// Whether the row itself stands here.
    package var isNode = false
    /// Whether what runs here begins, ends or is read at the row; otherwise the line across passes by.
    package var isTouched = false

    /// Whether nothing is drawn here.
    package var isBlank: Bool { self == Cell() }
  }

  /// The lanes of each row.
  package private(set) var cells: [[Cell]] = []
  /// How many lanes there are.
  package private(set) var lanes = 0
  /// By row: nets without a lane that run there.
  package private(set) var bundled: [Int] = []
  /// By row: whether one of them begins, ends or is read there.
  package private(set) var touchesBundle: [Bool] = []
  /// The nets without a lane.
  package private(set) var hidden: Set<Int> = []

  /// The columns of the number of nets that have no lane; 0 where all have one.
  package var countColumns: Int { bundled.max().map { $0 > 0 ? String($0).count : 0 } ?? 0 }

  /// The columns that all of it takes, a cell a lane.
  package var width: Int { lanes + countColumns }

  /// Lays lanes out beside rows, in at most so many columns; one lane and the number of nets without one in any case.
  package init(_ rows: [Row], width: Int = .max) {
    let spans = Self.spans(of: rows)
    self.init(rows, spans, hidden: [])
    guard self.width > width else { return }
    // The number takes columns too: one more where more are counted.
    for columns in 1...max(1, width - 1) {
      let room = max(1, width - columns)
      self.init(rows, spans, hidden: Self.netsWithoutLane(rows, spans, lanes: room))
      if self.width <= width { return }
    }
  }

  // MARK: Spans

  /// The rows that each net runs over; nets that no other row knows of do not run.
  private static func spans(of rows: [Row]) -> [Int: ClosedRange<Int>] {
    var spans: [Int: ClosedRange<Int>] = [:]
    for (index, row) in rows.enumerated() {
      for net in row.reads + row.makes {
        spans[net] = (spans[net]?.lowerBound ?? index)...index
      }
    }
    return spans.filter { $0.value.count > 1 }
  }

  /// The nets that have to do without a lane, so that the others have room: whenever there are too many, the one that runs
  /// furthest.
  private static func netsWithoutLane(
    _ rows: [Row], _ spans: [Int: ClosedRange<Int>], lanes: Int
  ) -> Set<Int> {
    var hidden: Set<Int> = []
    var running: [Int: Int] = [:]
    func dropFurthest() {
      guard let net = running.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else { return }
      running[net] = nil
      hidden.insert(net)
    }
    for (index, row) in rows.enumerated() {
      func needsCell() -> Bool {
        guard row.hasNode else { return false }
        if let own = row.own, running[own] != nil { return false }
        return row.source.map { running[$0] != index } ?? true
      }
      while !running.isEmpty, running.count + (needsCell() ? 1 : 0) > lanes { dropFurthest() }
      running = running.filter { $0.value > index }
      for net in Set(row.reads + row.makes) {
        guard let span = spans[net], span.lowerBound == index else { continue }
        running[net] = span.upperBound
      }
      while running.count > lanes { dropFurthest() }
    }
    return hidden
  }

  // MARK: Lanes

  private init(_ rows: [Row], _ spans: [Int: ClosedRange<Int>], hidden: Set<Int>) {
    self.hidden = hidden
    let visible = spans.filter { !hidden.contains($0.key) }
    var running: [Int?] = []
    for (index, row) in rows.enumerated() {
      let layout = Self.place(row, at: index, visible, running)
      cells.append(layout.cells)
      running = layout.running
      let counted = hidden.filter { spans[$0]?.contains(index) ?? false }
      bundled.append(counted.count)
      touchesBundle.append((row.reads + row.makes).contains(where: counted.contains))
    }
    lanes = cells.reduce(0) { max($0, $1.count) }
    for index in cells.indices {
      let missing = lanes - cells[index].count
      cells[index] += Array(repeating: Cell(), count: missing)
      if touchesBundle[index] { reachBundle(index) }
    }
  }

  /// Draws a line from what stands at a row to the number at its right.
  private mutating func reachBundle(_ row: Int) {
    guard let node = cells[row].firstIndex(where: \.isNode) else { return }
    for lane in node..<lanes {
      if lane > node { cells[row][lane].left = true }
      cells[row][lane].right = true
    }
  }

  /// The cells of a row below lanes in which nets run, and the lanes below it.
  private static func place(
    _ row: Row, at index: Int, _ spans: [Int: ClosedRange<Int>], _ above: [Int?]
  ) -> (cells: [Cell], running: [Int?]) {
    let touched = Set(row.reads + row.makes).filter { spans[$0] != nil }
    var below = above.map { net in net.flatMap { (spans[$0]?.upperBound ?? index) > index ? $0 : nil } }
    func firstFree(from start: Int = 0) -> Int? {
      (start..<max(start, below.count)).first { below[$0] == nil && (above[safe: $0] ?? nil) == nil }
    }
    var node: Int?
    if row.hasNode {
      let source = row.source.flatMap { above.firstIndex(of: $0) }
      if let own = row.own.flatMap({ above.firstIndex(of: $0) }) {
        node = own
      } else if let source, below[source] == nil {
        node = source
      } else {
        node = firstFree(from: (source ?? -1) + 1) ?? firstFree() ?? below.count
      }
    }
    func put(_ net: Int, in lane: Int) {
      while below.count <= lane { below.append(nil) }
      below[lane] = net
    }
    // The row's own goes on below it; what is joined there goes on in the leftmost lane that ends.
    let starting = touched.filter { spans[$0]?.lowerBound == index && !above.contains($0) }
    let own = row.own.flatMap { starting.contains($0) ? $0 : nil }
    if let own, let node { put(own, in: node) }
    for net in starting.sorted() where net != own {
      let ending = above.indices.first { lane in
        below[lane] == nil && (above[lane].map(touched.contains) ?? false)
      }
      let candidates = [ending, node.flatMap { (below[safe: $0] ?? nil) == nil ? $0 : nil }].compactMap { $0 }
      put(net, in: candidates.min() ?? firstFree() ?? max(below.count, (node ?? -1) + 1))
    }
    let count = max(above.count, below.count, (node ?? -1) + 1)
    var cells = (0..<count).map { lane -> Cell in
      let (up, down) = (above[safe: lane] ?? nil, below[safe: lane] ?? nil)
      var cell = Cell(up: up, down: down)
      cell.isNode = lane == node
      cell.isTouched = [up, down].contains { $0.map(touched.contains) ?? false }
      return cell
    }
    let ends = cells.indices.filter { cells[$0].isTouched || cells[$0].isNode }
    if let first = ends.first, let last = ends.last, first < last {
      for lane in first...last {
        cells[lane].left = lane > first
        cells[lane].right = lane < last
      }
    }
    while cells.last?.isBlank == true { cells.removeLast() }
    while let last = below.last, last == nil { below.removeLast() }
    return (cells, below)
  }
}
