import Compute
import Graph

/// How far the calibration examples have gone through a network whose layers are changed one after another: for each
/// batch, the values that everything from some layer on is computed from.
///
/// So each node is computed about once, and not once for every layer behind it. Where the values at a layer are too
/// large to be held, the examples stay at an earlier one.
final class CalibrationFront {
  fileprivate let calibration: CalibrationSet
  /// By batch.
  fileprivate var held: [[ValueID: [Float]]]

  /// Bytes of values that are held at most, beside the examples themselves.
  private static let capacity = 512 << 20

  init(_ calibration: CalibrationSet) {
    self.calibration = calibration
    held = calibration.batches.map(\.values)
  }

  /// Whether there is room for some values of all batches.
  fileprivate func hasRoom(for values: Set<ValueID>, in bound: BoundNetwork, examples: Int) -> Bool {
    var elements = 0.0
    for value in values where calibration.batches.first?.values[value] == nil {
      guard let shape = bound.shape(of: value) else { return false }
      elements += Double(shape.elementCount) / Double(max(1, examples))
    }
    return 4 * elements * Double(calibration.examples) <= Double(Self.capacity)
  }
}

/// The passes over the batches, each once and in order, from where the examples stand to a layer. Afterwards they stand
/// in front of it.
final class FrontPasses {
  /// What is computed for batches of one size.
  private struct Stretch {
    /// `nil` where all values are held.
    var plan: ExecutionPlan?
    /// What is held from now on; `nil` where the examples stay where they are.
    var ahead: Set<ValueID>?
  }

  private let front: CalibrationFront
  private let node: NodeID
  private let network: Network
  private let wanted: Set<ValueID>
  private var stretches: [Int: Stretch] = [:]

  /// - Parameters:
  ///   - node: the layer, which no earlier pass has gone beyond.
  ///   - network: may differ from that of earlier passes in what stands from their layers on.
  ///   - values: what is to be read of each batch.
  init(_ front: CalibrationFront, to node: NodeID, of network: Network, values: [ValueID]) {
    self.front = front
    self.node = node
    self.network = network
    wanted = Set(values)
  }

  /// The values of a batch, all that were wanted.
  func values(batch: Int) throws -> [ValueID: [Float]] {
    let examples = front.calibration.batches[batch].count
    var known = front.held[batch]
    let stretch = try stretch(batch: batch, examples: examples)
    if let plan = stretch.plan {
      let needed = wanted.union(stretch.ahead ?? []).subtracting(known.keys)
      try plan.forward(known)
      for value in needed { known[value] = try plan.value(value) }
    }
    if let ahead = stretch.ahead { front.held[batch] = known.filter { ahead.contains($0.key) } }
    return known.filter { wanted.contains($0.key) }
  }

  private func stretch(batch: Int, examples: Int) throws -> Stretch {
    if let made = stretches[examples] { return made }
    let calibration = front.calibration
    let bound = try calibration.bound(network, examples: examples)
    let known = Set(front.held[batch].keys)
    var stretch = Stretch()
    if let position = bound.network.nodes.firstIndex(where: { $0.id == node }) {
      let ahead = bound.values(before: position)
      if front.hasRoom(for: ahead, in: bound, examples: examples) { stretch.ahead = ahead }
    }
    let outputs = wanted.union(stretch.ahead ?? []).subtracting(known).sorted()
    let positions = bound.steps(from: known, to: outputs)
    defer { stretches[examples] = stretch }
    guard !positions.isEmpty else { return stretch }
    var options = calibration.options
    options.dropsOut = false
    // A value without a shape is one that cannot be computed: the plan of the whole says why.
    let alone = try bound.part(positions, outputs: outputs).map { try BoundNetwork($0) } ?? bound
    stretch.plan = try ExecutionPlan(alone, purpose: .infer, outputs: outputs, options: options)
    return stretch
  }
}
