import Graph

/// The memory that activations take while the nodes are computed in the order of the graph.
///
/// A value lives from the node that makes it (an input from the first node on) to the last one that reads
/// it, an output to the end; nothing is computed in place. The peak is the largest sum over the nodes. Weights do not
/// count, nor does what is known before any data are.
struct ActivationModel {
  struct Value {
    let shape: [Int]
    let channels: [AxisChannels]
    /// Of one element, shared by the examples that the network is bound to.
    let elementBytes: Int
    /// Moments at which it lives: positions of nodes.
    let life: ClosedRange<Int>
  }

  let values: [Value]
  /// By moment: the values that live.
  let alive: [[Int]]
  /// By table: the values that depend on it.
  let valuesOfTable: [[Int]]
  private let batch: Int

  init(_ map: ChannelMap, bound: BoundNetwork, batch: Int) {
    let network = bound.network
    self.batch = batch
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    func isActivation(_ value: ValueID) -> Bool {
      map.roots[value.index] == nil && !map.isFromShapes[value.index] && bound.constant(of: value) == nil
        && bound.shape(of: value) != nil
    }
    for input in network.inputs where isActivation(input) {
      first[input.index] = 0
      last[input.index] = 0
    }
    for (position, node) in network.nodes.enumerated() where !bound.idle.contains(position) {
      for input in node.readValues where first[input.index] != nil { last[input.index] = position }
      for output in node.outputs {
        guard let output, isActivation(output) else { continue }
        first[output.index] = position
        last[output.index] = position
      }
    }
    for output in network.outputs where first[output.index] != nil {
      last[output.index] = max(0, network.nodes.count - 1)
    }
    // What stands between movements that are one has as many elements as what goes in.
    var sources: [Int: ValueID] = [:]
    for chain in map.chains { for (value, _) in chain.between { sources[value.index] = chain.input } }
    var values: [Value] = []
    for (index, start) in first.sorted(by: { $0.key < $1.key }) {
      let source = sources[index]?.index ?? index
      guard let spec = bound.specs[source], let end = last[index] else { continue }
      values.append(
        Value(
          shape: spec.shape, channels: map.values[source], elementBytes: spec.elementType.byteCount ?? 0,
          life: start...max(start, end)))
    }
    self.values = values
    var alive = [[Int]](repeating: [], count: max(1, network.nodes.count))
    var valuesOfTable = [[Int]](repeating: [], count: map.tables.count)
    for (number, value) in values.enumerated() {
      for moment in value.life { alive[moment].append(number) }
      for table in Set(value.channels.map(\.table)) { valuesOfTable[table].append(number) }
    }
    self.alive = alive
    self.valuesOfTable = valuesOfTable
  }

  /// Bytes of a value for one example.
  func bytes(of number: Int, _ counts: [Int]) -> Int {
    let value = values[number]
    var product = value.elementBytes
    for (axis, extent) in value.shape.enumerated() {
      product *= value.channels.first { $0.axis == axis }.map { counts[$0.table] * $0.repeats } ?? extent
    }
    return product / batch
  }

  /// Bytes of all values, for one example.
  func total(_ counts: [Int]) -> Int { values.indices.reduce(0) { $0.plus(bytes(of: $1, counts)) } }

  /// By moment: the bytes that live.
  func moments(_ counts: [Int]) -> [Int] {
    var sums = [Int](repeating: 0, count: alive.count)
    for (number, value) in values.enumerated() {
      let bytes = bytes(of: number, counts)
      for moment in value.life { sums[moment] = sums[moment].plus(bytes) }
    }
    return sums
  }

  /// The largest sum of bytes that live at once, for one example.
  func peak(_ counts: [Int]) -> Int { moments(counts).max() ?? 0 }
}
