import Testing

import TerminalUI

@Suite struct GridTests {
  @Test func textIsClippedToItsArea() {
    var grid = Grid(width: 10, height: 2)
    grid.write("abcdefgh", x: -2, y: 0)
    grid.write("abcdefgh", x: 1, y: 1, clip: Rectangle(x: 3, y: 1, width: 2, height: 1))
    grid.write("below", x: 0, y: 7)
    #expect(grid.lines == ["cdefgh", "   cd"])
  }

  @Test func wideScalarsTakeTwoColumnsAndNeverHalfOfThemRemains() {
    var grid = Grid(width: 6, height: 1)
    #expect(grid.write("漢字", x: 0, y: 0) == 4)
    #expect(grid.lines == ["漢字"])
    grid.write("x", x: 1, y: 0)
    #expect(grid.lines == [" x字"])
    grid.write("y", x: 2, y: 0)
    #expect(grid.lines == [" xy"])
    grid.write("漢", x: 5, y: 0)
    #expect(grid.lines == [" xy"])
    grid.write("漢", x: 1, y: 0)
    grid.write("字", x: 2, y: 0)
    #expect(grid.lines == ["  字"])
  }

  @Test func controlCharactersCannotReachTheTerminal() {
    var grid = Grid(width: 20, height: 1)
    grid.write("a\u{1b}[2Jb\u{7f}\u{9b}\u{202e}c\u{301}d", x: 0, y: 0)
    #expect(grid.lines == ["a\u{fffd}[2Jb\u{fffd}\u{fffd}cd"])
    for cell in grid.row(0) { #expect(cell.scalar.value >= 0x20) }
  }

  @Test func asciiGridsHoldNothingButASCII() {
    var grid = Grid(width: 30, height: 4, glyphs: .ascii)
    grid.box(grid.bounds, title: "Λ layers → 64×3", note: "−20%")
    grid.write("漢 naïve … ✓", x: 1, y: 1)
    #expect(
      grid.lines == [
        "+ ? layers > 64x3 -----------+", "|? na?ve ~ +                 |",
        "|                            |", "+--------------------- -20% -+",
      ])
  }

  @Test func boxCutsItsTitleAndReturnsItsInside() {
    var grid = Grid(width: 12, height: 3)
    let inside = grid.box(grid.bounds, title: "A very long title", isFocused: true)
    #expect(inside == Rectangle(x: 1, y: 1, width: 10, height: 1))
    #expect(grid.lines[0] == "┌ A very… ─┐")
    #expect(grid.styledSnapshot.hasPrefix("{borderFocused|┌}{title+bold| A very… }"))
    #expect(grid.box(Rectangle(width: 1, height: 1)).isEmpty)
  }

  @Test func alignedTextGetsAnEllipsis() {
    var grid = Grid(width: 8, height: 3)
    grid.write("abc", in: Rectangle(x: 0, y: 0, width: 8, height: 1), alignment: .right)
    grid.write("abcdefghij", in: Rectangle(x: 0, y: 1, width: 8, height: 1))
    grid.write([Span("ab", .kept), Span("cdefghijk", .cut)], in: Rectangle(x: 0, y: 2, width: 8, height: 1))
    #expect(grid.lines == ["     abc", "abcdefg…", "abcdefg…"])
    #expect(grid.styledSnapshot.split(separator: "\n").last == "{kept|ab}{cut|cdefg…}")
  }

  @Test func namesAreCutInTheMiddle() {
    #expect("features.denseblock4.conv2".truncatedInMiddle(toColumns: 13) == "featur….conv2")
    #expect("short".truncatedInMiddle(toColumns: 13) == "short")
    for width in 0...12 { #expect("漢字漢字漢字漢字".truncatedInMiddle(toColumns: width).columns <= width) }
  }

  @Test func sizesAreHeldInBounds() {
    #expect(Grid(width: -1, height: 5).bounds == Rectangle(width: 0, height: 5))
    #expect(Grid(width: .max, height: 1).width == Grid.largestSide)
    var grid = Grid(width: 0, height: 0)
    grid.write("x", x: 0, y: 0)
    grid.fill(Rectangle(x: -5, y: -5, width: 100, height: 100), with: "#")
    #expect(grid.snapshot.isEmpty)
  }

  @Test func noticeOfSmallScreensNamesTheWayOut() {
    var grid = Grid(width: 39, height: 9)
    #expect(grid.isTooSmall)
    grid.drawSizeNotice()
    #expect(grid.snapshot.contains("39×9 is too small") && grid.snapshot.contains("q quits"))
  }
}
