import Compute
import Graph

/// Looks at chosen values of a network over the calibration data, a batch of some of them a step: all at once would keep
/// every activation of a deep network.
final class ValuePass<Item> {
  /// Batches in all, over every part of the values.
  let steps: Int
  private(set) var done = 0

  private let network: Network
  private let calibration: CalibrationSet
  private let value: (Item) -> ValueID
  private let parts: [[Item]]
  private var plans: PlanCache?

  /// - Parameters:
  ///   - items: what is looked at, each of one value.
  ///   - budget: elements of one example that are kept at most.
  init(
    _ items: [Item], in bound: BoundNetwork, _ calibration: CalibrationSet, budget: Int,
    value: @escaping (Item) -> ValueID
  ) {
    network = bound.network
    self.calibration = calibration
    self.value = value
    var (parts, size): ([[Item]], Int) = ([], 0)
    for item in items {
      let own = bound.shape(of: value(item))?.elementCount ?? 0
      if parts.isEmpty || size + own > budget {
        parts.append([])
        size = 0
      }
      parts[parts.count - 1].append(item)
      size += own
    }
    self.parts = parts
    steps = parts.count * calibration.batches.count
  }

  /// Shows one more batch of a part's values to `look`; false when all is done.
  func step(
    _ look: (_ item: Item, _ values: [Float], _ batch: Int) throws -> Void
  ) throws -> Bool {
    guard done < steps else { return false }
    let (part, batch) = done.quotientAndRemainder(dividingBy: calibration.batches.count)
    let plans: PlanCache
    if batch > 0, let known = self.plans {
      plans = known
    } else {
      plans = calibration.plans(of: network, outputs: Array(Set(parts[part].map(value))).sorted())
      self.plans = plans
    }
    let plan = try calibration.forward(plans, batch: batch)
    for item in parts[part] {
      let values = try plan.value(value(item))
      try look(item, values, batch)
    }
    done += 1
    return done < steps
  }
}
