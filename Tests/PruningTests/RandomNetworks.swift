import Graph
import TestSupport

/// Networks of random structure, the same for the same seed: blocks that follow each other, add up, are put side
/// by side, split and shuffled.
enum RandomNetworks {
  static func network(seed: UInt64) -> Network {
    var b = NetworkBuilder(opset: 21, seed: seed)
    var numbers = RandomNumbers(seed: seed &* 977)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &numbers) }
    var channels = pick(3...12)
    var x = b.block(b.input("x", [1, 3, 6, 6]), 3, channels, "stem")
    for block in 0..<pick(3...7) {
      let name = "b\(block)"
      switch pick(0...8) {
      case 0:
        let width = pick(2...12)
        x = b.block(x, channels, width, name, kernel: pick(0...1) * 2 + 1)
        channels = width
      case 1:
        let inner = pick(2...9)
        let branch = b.block(x, channels, inner, "\(name).in", kernel: 1)
        x = b.node("Relu", b.node("Add", x, b.conv(branch, inner, channels, "\(name).out")))
      case 2:
        let grown = pick(1...5)
        x = b.nodes("Concat", [x, b.block(x, channels, grown, name)], ["axis": .int(1)], outputs: 1)[0]
        channels += grown
      case 3:
        x = b.node("Relu", b.conv(x, channels, channels, "\(name).depthwise", groups: channels))
      case 4:
        let half = pick(1...max(1, channels - 1))
        guard half < channels else { continue }
        let parts = b.nodes(
          "Split", [x, b.constant("\(name).sizes", Tensor([half, channels - half]))], ["axis": .int(1)],
          outputs: 2)
        let left = b.block(parts[0], half, half, "\(name).left")
        x = b.nodes("Concat", [parts[1], left], ["axis": .int(1)], outputs: 1)[0]
      case 5:
        let width = 2 * pick(2...5)
        let wide = b.block(x, channels, width, "\(name).wide", kernel: 1)
        x = b.node("Relu", b.conv(wide, width, width, "\(name).grouped", groups: 2))
        channels = width
      case 6:
        guard channels % 2 == 0 else { continue }
        x = b.shuffle(x, channels, groups: 2, 6)
      case 7:
        guard let groups = [3, 2].first(where: { channels % $0 == 0 && channels > $0 }) else { continue }
        let parameters = (b.constant("\(name).scale", [channels]), b.constant("\(name).shift", [channels]))
        x = b.node(
          "GroupNormalization", x, parameters.0, parameters.1, attributes: ["num_groups": .int(groups)])
      default:
        let small = pick(1...4)
        let pooled = b.node("GlobalAveragePool", x)
        let reduced = b.node("Relu", b.conv(pooled, channels, small, "\(name).reduce", kernel: 1))
        x = b.node("Mul", x, b.node("Sigmoid", b.conv(reduced, small, channels, "\(name).gate", kernel: 1)))
      }
    }
    b.head(x, channels)
    return b.network
  }
}
