/// What each atom takes from which layer, laid out flat: it is walked for every atom at every key.
struct AtomDemands {
  /// By atom: whether it cannot go.
  let isPinned: [Bool]
  /// By atom: its kernels, over all layers.
  let sizes: [Int]
  /// Atoms that can go, those of the most kernels first, then by number.
  let largestFirst: [Int]
  private let starts: [Int]
  private let layers: [Int32]
  private let counts: [Int32]

  init(_ atoms: [Atom]) {
    isPinned = atoms.map { $0.pin != nil }
    sizes = atoms.map(\.kernels.count)
    let bySize = Dictionary(grouping: atoms.indices.filter { atoms[$0].pin == nil }) {
      atoms[$0].kernels.count
    }
    largestFirst = bySize.sorted { $0.key > $1.key }.flatMap(\.value)
    var starts = [0]
    var layers: [Int32] = []
    var counts: [Int32] = []
    for atom in atoms {
      // The kernels of an atom stand by layer.
      for kernel in atom.kernels {
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

  /// Whether something holds for every layer of an atom and the number of kernels that it takes there.
  @inline(__always)
  func allSatisfy(_ atom: Int, _ condition: (_ layer: Int, _ kernels: Int) -> Bool) -> Bool {
    for place in starts[atom]..<starts[atom + 1]
    where !condition(Int(layers[place]), Int(counts[place])) { return false }
    return true
  }

  /// Does something for every layer of an atom.
  @inline(__always)
  func forEach(_ atom: Int, _ body: (_ layer: Int, _ kernels: Int) -> Void) {
    for place in starts[atom]..<starts[atom + 1] { body(Int(layers[place]), Int(counts[place])) }
  }
}
