import Graph
import Testing

@Suite struct MovementTests {
  /// Where each output element of some movements comes from.
  private func sources(_ movements: [Movement], _ shape: [Int]) -> [Int] {
    movements.apply(to: Array(0..<shape.elementCount), shape: shape, fill: { Int($0) })
  }

  @Test func channelShuffleInterleavesTheGroups() {
    let shuffle: [Movement] = [.reshape([2, 3]), .permute([1, 0]), .reshape([6])]
    #expect(sources(shuffle, [6]) == [0, 3, 1, 4, 2, 5])
  }

  @Test func narrowRunsBackwards() {
    #expect(sources([.narrow(axis: 1, start: 3, count: 2, step: -2)], [2, 4]) == [3, 1, 7, 5])
  }

  @Test func expandRepeatsFromTheRight() {
    #expect(sources([.expand([2, 2, 3])], [2, 1]) == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1])
  }

  @Test func tileRepeatsWholeAxes() {
    #expect(sources([.tile([2, 2])], [1, 2]) == [0, 1, 0, 1, 0, 1, 0, 1])
  }

  @Test(arguments: [
    (Movement.PadMode.constant(9), [9, 9, 0, 1, 2, 9]), (.edge, [0, 0, 0, 1, 2, 2]),
    (.reflect, [2, 1, 0, 1, 2, 1]), (.wrap, [1, 2, 0, 1, 2, 0]),
  ]) func padModes(mode: Movement.PadMode, expected: [Int]) {
    #expect(sources([.pad(before: [2], after: [1], mode: mode)], [3]) == expected)
  }

  @Test func negativePadsCrop() {
    #expect(sources([.pad(before: [-1], after: [1], mode: .constant(7))], [3]) == [1, 2, 7])
    #expect(sources([.pad(before: [1], after: [-2], mode: .edge)], [4]) == [0, 0, 1])
  }

  @Test func padsOfTwoAxesMeetInTheCorners() {
    let expected = [3, 2, 3, 2, 1, 0, 1, 0, 3, 2, 3, 2, 1, 0, 1, 0]
    #expect(sources([.pad(before: [1, 1], after: [1, 1], mode: .reflect)], [2, 2]) == expected)
  }

  @Test func emptyExtentsMoveNothing() {
    #expect(sources([.narrow(axis: 0, start: 0, count: 0, step: 1)], [3]) == [])
    #expect(sources([.permute([1, 0])], [0, 3]) == [])
  }
}
