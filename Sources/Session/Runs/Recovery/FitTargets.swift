import Compute
import Graph
import Pruning

/// What layers computed before the removal, at a sample of positions: one pass over the original serves several layers.
final class FitTargets {
  /// The positions of one batch, over examples and space, and what is wanted there: `[positions, kernels]`.
  struct Sample {
    let rows: [Int]
    fileprivate(set) var wanted: [Float]
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
    let budget = calibration.options.elementsAtOnce
    var (samples, values) = (0, 0)
    for position in start..<layers.count {
      let layer = layers[position]
      samples += layer.positionsPerExample * calibration.examples * layer.map.kernels
      values += 2 * layer.outputSize
      let atOnce = CalibrationSlices.examplesAtOnce(
        calibration, elements: values, areCut: canBeCut(layers[start...position]))
      if position > start, samples > budget || values * atOnce > budget { return position - start }
    }
    return layers.count - start
  }

  /// Whether a batch may be cut where such layers are looked at. Where a layer has no window, examples may not stand one behind
  /// the other in what it computes.
  private static func canBeCut(_ layers: ArraySlice<Layer>) -> Bool {
    layers.allSatisfy { $0.map.window != nil }
  }

  private let calibration: CalibrationSet
  private let layers: ArraySlice<Layer>
  private let plans: PlanCache
  private let slices: CalibrationSlices
  private var generators: [SeededGenerator]
  /// By position in `layers`: a sample a batch.
  private var samples: [[Sample]]

  var batchesDone: Int { samples.first?.count ?? 0 }

  init(_ layers: ArraySlice<Layer>, _ subject: RecoverySubject) {
    calibration = subject.calibration
    self.layers = layers
    slices = CalibrationSlices(
      calibration, elements: layers.reduce(0) { $0 + 2 * $1.outputSize }, areCut: Self.canBeCut(layers))
    let values = layers.flatMap { [$0.output] + ($0.surroundings.branch.map { [$0] } ?? []) }
    plans = calibration.plans(of: subject.original.network, outputs: Array(Set(values)).sorted())
    generators = layers.map { SeededGenerator(seed: $0.seed) }
    samples = layers.map { _ in [] }
  }

  /// Looks at one more batch; false when all were looked at.
  func step() throws -> Bool {
    let batch = batchesDone
    guard batch < calibration.batches.count else { return false }
    let examples = calibration.batches[batch].count
    for slice in slices where slice.batch == batch {
      let plan = try slices.forward(plans, slice)
      for (position, layer) in layers.enumerated() {
        let values = try plan.value(layer.output)
        let branch = try layer.surroundings.branch.map(plan.value)
        if slice.examples.lowerBound == 0 {
          let count = values.count / layer.kernelsBefore / slice.examples.count * examples
          samples[position].append(sample(of: layer, examples: examples, count, &generators[position]))
        }
        samples[position][batch].fill(values, branch, of: layer, slice.examples)
      }
    }
    return batch + 1 < calibration.batches.count
  }

  /// The sample of a layer and a batch.
  func sample(of layer: Int, batch: Int) -> Sample { samples[layer - layers.startIndex][batch] }

  /// Which of `count` positions of a batch are looked at; nothing is wanted there yet.
  private func sample(
    of layer: Layer, examples: Int, _ count: Int, _ generator: inout SeededGenerator
  ) -> Sample {
    let positions = layer.positionsPerExample * examples
    let rows =
      positions >= count
      ? Array(0..<count) : (0..<positions).map { _ in Int(generator.next() % UInt64(count)) }
    return Sample(rows: rows, wanted: [Float](repeating: 0, count: rows.count * layer.map.kernels))
  }
}

extension FitTargets.Sample {
  /// Takes what is wanted at the positions of some of the batch's examples from what the original computed for these.
  fileprivate mutating func fill(
    _ values: [Float], _ branch: [Float]?, of layer: FitTargets.Layer, _ examples: Range<Int>
  ) {
    let (kernels, before) = (layer.map.kernels, layer.kernelsBefore)
    let space = layer.map.window?.outputCount ?? 1
    let perExample = values.count / before / examples.count
    let own = examples.lowerBound * perExample..<examples.upperBound * perExample
    for (spot, row) in rows.enumerated() where own.contains(row) {
      let (example, position) = (row - own.lowerBound).quotientAndRemainder(dividingBy: space)
      for kernel in 0..<kernels {
        let at = (example * before + layer.kept[kernel]) * space + position
        var value = layer.surroundings.wanted(values[at], of: kernel)
        if let branch { value += layer.surroundings.branchScale[kernel] * branch[at] }
        wanted[spot * kernels + kernel] = value
      }
    }
  }
}
