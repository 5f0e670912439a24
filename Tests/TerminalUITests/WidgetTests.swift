import Testing

import TerminalUI

@Suite struct TableTests {
  static let columns: [Table.Column] = [
    .init("n", "#", .aligned(.right), minimumWidth: 3),
    .init("name", "LAYER", minimumWidth: 8, idealWidth: 14, isFlexible: true),
    .init("op", "OP", minimumWidth: 4, dropPriority: 2),
    .init("macs", "MACS", .decimal(trailing: 5), minimumWidth: 8, dropPriority: 1),
  ]

  static func table(_ count: Int = 20, sort: Table.Sort? = nil) -> Table {
    let macs = [1_820_000_000.0, 11_700_000, 118_000, 640]
    return Table(columns: columns, rowCount: count, sort: sort, placeholder: "no layers") { index in
      .init(
        [
          .text("\(index)"), .text("layer\(index).conv"), .text("Conv", .dim),
          .text(Quantity.count(macs[index % 4])),
        ], mark: index == 1 ? "*" : " ")
    }
  }

  private func draw(_ table: Table, width: Int, height: Int, _ state: inout ListState) -> Grid {
    var grid = Grid(width: width, height: height)
    table.draw(into: &grid, in: grid.bounds, state: &state)
    return grid
  }

  @Test func rowsLineUpOnTheDecimalPoint() {
    var state = ListState(selected: 2)
    let grid = draw(Self.table(sort: .init(column: "name", isAscending: false)), width: 36, height: 5, &state)
    #expect(
      grid.lines == [
        "    # LAYER ▾          OP       MACS",
        "    0 layer0.conv      Conv   1.82 G",
        " *  1 layer1.conv      Conv  11.7 M",
        "▸   2 layer2.conv      Conv 118 k",
        "    3 layer3.conv      Conv 640",
      ])
    #expect(grid.styledSnapshot.contains("}{dim/selection|Conv}{selection/selection| "))
  }

  @Test func columnsVanishByPriorityOnNarrowTerminals() {
    var state = ListState()
    #expect(draw(Self.table(), width: 24, height: 2, &state).lines[0] == "    # LAYER         MACS")
    #expect(draw(Self.table(), width: 16, height: 2, &state).lines[0] == "    # LAYER")
    #expect(Self.table().slots(width: 0).isEmpty)
  }

  @Test func slotsNeverOverlapNorLeaveTheWidth() {
    for width in 0...120 {
      var end = 2
      for slot in Self.table().slots(width: width) {
        #expect(slot.x >= end && slot.width > 0 && slot.x + slot.width <= width)
        end = slot.x + slot.width + 1
      }
    }
  }

  @Test func selectionStaysVisible() {
    var state = ListState()
    _ = draw(Self.table(), width: 40, height: 6, &state)
    state.move(.last, count: 20, page: 5)
    let grid = draw(Self.table(), width: 40, height: 6, &state)
    #expect(grid.lines.last?.hasPrefix("▸  19") == true)
    #expect(state.offset == 15)
    state.move(.pageUp, count: 20, page: 5)
    #expect(state.selected == 14)
    state.scroll(by: -30, count: 20, page: 5)
    #expect(state.offset == 0 && state.selected == 4)
    _ = draw(Self.table(3), width: 40, height: 6, &state)
    #expect(state.selected == 2 && state.offset == 0)
  }

  @Test func emptyTablesSayWhy() {
    var state = ListState(selected: 9)
    let grid = draw(Self.table(0), width: 30, height: 3, &state)
    #expect(grid.snapshot.contains("no layers"))
    #expect(state.selected == 0)
  }

  @Test func clicksFindRowsAndHeads() {
    var state = ListState(selected: 19)
    _ = draw(Self.table(), width: 36, height: 6, &state)
    let area = Rectangle(width: 36, height: 6)
    #expect(Self.table().hit(x: 8, y: 0, in: area, state: state) == .header("name"))
    #expect(Self.table().hit(x: 30, y: 0, in: area, state: state) == .header("macs"))
    #expect(Self.table().hit(x: 8, y: 1, in: area, state: state) == .row(15))
    #expect(Self.table().hit(x: 8, y: 9, in: area, state: state) == nil)
    #expect(Self.table(2).hit(x: 8, y: 4, in: area, state: .init()) == nil)
  }
}

@Suite struct BarTests {
  private func bar(_ fraction: Double, width: Int = 4, glyphs: Glyphs = .unicode) -> String {
    var grid = Grid(width: width, height: 1, glyphs: glyphs)
    HorizontalBar(fraction).draw(into: &grid, in: grid.bounds)
    return grid.snapshot
  }

  @Test func barsCountEighths() {
    #expect(bar(0) == "")
    #expect(bar(0.001) == "▏")
    #expect(bar(0.5) == "██")
    #expect(bar(0.53125) == "██▏")
    #expect(bar(0.999) == "███▉")
    #expect(bar(1) == "████")
    #expect(bar(7) == "████")
    #expect(bar(.nan) == "")
    #expect(bar(0.5, glyphs: .ascii) == "##..")
  }

  @Test func progressGivesWayToItsTexts() {
    var grid = Grid(width: 30, height: 3)
    ProgressBar(0.5, label: "37/200", note: "ETA 41s").draw(into: &grid, in: grid.bounds.row(0))
    ProgressBar(nil, phase: 3).draw(into: &grid, in: grid.bounds.row(1))
    ProgressBar(0.5, label: "37/200", note: "ETA 41s").draw(
      into: &grid, in: Rectangle(x: 0, y: 2, width: 16, height: 1))
    #expect(
      grid.lines == ["37/200 ▕██████▌      ▏ ETA 41s", "▕   ███████                  ▏", "37/200 ETA 41s"])
  }

  @Test func sparklineShowsTheLastValues() {
    var grid = Grid(width: 4, height: 1)
    Sparkline([9, 0, 1, .nan, 2]).draw(into: &grid, in: grid.bounds)
    #expect(grid.snapshot == "▁▅ █")
    Sparkline([]).draw(into: &grid, in: grid.bounds)
  }
}

@Suite struct PlotTests {
  @Test func lineRunsFromCornerToCorner() {
    var grid = Grid(width: 20, height: 7)
    Plot([.init("", [.init(0, 0), .init(1, 1)])], xTitle: "x").draw(into: &grid, in: grid.bounds)
    #expect(grid.lines[0].hasPrefix("1.00 │") && grid.lines[0].hasSuffix("⠊") || grid.lines[0].hasSuffix("⠉"))
    #expect(grid.lines[2].hasPrefix("0.50 │"))
    #expect(grid.lines[4].hasPrefix("0.00 │⣀") || grid.lines[4].hasPrefix("0.00 │⡠"))
    #expect(grid.lines[5] == "     └──────────────")
    #expect(grid.lines[6] == "      0.00  x   1.00")
  }

  @Test func asciiPlotsUseMarks() {
    var grid = Grid(width: 8, height: 3, glyphs: .ascii)
    Plot([.init("", [.init(0, 0), .init(7, 2)], kind: .scatter)]).draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["       *", "", "*"])
  }

  @Test func oddValuesAreDrawnSomehow() {
    var grid = Grid(width: 40, height: 12)
    Plot([.init("", [])]).draw(into: &grid, in: grid.bounds)
    #expect(grid.snapshot.contains("no data yet"))
    Plot([.init("", [.init(1, 1)])]).draw(into: &grid, in: grid.bounds)
    Plot([.init("", [.init(.nan, 1), .init(2, .infinity), .init(3, 4), .init(3, -.greatestFiniteMagnitude)])])
      .draw(into: &grid, in: grid.bounds)
    Plot([.init("", [.init(0, 0), .init(1, 1)])]).draw(into: &grid, in: Rectangle(width: 1, height: 1))
  }
}

@Suite struct HeatMapTests {
  let map = HeatMap(rows: 3, columns: 2, values: [1, -1, 0, 0.5, -0.5])

  @Test func halvesAreBlendsOfTheThemesColours() {
    var grid = Grid(width: 4, height: 2)
    #expect(map.size(on: grid) == (2, 2))
    map.draw(into: &grid, in: grid.bounds)
    #expect(
      grid.styledSnapshot == """
        {heatMiddle~heatHigh:255/heatMiddle~heatHigh:0|▀}{heatMiddle~heatLow:255/heatMiddle~heatHigh:127|▀}
        {heatMiddle~heatLow:127|▀}{heatMiddle~heatHigh:0|▀}
        """)
  }

  @Test func withoutColoursSignAndShadeTellTheValue() {
    var grid = Grid(width: 4, height: 3, depth: .mono)
    #expect(map.size(on: grid) == (4, 3))
    map.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["+█-█", "  +▒", "-▒"])
  }
}

@Suite struct ScrollTextTests {
  @Test func linesBreakBetweenWordsAndKeepTheirIndent() {
    let rows = ScrollText.wrap([Span("  alpha beta", .kept), Span(" gamma", .cut)], width: 9).map(\.text)
    #expect(rows == ["  alpha", "  beta", "  gamma"])
    #expect(ScrollText.wrap([Span("abcdefghij")], width: 4).map(\.text) == ["abcd", "efgh", "ij"])
    for width in 0...20 {
      for row in ScrollText.wrap([Span("漢字 und ein langes Wort")], width: width) where width > 1 {
        #expect(row.columns <= width)
      }
    }
  }

  @Test func followingTheEndStopsWhenTheUserMovesUp() {
    var text = ScrollText((1...20).map { [Span("line \($0)")] }, followsEnd: true)
    var grid = Grid(width: 10, height: 3)
    text.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["line 18", "line 19", "line 20"])
    text.move(.up)
    text.lines.append([Span("line 21")])
    grid = Grid(width: 10, height: 3)
    text.draw(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["line 17", "line 18", "line 19"])
    #expect(text.position == "17–19/21")
    text.move(.last)
    #expect(text.followsEnd)
  }

  @Test func searchMarksAndFinds() {
    var text = ScrollText((1...20).map { [Span("line \($0)")] }, search: "LINE 1")
    var grid = Grid(width: 10, height: 3)
    text.draw(into: &grid, in: grid.bounds)
    #expect(grid.styledSnapshot.hasPrefix("{match|line 1}"))
    let found = text.find(width: 10)
    #expect(found)
    #expect(text.offset == 9)
    text.search = "nowhere"
    let foundNowhere = text.find(width: 10)
    #expect(!foundNowhere)
  }
}

@Suite struct StatusLineTests {
  @Test func severityIsToldByAMarkToo() {
    var grid = Grid(width: 20, height: 1)
    StatusLine("lost", .error).draw(into: &grid, in: grid.bounds)
    #expect(grid.styledSnapshot == "{error|✗ lost}")
  }

  @Test func toastStandsInTheCorner() {
    var grid = Grid(width: 20, height: 4)
    StatusLine("saved", .success).drawToast(into: &grid, in: grid.bounds)
    #expect(grid.lines == ["        ┌──────────┐", "        │ ✓ saved  │", "        └──────────┘", ""])
  }
}
