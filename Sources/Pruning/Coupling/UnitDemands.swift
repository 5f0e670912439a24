/// What each unit takes from which layer, laid out flat: it is walked for every unit at every key.
struct UnitDemands {
  /// By unit: whether it cannot go.
  let isFrozen: [Bool]
  /// By unit: its kernels, over all layers.
  let sizes: [Int]
  /// Units that can go, those of the most kernels first, then by number.
  let largestFirst: [Int]
  private let starts: [Int]
  private let layers: [Int32]
  private let counts: [Int32]

  init(_ units: [KernelUnit]) {
    isFrozen = units.map { $0.freezeReason != nil }
    sizes = units.map(\.kernels.count)
    let bySize = Dictionary(grouping: units.indices.filter { units[$0].freezeReason == nil }) {
      units[$0].kernels.count
    }
    largestFirst = bySize.sorted { $0.key > $1.key }.flatMap(\.value)
    var starts = [0]
    var layers: [Int32] = []
    var counts: [Int32] = []
    for unit in units {
      // The kernels of a unit stand by layer.
      for kernel in unit.kernels {
        if layers.count > starts[starts.count - 1], layers[layers.count - 1] == Int32(kernel.layer) {
          counts[counts.count - 1] += 1
        } else {
          layers.append(Int32(kernel.layer))
          counts.append(1)
        }
      }
      starts.append(layers.count)
    }
    (self.starts, self.layers, self.counts) = (starts, layers, counts)
  }

  /// Whether something holds for every layer of a unit and the number of kernels that it takes there.
  @inline(__always)
  func allSatisfy(_ unit: Int, _ condition: (_ layer: Int, _ kernels: Int) -> Bool) -> Bool {
    for index in starts[unit]..<starts[unit + 1]
    where !condition(Int(layers[index]), Int(counts[index])) { return false }
    return true
  }

  /// Does something for every layer of a unit.
  @inline(__always)
  func forEach(_ unit: Int, _ body: (_ layer: Int, _ kernels: Int) -> Void) {
    for index in starts[unit]..<starts[unit + 1] { body(Int(layers[index]), Int(counts[index])) }
  }
}
