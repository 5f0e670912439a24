import Compute
import Graph
import Pruning

/// What is known of the values that readers of channels see: moments over a sample of places of the calibration examples.
struct ReaderMoments {
  /// By channel.
  var means: [Double]
  /// `[channels, channels]` in C order.
  var covariances: [Double]
}

/// A value seen as rows of channels.
private struct ChannelRows: Hashable {
  let value: ValueID
  let axis: Int
  let repeats: Int
}

/// Takes the moments of all readers' values, and the variances of what they compute, some values at a time.
final class MomentsOfReaders {
  /// Batches over all parts.
  let steps: Int
  private(set) var done = 0

  private let network: Network
  private let calibration: CalibrationSet
  private let bound: BoundNetwork
  private let parts: [[ChannelRows]]
  private let sums: [ChannelRows: ChannelGram]
  private var plans: PlanCache?
  private var generator = SeededGenerator(seed: 0)

  /// Elements of one example that are kept at most.
  private static let budget = 4 << 20

  /// - Parameter takesResults: whether the variances of what readers compute are asked for.
  init(
    _ readers: [ChannelReader], _ opened: OpenNetwork, _ calibration: CalibrationSet,
    takesResults: Bool = true
  ) throws(SessionError) {
    network = opened.network
    bound = opened.bound
    self.calibration = calibration
    var seen: [ChannelRows: ChannelGram] = [:]
    var order: [ChannelRows] = []
    for reader in readers {
      for rows in reader.seen.prefix(takesResults ? 2 : 1) where seen[rows] == nil {
        let shape = opened.bound.shape(of: rows.value) ?? []
        guard shape.indices.contains(rows.axis), shape[rows.axis] > 0 else { continue }
        seen[rows] = try SessionError.compute { () throws(ComputeError) in
          try ChannelGram(channels: shape[rows.axis] / rows.repeats)
        }
        order.append(rows)
      }
    }
    sums = seen
    var (parts, size): ([[ChannelRows]], Int) = ([], 0)
    for rows in order {
      let own = opened.bound.shape(of: rows.value)?.elementCount ?? 0
      if parts.isEmpty || size + own > Self.budget {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(rows)
      size += own
    }
    self.parts = parts
    steps = parts.count * calibration.batches.count
  }

  /// Does one more batch; false when all is done.
  func step() throws(SessionError) -> Bool {
    guard done < steps else { return false }
    let (part, batch) = done.quotientAndRemainder(dividingBy: calibration.batches.count)
    if batch == 0 {
      plans = calibration.plans(of: network, outputs: Array(Set(parts[part].map(\.value))).sorted())
    }
    guard let plans else { return false }
    let plan = try calibration.forward(plans, batch: batch)
    for rows in parts[part] {
      try SessionError.compute { () throws(ComputeError) in
        try sums[rows]?.add(sample(try plan.value(rows.value), rows, batch: batch))
      }
    }
    done += 1
    return done < steps
  }

  /// The moments of what a reader reads.
  func moments(of reader: ChannelReader) -> ReaderMoments? {
    sums[reader.seen[0]].map { gram in
      let found = gram.moments
      return ReaderMoments(means: found.means, covariances: found.covariances)
    }
  }

  /// By kernel: the variance of what a reader computes.
  func variances(of reader: ChannelReader) -> [Double] {
    guard reader.seen.count > 1, let gram = sums[reader.seen[1]] else { return [] }
    let found = gram.moments.covariances
    return (0..<gram.channels).map { found[$0 * (gram.channels + 1)] }
  }

  /// Some rows of a batch.
  private func sample(_ values: [Float], _ rows: ChannelRows, batch: Int) -> [Float] {
    let examples = calibration.batches[batch].count
    let single = bound.shape(of: rows.value) ?? []
    let inner = single[(rows.axis + 1)...].elementCount
    let extent = single[rows.axis]
    let channels = extent / rows.repeats
    let all = values.count / max(1, channels)
    let wanted = max(4096, 16 * channels) * examples / max(1, calibration.examples) + 1
    let chosen =
      wanted >= all
      ? Array(0..<all) : (0..<wanted).map { _ in Int(generator.next() % UInt64(all)) }
    var result = [Float](repeating: 0, count: chosen.count * channels)
    var at = 0
    for row in chosen {
      let (rest, place) = row.quotientAndRemainder(dividingBy: inner)
      let (outer, copy) = rest.quotientAndRemainder(dividingBy: rows.repeats)
      for channel in 0..<channels {
        result[at] = values[(outer * extent + channel * rows.repeats + copy) * inner + place]
        at += 1
      }
    }
    return result
  }
}

extension ChannelReader {
  /// What is looked at for it: what it reads, then what it computes.
  fileprivate var seen: [ChannelRows] {
    let read = ChannelRows(value: value, axis: axis, repeats: repeats)
    guard let map else { return [read] }
    return [read, ChannelRows(value: map.output, axis: map.outputAxis, repeats: 1)]
  }
}
