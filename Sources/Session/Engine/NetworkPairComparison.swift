import Compute
import Errors
import Graph
import Pruning

/// Runs a masked network and a pruned one on the same inputs and compares what comes out.
struct NetworkPairComparison {
  /// What was found so far.
  struct Result {
    /// Relative to a value's largest magnitude; always finite.
    var largestDifference = 0.0
    var disagreement: Verification.Disagreement?
  }

  let masked: Network
  let pruned: Network
  /// What is left of the masked network's values in the pruned one.
  let kept: KeptIndices
  /// What is compared.
  let values: [ValueID]
  let options: ComputeOptions

  /// Compares both on some inputs.
  ///
  /// - Throws: where the masked network cannot be computed.
  func run(_ inputs: ComparedInputs) throws -> Result {
    let expected = try outputs(of: masked, inputs)
    var result = Result()
    let got: [(shape: [Int], values: [Float])]
    do {
      got = try outputs(of: pruned, inputs)
    } catch {
      if error is Stopped { throw error }
      result.disagreement = disagreement(.fails(CaughtError(error).sentence), nil, inputs)
      return result
    }
    for (value, (masked, pruned)) in zip(values, zip(expected, got)) {
      compare(pruned, with: remaining(masked, of: value), value, inputs, &result)
      if result.disagreement != nil { break }
    }
    return result
  }

  /// Compares both on further inputs, where the masked network runs there.
  ///
  /// - Returns: whether it does.
  /// - Throws: `Stopped`.
  func add(_ inputs: ComparedInputs, to result: inout Result) throws -> Bool {
    do {
      let found = try run(inputs)
      result.largestDifference = max(result.largestDifference, found.largestDifference)
      result.disagreement = result.disagreement ?? found.disagreement
      return true
    } catch {
      if error is Stopped { throw error }
      return false
    }
  }

  private func compare(
    _ pruned: (shape: [Int], values: [Float]), with masked: (shape: [Int], values: [Float]), _ value: ValueID,
    _ inputs: ComparedInputs, _ result: inout Result
  ) {
    guard pruned.shape == masked.shape else {
      result.disagreement = disagreement(.shapes(pruned: pruned.shape, expected: masked.shape), value, inputs)
      return
    }
    let scale = Double(masked.values.lazy.filter(\.isFinite).map(abs).max() ?? 0) + 1e-12
    for (a, b) in zip(masked.values, pruned.values) where a != b && !(a.isNaN && b.isNaN) {
      guard a.isFinite, b.isFinite else {
        result.disagreement = disagreement(.notNumbers, value, inputs)
        return
      }
      result.largestDifference = max(result.largestDifference, abs(Double(a) - Double(b)) / scale)
    }
    if result.largestDifference > Verification.tolerance {
      result.disagreement = disagreement(.difference(result.largestDifference), value, inputs)
    }
  }

  private func disagreement(
    _ kind: Verification.Disagreement.Kind, _ value: ValueID?, _ inputs: ComparedInputs
  ) -> Verification.Disagreement {
    let sizes = inputs.feeds.keys.sorted().map { input in
      "\(masked.name(of: input)) \((inputs.feeds[input]?.shape ?? []).shapeText)"
    }
    return .init(
      value: value.map(masked.name(of:)), kind: kind, inputs: sizes.joined(separator: ", "),
      axis: inputs.axis)
  }

  /// What the pruned network has of a value of the masked one.
  private func remaining(
    _ found: (shape: [Int], values: [Float]), of value: ValueID
  ) -> (shape: [Int], values: [Float]) {
    var (shape, values) = found
    for axis in shape.indices {
      guard let indices = kept.indices(of: value, axis: axis), indices.allSatisfy({ $0 < shape[axis] }) else {
        continue
      }
      let (outer, extent) = (shape[..<axis].reduce(1, *), shape[axis])
      let inner = shape[(axis + 1)...].reduce(1, *)
      values = (0..<outer).flatMap { block in
        indices.flatMap { index in
          let start = (block * extent + index) * inner
          return values[start..<(start + inner)]
        }
      }
      shape[axis] = indices.count
    }
    return (shape, values)
  }

  private func outputs(
    of network: Network, _ inputs: ComparedInputs
  ) throws -> [(shape: [Int], values: [Float])] {
    let bound = try BoundNetwork(network, inputShapes: inputs.feeds.mapValues(\.shape))
    let computed = values.filter { bound.constant(of: $0) == nil }
    let plan = try ExecutionPlan(bound, purpose: .infer, outputs: computed, options: options)
    try plan.forward(inputs.feeds.mapValues(\.values))
    return try values.map { value in
      if let constant = bound.constant(of: value) { return (constant.shape, constant.floats) }
      return (bound.shape(of: value) ?? [], try plan.value(value))
    }
  }
}
