import Compute
import Graph
import Pruning

/// Adds to biases what removed channels contributed on average.
///
/// A reader of a removed channel c loses Σ W[o, c, tap] · a[c] from its output o. The mean of a over the calibration data
/// and over space puts back what can be put back with a constant; taps count by the share of positions at which they do
/// not lie in the padding.
final class MeanReplacement: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0
  private(set) var progress: (done: Int, total: Int)

  private let subject: RecoverySubject
  /// Maps of the original that read removed channels.
  private let maps: [LinearMap]
  private let values: [ValueID]
  private let plans: PlanCache
  /// By value: the sum of each channel, and the elements that were summed.
  private var sums: [ValueID: (channels: [Double], elements: Int)] = [:]

  init(_ subject: RecoverySubject, _ network: Network) {
    self.subject = subject
    self.network = network
    maps = subject.originalMaps.filter {
      subject.kept.indices(of: $0.data, axis: $0.dataAxis) != nil
    }
    values = Array(Set(maps.map(\.data))).sorted()
    var options = subject.calibration.options
    for map in maps where map.dataAxis != 1 { options.channelAxes[map.data] = map.dataAxis }
    plans = subject.calibration.plans(
      of: subject.original.network, purpose: .observe(points: values), outputs: [], options: options)
    progress = (0, subject.calibration.batches.count)
  }

  func step() throws -> Bool {
    guard !maps.isEmpty, progress.done < progress.total else { return false }
    let plan = try subject.calibration.forward(plans, batch: progress.done)
    for value in values {
      let (found, _) = try plan.activationCounts(at: value)
      let batch = subject.calibration.batches[progress.done].count
      let channels = found.count / batch
      var sum = sums[value] ?? ([Double](repeating: 0, count: channels), 0)
      for (position, part) in found.enumerated() { sum.channels[position % channels] += Double(part) }
      sum.elements += (plan.shape(of: value) ?? []).elementCount / channels
      sums[value] = sum
    }
    progress.done += 1
    if progress.done < progress.total { return true }
    try finish()
    return false
  }

  private func finish() throws {
    let bound = try subject.bound(network)
    let positions = Dictionary(
      uniqueKeysWithValues: bound.network.nodes.enumerated().map { ($0.element.id, $0.offset) })
    for map in maps {
      guard let position = positions[map.node], let pruned = LinearMap(bound, at: position),
        let weights = subject.original.bound.constant(of: map.weights),
        let stay = subject.kept.indices(of: map.data, axis: map.dataAxis), let sum = sums[map.data]
      else { continue }
      var means = sum.channels.map { $0 / Double(max(1, sum.elements)) }
      for channel in stay { means[channel] = 0 }
      let kernels = subject.kept.indices(of: map.output, axis: map.outputAxis) ?? Array(0..<map.kernels)
      guard kernels.count == pruned.kernels else { continue }
      let matrix = map.matrix(of: weights.floats)
      let coverage = map.window?.coverage ?? [1]
      let shift = kernels.map { kernel in
        let first = kernel / map.kernelsInGroup * map.channelsInGroup
        var total = 0.0
        for inner in 0..<map.channelsInGroup where means[first + inner] != 0 {
          let row = (kernel * map.channelsInGroup + inner) * map.taps
          for tap in 0..<map.taps {
            total += Double(matrix[row + tap]) * coverage[tap] * means[first + inner]
          }
        }
        return total
      }
      guard shift.allSatisfy(\.isFinite) else { continue }
      network.shift(pruned, by: shift)
      layers += 1
    }
  }
}
