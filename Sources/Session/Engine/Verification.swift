public import Compute
import Graph
public import Pruning

/// The proof that removing channels did what masking them would do.
public struct Verification: Sendable, Hashable, Codable {
  /// Examples compared.
  public let examples: Int
  /// The largest difference of any output, relative to the output's largest magnitude.
  public let largestDifference: Double

  /// More than rounding explains.
  public static let tolerance = 1e-3

  /// Whether both networks compute the same.
  public var holds: Bool { largestDifference <= Self.tolerance }

  /// Runs the pruned network and the masked one on the same inputs and compares every output; in place of outputs
  /// that cannot be computed before the data are there, the values that lie before them.
  ///
  /// - Parameters:
  ///   - original: what was pruned.
  ///   - selection: what was removed of it.
  ///   - pruned: what it became.
  ///   - inputs: values of the first input in C order, `examples` of them; seeded random numbers where `nil`.
  public init(
    original: OpenNetwork, selection: Selection, pruned: OpenNetwork, examples: Int = 4,
    inputs: [Float]? = nil, options: ComputeOptions = ComputeOptions()
  ) throws(SessionError) {
    let masked = try SessionError.pruning { () throws(PruningError) in
      try original.network.masked(selection, groups: original.groups, bound: original.bound)
    }
    var exact = options
    exact.exact = true
    exact.precision = .float32
    var examples = examples
    var feeds = original.inputValues(examples: examples, first: inputs)
    // Some exporters declare a free batch and bake a batch of one into a Reshape.
    if examples > 1, (try? BoundNetwork(original.network, inputShapes: feeds.mapValues(\.shape))) == nil {
      feeds = original.inputValues(examples: 1, first: inputs.map { Array($0.prefix($0.count / examples)) })
      examples = 1
    }
    let compared = original.bound.border.values.filter {
      original.bound.constant(of: $0) == nil && !original.network.inputs.contains($0)
    }
    let expected = try Self.values(compared, of: masked, feeds, exact)
    let got = try Self.values(compared, of: pruned.network, feeds, exact)
    var largest = 0.0
    for (a, b) in zip(expected, got) {
      guard a.count == b.count else {
        largest = .infinity
        break
      }
      let scale = Double(a.lazy.map { abs($0) }.max() ?? 0) + 1e-12
      for place in a.indices {
        let difference = Double(abs(a[place] - b[place])) / scale
        largest = difference.isNaN ? .infinity : max(largest, difference)
      }
    }
    self.examples = examples
    largestDifference = largest
  }

  private static func values(
    _ values: [ValueID], of network: Network, _ feeds: [ValueID: (shape: [Int], values: [Float])],
    _ options: ComputeOptions
  ) throws(SessionError) -> [[Float]] {
    let bound = try SessionError.graph { () throws(GraphError) in
      try BoundNetwork(network, inputShapes: feeds.mapValues(\.shape))
    }
    return try SessionError.compute { () throws(ComputeError) in
      let plan = try ExecutionPlan(bound, purpose: .infer, outputs: values, options: options)
      try plan.forward(feeds.mapValues(\.values))
      return try values.map { value throws(ComputeError) in try plan.value(value) }
    }
  }
}

extension OpenNetwork {
  /// Values for every input, `examples` of them where the first dimension is the batch.
  func inputValues(examples: Int, first: [Float]?) -> [ValueID: (shape: [Int], values: [Float])] {
    var generator = SeededGenerator(seed: 0x5EED)
    return network.inputs.enumerated().reduce(into: [:]) { feeds, entry in
      var shape = bound.shape(of: entry.element) ?? []
      let declared = network.values[entry.element.index].declaredType?.dimensions?.first
      if !shape.isEmpty, declared?.extent == nil { shape[0] = examples }
      if entry.offset == 0, let first, first.count == shape.elementCount {
        feeds[entry.element] = (shape, first)
      } else {
        feeds[entry.element] = (
          shape, (0..<shape.elementCount).map { _ in Float(2 * generator.unit() - 1) }
        )
      }
    }
  }
}
