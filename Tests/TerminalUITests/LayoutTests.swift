import Testing

import TerminalUI

@Suite struct LayoutTests {
  @Test func flexiblePartsShareWhatFixedPartsLeave() {
    let parts = Rectangle(width: 80, height: 24).split(horizontally: [
      .fixed(10), .flexible(weight: 2), .flexible(),
    ])
    #expect(parts.map(\.width) == [10, 47, 23])
    #expect(parts.map(\.x) == [0, 10, 57])
  }

  @Test func lastPartsAreDroppedWhenMinimaDoNotFit() {
    let area = Rectangle(width: 80, height: 12)
    let parts = area.split(vertically: [.fixed(2), .flexible(minimum: 8), .flexible(minimum: 6)])
    #expect(parts.map(\.height) == [2, 10, 0])
  }

  @Test func splitsNeverLeaveTheirAreaNorOverlap() {
    var generator = SplitMix(seed: 1)
    for _ in 0..<2_000 {
      let area = Rectangle(x: 3, y: 4, width: Int.random(in: 0...60, using: &generator), height: 5)
      let parts: [Rectangle.Part] = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        Bool.random(using: &generator)
          ? .fixed(Int.random(in: 0...20, using: &generator))
          : .flexible(
            weight: Int.random(in: 0...3, using: &generator),
            minimum: Int.random(in: 0...20, using: &generator))
      }
      let gap = Int.random(in: 0...2, using: &generator)
      var end = area.x
      for part in area.split(horizontally: parts, gap: gap) where part.width > 0 {
        #expect(part.x >= end && part.endX <= area.endX, "\(area.width) \(parts) \(gap)")
        end = part.endX
      }
    }
  }

  @Test func negativeSizesAreEmpty() {
    #expect(Rectangle(width: -4, height: 2).isEmpty)
    #expect(Rectangle(width: 1, height: 1).inset().isEmpty)
    #expect(Rectangle(width: 5, height: 5).intersection(Rectangle(x: 9, y: 9, width: 2, height: 2)).isEmpty)
  }
}

/// Steele, Lea and Flood's generator: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
