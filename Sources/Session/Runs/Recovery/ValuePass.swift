import Compute
import Graph

/// Looks at chosen values of a network over the calibration data, some examples a step.
///
/// As many examples are computed at once as there is room for the values of; where even those of the fewest do not fit, the
/// values are looked at in several passes.
final class ValuePass<Item> {
  /// Slices of the examples over every part of the values.
  var steps: Int { parts.reduce(0) { $0 + $1.slices.count } }
  private(set) var done = 0

  private let network: Network
  private let calibration: CalibrationSet
  private let value: (Item) -> ValueID
  private let parts: [(items: [Item], slices: CalibrationSlices)]
  private var current: (part: Int, slice: Int, plans: PlanCache?) = (0, 0, nil)

  /// - Parameter items: what is looked at, each of one value.
  init(
    _ items: [Item], in bound: BoundNetwork, _ calibration: CalibrationSet,
    value: @escaping (Item) -> ValueID
  ) {
    network = bound.network
    self.calibration = calibration
    self.value = value
    let batch = max(1, bound.batchSize)
    func size(_ item: Item) -> Int { (bound.shape(of: value(item))?.elementCount ?? 0) / batch }
    let all = items.reduce(0) { $0.plus(size($1)) }
    let atOnce = max(1, CalibrationSlices.examplesAtOnce(calibration, elements: all))
    var (parts, elements): ([[Item]], Int) = ([], 0)
    for item in items {
      let own = size(item)
      if parts.isEmpty || elements + own > calibration.options.elementsAtOnce / atOnce {
        parts.append([])
        elements = 0
      }
      parts[parts.count - 1].append(item)
      elements += own
    }
    self.parts = parts.map { items in
      let elements = items.reduce(0) { $0.plus(size($1)) }
      return (items, CalibrationSlices(calibration, elements: elements))
    }
  }

  /// Shows the values of one more slice to `look`; false when all is done.
  func step(
    _ look: (_ item: Item, _ values: [Float], _ slice: CalibrationSlices.Slice) throws -> Void
  ) throws -> Bool {
    guard parts.indices.contains(current.part) else { return false }
    let (items, slices) = parts[current.part]
    let plans =
      current.plans
      ?? calibration.plans(of: network, outputs: Array(Set(items.map(value))).sorted())
    current.plans = plans
    if slices.indices.contains(current.slice) {
      let slice = slices[current.slice]
      let plan = try slices.forward(plans, slice)
      for item in items { try look(item, try plan.value(value(item)), slice) }
      current.slice += 1
      done += 1
    }
    if current.slice >= slices.count { current = (current.part + 1, 0, nil) }
    return current.part < parts.count
  }
}
