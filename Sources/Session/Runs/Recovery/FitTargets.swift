import Compute
import Graph
import Pruning

/// What layers computed before the removal, at a sample of positions: one pass over the original serves several layers.
final class FitTargets {
  /// The positions of one batch, over examples and space, and what is wanted there: `[positions, kernels]`.
  struct Sample {
    let rows: [Int]
    let wanted: [Float]
  }

  /// A layer to be fitted.
  struct Layer {
    let map: LinearMap
    /// What it is to compute: a value of the original and of the pruned network.
    let output: ValueID
    /// The kernels of the original that stay.
    let kept: [Int]
    let surroundings: Surroundings
    /// Positions over space that are looked at of each example.
    let positionsPerExample: Int
    /// Where the choice of positions begins.
    let seed: UInt64
    /// Elements of the original's output for one example, and its channels.
    let outputSize: Int
    let kernelsBefore: Int

    init(
      _ map: LinearMap, seed: UInt64, _ subject: RecoverySubject, _ network: Network, _ bound: BoundNetwork
    ) {
      let output = subject.output(of: map)
      let kept = subject.kept.indices(of: output, axis: map.outputAxis) ?? Array(0..<map.kernels)
      self.map = map
      self.output = output
      self.kept = kept
      self.seed = seed
      surroundings = Surroundings(of: map, output, kept: kept, network, bound, before: subject.original.bound)
      let space =
        map.window?.outputCount ?? (bound.shape(of: map.output) ?? []).elementCount / max(1, map.kernels)
      let wanted = max(4096, 8 * (map.channelsInGroup * map.taps + 1))
      let examples = max(1, subject.calibration.examples)
      positionsPerExample = min(max(1, space), (wanted + examples - 1) / examples)
      let before = subject.original.bound.shape(of: output) ?? []
      outputSize = before.elementCount
      kernelsBefore = before.indices.contains(map.outputAxis) ? before[map.outputAxis] : map.kernels
    }
  }

  /// Layers that a pass looks at from `start` on: as many as fit in memory.
  static func count(of layers: [Layer], from start: Int, _ calibration: CalibrationSet) -> Int {
    let batch = calibration.batches.first?.count ?? 1
    var elements = 0
    for position in start..<layers.count {
      let layer = layers[position]
      elements += 2 * layer.outputSize * batch
      elements += layer.positionsPerExample * calibration.examples * layer.map.kernels
      if position > start, elements > budget { return position - start }
    }
    return layers.count - start
  }

  private static let budget = 64 << 20

  private let calibration: CalibrationSet
  private let layers: ArraySlice<Layer>
  private let plans: PlanCache
  private var generators: [SeededGenerator]
  /// By position in `layers`: a sample a batch.
  private var samples: [[Sample]]

  var batchesDone: Int { samples.first?.count ?? 0 }

  init(_ layers: ArraySlice<Layer>, _ subject: RecoverySubject) {
    calibration = subject.calibration
    self.layers = layers
    let values = layers.flatMap { [$0.output] + ($0.surroundings.branch.map { [$0] } ?? []) }
    plans = calibration.plans(of: subject.original.network, outputs: Array(Set(values)).sorted())
    generators = layers.map { SeededGenerator(seed: $0.seed) }
    samples = layers.map { _ in [] }
  }

  /// Looks at one more batch; false when all were looked at.
  func step() throws -> Bool {
    let batch = batchesDone
    guard batch < calibration.batches.count else { return false }
    let plan = try calibration.forward(plans, batch: batch)
    let examples = calibration.batches[batch].count
    for (position, layer) in layers.enumerated() {
      let branch = layer.surroundings.branch
      let (values, added) = (
        try plan.value(layer.output),
        try branch.map(plan.value)
      )
      samples[position].append(sample(values, added, layer, examples: examples, &generators[position]))
    }
    return batch + 1 < calibration.batches.count
  }

  /// The sample of a layer and a batch.
  func sample(of layer: Int, batch: Int) -> Sample { samples[layer - layers.startIndex][batch] }

  private func sample(
    _ values: [Float], _ branch: [Float]?, _ layer: Layer, examples: Int, _ generator: inout SeededGenerator
  ) -> Sample {
    let map = layer.map
    let space = map.window?.outputCount ?? 1
    let before = layer.kernelsBefore
    let count = values.count / before
    let positions = layer.positionsPerExample * examples
    let rows =
      positions >= count
      ? Array(0..<count) : (0..<positions).map { _ in Int(generator.next() % UInt64(count)) }
    var wanted: [Float] = []
    wanted.reserveCapacity(rows.count * map.kernels)
    for row in rows {
      let (example, position) = row.quotientAndRemainder(dividingBy: space)
      for kernel in 0..<map.kernels {
        let at = (example * before + layer.kept[kernel]) * space + position
        var value = layer.surroundings.wanted(values[at], of: kernel)
        if let branch { value += layer.surroundings.branchScale[kernel] * branch[at] }
        wanted.append(value)
      }
    }
    return Sample(rows: rows, wanted: wanted)
  }
}
