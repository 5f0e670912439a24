package import Compute
package import Datasets
import Graph

/// Measures how far what became of a network is from what it was, as a forecast says it and without labels. Used on one
/// thread; can be stopped between any two steps.
package final class LossCheck: DataRun {
  /// What was lost, a mean over the examples; `nil` before the first batch, and where outputs cannot be compared.
  package var loss: Double? { count > 0 && isComparable ? sum / Double(count) : nil }
  /// How far the run is.
  package private(set) var progress: RunProgress
  /// Examples that could not be read.
  package private(set) var skipped: [Batch.Skipped] = []
  /// Examples that it is the mean of so far.
  package private(set) var count = 0

  /// Whether there is an output that both networks have.
  let isComparable: Bool
  private let sizes: [Int]
  private let read: (Int) throws -> (values: BatchFeed.Values?, skipped: [Batch.Skipped])
  private let change: OutputChange
  private let plans: (before: PlanCache, now: PlanCache)
  private var next = 0
  private var sum = 0.0

  /// Examples that are enough to tell what an iteration is worth, and what comparing them may take: some seconds on two cores.
  static let glance = (examples: 256, operations: 0.5e12)

  /// How many examples two networks are compared on within some operations; never fewer than eight.
  private static func affordable(
    _ operations: Double, _ network: OpenNetwork, _ original: OpenNetwork
  ) -> Int {
    max(8, Int(cut: operations / max(1, network.bound.workload + original.bound.workload)))
  }

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - network: what became of `original`.
  ///   - dataset: labels are not looked at.
  ///   - examples: how many are compared at most.
  ///   - operations: what it may take, as `BoundNetwork.workload` counts it: of larger networks fewer examples are compared, down to eight.
  package convenience init(
    _ network: OpenNetwork, original: OpenNetwork, dataset: Dataset, examples: Int = 512,
    operations: Double? = nil, options: ComputeOptions = ComputeOptions()
  ) throws {
    let affordable = operations.map { Self.affordable($0, network, original) } ?? examples
    let source = try ExampleBatches(
      original, dataset: dataset, examples: min(examples, affordable), options: options)
    try self.init(
      network, original, dataset, sizes: source.order.map(\.count),
      plans: { source.plans(of: $0, outputs: $1) }, read: source.read)
  }

  /// The same on examples that were read already: on as many of them as take some seconds.
  convenience init(
    _ network: OpenNetwork, original: OpenNetwork, dataset: Dataset, calibration: CalibrationSet
  ) throws {
    let batches = calibration.batches(
      upTo: Self.affordable(Self.glance.operations, network, original))
    try self.init(
      network, original, dataset, sizes: batches.map(\.count),
      plans: { calibration.plans(of: $0, outputs: $1) }, read: { (batches[$0], []) })
  }

  private init(
    _ network: OpenNetwork, _ original: OpenNetwork, _ dataset: Dataset, sizes: [Int],
    plans: (Network, [ValueID]) -> PlanCache,
    read: @escaping (Int) throws -> (values: BatchFeed.Values?, skipped: [Batch.Skipped])
  ) throws {
    change = try OutputChange(original, dataset: dataset, comparing: network)
    isComparable = !change.values.isEmpty
    self.plans = (plans(original.network, change.values), plans(network.network, change.values))
    self.sizes = isComparable ? sizes : []
    self.read = read
    progress = RunProgress(done: 0, total: self.sizes.reduce(0, +), seconds: 0)
  }

  /// What was measured so far; `nil` where nothing was.
  package var deviation: OutputDeviation? {
    loss.map { OutputDeviation(measure: change.measure, value: $0, examples: count) }
  }

  /// Compares one more batch; `false` when all were.
  package func step() throws -> Bool {
    guard next < sizes.count else { return false }
    let begin = ContinuousClock.now
    let (values, unread) = try read(next)
    if let values {
      let before = try change.outputs(of: plans.before.forward(values))
      let now = try change.outputs(of: plans.now.forward(values))
      sum += change.loss(now, change.reference(before, examples: values.count)) * Double(values.count)
      count += values.count
    }
    skipped += unread
    progress.done += sizes[next]
    progress.seconds += (ContinuousClock.now - begin) / .seconds(1)
    next += 1
    return next < sizes.count
  }
}
