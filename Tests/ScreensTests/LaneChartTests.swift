import Screens
import TerminalUI
import Testing

/// Lanes beside rows.
@Suite struct LaneChartTests {
  /// Rows of layers by what each reads, and what comes together at it; what comes of a layer has its number.
  private struct Sketch {
    private(set) var rows: [LaneChart.Row] = []
    private var next = 10_000

    /// Adds a layer; returns what comes of it.
    mutating func layer(_ source: Int?) -> Int {
      let own = rows.count
      rows.append(LaneChart.Row(reads: source.map { [$0] } ?? [], makes: [own], source: source, own: own))
      return own
    }

    /// Has outputs come together at the last row; returns what comes of that.
    mutating func join(_ nets: [Int]) -> Int {
      let (row, join) = (rows.count - 1, next)
      next += 1
      rows[row].reads += nets.filter { $0 != row }
      rows[row].makes.append(join)
      return join
    }
  }

  /// The nets that a picture shows, each as the rows at which it is touched: what is read off the cells alone.
  private func traced(_ chart: LaneChart) -> [Set<Int>] {
    var nets: [Set<Int>] = []
    for lane in 0..<chart.lanes {
      var current: Set<Int>?
      for (row, cells) in chart.cells.enumerated() {
        let cell = cells[lane]
        #expect(cell.up == nil || current != nil, "a line comes from nowhere")
        if cell.up != nil, cell.isTouched { current?.insert(row) }
        if cell.down != cell.up || cell.down == nil {
          if let current { nets.append(current) }
          current = cell.down == nil ? nil : [row]
        }
        let next = row + 1 < chart.cells.count ? chart.cells[row + 1][lane].up : nil
        #expect(next == cell.down, "a line is cut")
      }
      #expect(current == nil, "a line ends nowhere")
    }
    return nets
  }

  /// What rows say: of each net, the rows at which it is made or read.
  private func wanted(_ rows: [LaneChart.Row], without hidden: Set<Int> = []) -> [Set<Int>] {
    var nets: [Int: Set<Int>] = [:]
    for (index, row) in rows.enumerated() {
      for net in row.reads + row.makes where !hidden.contains(net) { nets[net, default: []].insert(index) }
    }
    return nets.values.filter { $0.count > 1 }
  }

  private func check(_ rows: [LaneChart.Row], width: Int = .max, _ name: Comment? = nil) {
    let chart = LaneChart(rows, width: width)
    #expect(chart.cells.count == rows.count, name)
    #expect(chart.width <= max(1 + chart.countColumns, width), name)
    let order: (Set<Int>, Set<Int>) -> Bool = { $0.sorted().lexicographicallyPrecedes($1.sorted()) }
    #expect(
      traced(chart).sorted(by: order) == wanted(rows, without: chart.hidden).sorted(by: order), name)
    for (index, cells) in chart.cells.enumerated() {
      #expect(cells.count(where: \.isNode) == (rows[index].hasNode ? 1 : 0), name)
      // Lines across reach from what stands at the row to all that is touched there, and no further.
      let ends = cells.indices.filter { cells[$0].isTouched || cells[$0].isNode }
      let across = cells.indices.filter { cells[$0].left || cells[$0].right }
      if !chart.touchesBundle[index] {
        #expect(across.isEmpty || across.first == ends.first && across.last == ends.last, name)
      }
      let known = Set(rows[index].reads + rows[index].makes)
      for cell in cells where cell.isTouched {
        #expect([cell.up, cell.down].contains { $0.map(known.contains) ?? false }, name)
      }
      let running = wantedCount(rows, at: index, in: chart.hidden)
      #expect(chart.bundled[index] == running, name)
    }
  }

  private func wantedCount(_ rows: [LaneChart.Row], at row: Int, in hidden: Set<Int>) -> Int {
    hidden.count { net in
      let touched = rows.indices.filter { rows[$0].reads.contains(net) || rows[$0].makes.contains(net) }
      guard let first = touched.first, let last = touched.last else { return false }
      return first <= row && row <= last
    }
  }

  private func text(_ rows: [LaneChart.Row], width: Int = .max, glyphs: Glyphs = .unicode) -> [String] {
    let chart = LaneChart(rows, width: width)
    return rows.indices.map { row in
      let joins = rows[row].makes.contains { $0 >= 10_000 }
      let node = joins ? glyphs.junction : glyphs.stop
      return chart.spans(row, LaneChart.Look(glyphs: glyphs, node: node)).text
    }
  }

  private func residual() -> [LaneChart.Row] {
    var sketch = Sketch()
    var stream = sketch.layer(nil)
    for block in 0..<3 {
      let first = sketch.layer(stream)
      let second = sketch.layer(first)
      // The second block's shortcut is a layer.
      let shortcut = block == 1 ? sketch.layer(stream) : stream
      stream = sketch.join([second, shortcut])
    }
    _ = sketch.layer(stream)
    return sketch.rows
  }

  @Test func shortcutsRunBesideTheirBlocks() {
    #expect(text(residual()) == ["● ", "├●", "├◆", "├●", "│●", "◆┘", "├●", "├◆", "● "])
    #expect(text(residual(), glyphs: .ascii) == ["o ", "+o", "+@", "+o", "|o", "@+", "+o", "+@", "o "])
    check(residual())
  }

  @Test func aChainIsOneLane() {
    var sketch = Sketch()
    var last: Int?
    for _ in 0..<300 { last = sketch.layer(last) }
    #expect(LaneChart(sketch.rows).lanes == 1)
    check(sketch.rows)
  }

  private func inception() -> [LaneChart.Row] {
    var sketch = Sketch()
    let stem = sketch.layer(nil)
    let one = sketch.layer(stem)
    let three = sketch.layer(sketch.layer(stem))
    let five = sketch.layer(sketch.layer(stem))
    let pool = sketch.layer(stem)
    _ = sketch.layer(sketch.join([one, three, five, pool]))
    return sketch.rows
  }

  @Test func branchesCrossAndComeTogether() {
    #expect(
      text(inception()) == ["●   ", "├●  ", "├┼● ", "││● ", "├┼┼●", "│││●", "◆┴┴┘", "●   "])
    check(inception())
  }

  /// Each layer of a dense block reads all before it: what has no lane is counted.
  private func dense(_ count: Int) -> [LaneChart.Row] {
    var sketch = Sketch()
    var features = [sketch.layer(nil)]
    var joined = features[0]
    for _ in 0..<count {
      features.append(sketch.layer(joined))
      joined = sketch.join(features)
    }
    _ = sketch.layer(joined)
    return sketch.rows
  }

  @Test func tooManyLanesAreCounted() {
    let rows = dense(12)
    #expect(LaneChart(rows).lanes == 13)
    for width in 2...14 { check(rows, width: width, "\(width)") }
    let narrow = text(rows, width: 4)
    #expect(narrow.allSatisfy { $0.columns == 4 })
    #expect(narrow[1] == "├◆─1" && narrow[8] == "├◆─8" || narrow[8] == "├◆ 8", "\(narrow)")
    #expect(LaneChart(dense(120), width: 4).countColumns == 3)
    check(dense(120), width: 4)
  }

  /// Skips of an encoder to its decoder, nested in each other.
  @Test func nestedSkips() {
    var sketch = Sketch()
    var (stream, skips) = (sketch.layer(nil), [Int]())
    for _ in 0..<5 {
      stream = sketch.layer(stream)
      skips.append(stream)
      stream = sketch.layer(stream)
    }
    while let skip = skips.popLast() {
      stream = sketch.layer(stream)
      stream = sketch.layer(sketch.join([stream, skip]))
    }
    for width in [2, 3, 4, 5, 6, 8, .max] { check(sketch.rows, width: width, "\(width)") }
    #expect(LaneChart(sketch.rows).lanes == 6)
  }

  /// Branches of several resolutions that are all summed into each other, 300 layers deep.
  @Test func exchangesOfManyBranches() {
    var sketch = Sketch()
    let stem = sketch.layer(nil)
    var branches = (0..<4).map { _ in sketch.layer(stem) }
    while sketch.rows.count < 300 {
      branches = branches.map { branch in sketch.layer(sketch.layer(branch)) }
      branches = (0..<4).map { target in
        let parts = branches.map { sketch.layer($0) }
        _ = target
        return sketch.join(parts)
      }
    }
    _ = branches.map { sketch.layer($0) }
    for width in [2, 4, 8, 12, .max] { check(sketch.rows, width: width, "\(width)") }
    let clock = ContinuousClock()
    let time = clock.measure { _ = LaneChart(sketch.rows, width: 4) }
    #expect(time < .seconds(1), "it is laid out once a network; a frame only reads it")
  }

  /// Any rows, in any order: readers may stand above what they read, and rows may only be passed.
  @Test func anyRows() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<400 {
      let count = Int.random(in: 1...30, using: &generator)
      var rows = (0..<count).map { _ in LaneChart.Row.passage }
      let places = rows.indices.filter { _ in Int.random(in: 0..<8, using: &generator) > 0 }
      for row in places {
        let source = Int.random(in: -1..<count, using: &generator)
        let known = source >= 0 && source != row && places.contains(source) ? source : nil
        rows[row] = LaneChart.Row(reads: known.map { [$0] } ?? [], makes: [row], source: known, own: row)
      }
      for join in 0..<Int.random(in: 0...6, using: &generator) where !places.isEmpty {
        let row = places.randomElement(using: &generator)!
        for other in places where other != row && Int.random(in: 0..<6, using: &generator) == 0 {
          if !rows[row].reads.contains(other) { rows[row].reads.append(other) }
        }
        rows[row].makes.append(1000 + join)
        for reader in places where reader != row && Int.random(in: 0..<10, using: &generator) == 0 {
          rows[reader].reads.append(1000 + join)
        }
      }
      for width in [2, 3, 4, 7, .max] { check(rows, width: width, "\(rows)") }
    }
  }
}
