import Foundation

/// `ReduceMean`, `ReduceSum`, `ReduceMax` …: some axes become one element.
struct ReductionRule: OperatorRule {
  let traits = OperatorTraits.other(.value, .size)

  /// What becomes of the others when a channel that is reduced goes.
  enum Loss: Sendable {
    /// It contributed zero, if it was zero: a sum.
    case nothing
    /// The result changes, even for a channel of zeros.
    case something(reason: String)
  }

  /// What the reduction does to a list of elements.
  let function: @Sendable ([Double]) -> Double
  var loss = Loss.nothing

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let axes = try call.reducedAxes()
    let keeps = call.int("keepdims", default: 1) != 0
    let shape = input.shape.indices.compactMap { axis in
      axes.contains(axis) ? (keeps ? 1 : nil) : input.shape[axis]
    }
    return [TensorSpec(input.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let spec = try outputs(call)[0]
    let axes = try call.reducedAxes()
    // The elements of a result stand together once the reduced axes are last.
    var values = input.doubles
    let order = input.shape.indices.filter { !axes.contains($0) } + axes.sorted()
    let strides = input.shape.denseStrides
    let length = axes.map { input.shape[$0] }.elementCount
    if order.filter({ input.shape[$0] > 1 }) != input.shape.indices.filter({ input.shape[$0] > 1 }) {
      var moved: [Double] = []
      moved.reserveCapacity(values.count)
      StridedCopy(
        extents: order.map { input.shape[$0] }, sourceOffset: 0, sourceStrides: order.map { strides[$0] },
        destinationOffset: 0, destinationStrides: order.map { input.shape[$0] }.denseStrides
      ).forEachElement { source, _ in moved.append(values[source]) }
      values = moved
    }
    var results = (0..<spec.shape.elementCount).map { index in
      function(Array(values[(index * length)..<((index + 1) * length)]))
    }
    // The largest of no truth values is the smaller one of the two, not −∞.
    if spec.elementType == .bool { results = results.map { min(max($0, 0), 1) } }
    return [Tensor(spec.elementType, results, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let axes = try call.reducedAxes()
    let keeps = call.int("keepdims", default: 1) != 0
    var index = 0
    var relations: [ChannelRelation] = []
    for axis in try call.shape(0).indices {
      let input = AxisReference.input(0, axis: axis)
      if axes.contains(axis) {
        index += keeps ? 1 : 0
        relations.append(.contracted([input]))
        if case .something(let reason) = loss { relations.append(.inexact([input], reason: reason)) }
      } else {
        relations.append(.same([input, .output(0, axis: index)]))
        index += 1
      }
    }
    return relations
  }
}

extension OperatorCall {
  /// The axes that a reduction reduces, from its attribute or its input, resolved.
  package func reducedAxes() throws -> Set<Int> {
    let rank = try shape(0).count
    // A scalar has no axis, though a node may name its first.
    if let axes = try axes(input: 1, rank: rank), !axes.isEmpty { return Set(axes).intersection(0..<rank) }
    return int("noop_with_empty_axes", default: 0) != 0 ? [] : Set(0..<rank)
  }
}

extension OperatorTable {
  private static func changing(
    _ what: String, _ function: @escaping @Sendable ([Double]) -> Double
  ) -> ReductionRule {
    ReductionRule(function: function, loss: .something(reason: "its \(what) runs over them"))
  }

  private static func logSumExp(_ elements: [Double]) -> Double {
    let top = elements.max() ?? -.infinity
    let base = top.isFinite ? top : 0
    return log(elements.reduce(0) { $0 + exp($1 - base) }) + base
  }

  static let reductions: [String: any OperatorRule] = [
    "ReduceSum": ReductionRule { $0.reduce(0, +) },
    "ReduceL1": ReductionRule { $0.reduce(0) { $0 + abs($1) } },
    "ReduceL2": ReductionRule { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() },
    "ReduceSumSquare": ReductionRule { $0.reduce(0) { $0 + $1 * $1 } },
    "ReduceLogSum": ReductionRule { log($0.reduce(0, +)) },
    "ReduceMean": changing("mean") { $0.reduce(0, +) / Double(max(1, $0.count)) },
    "ReduceMax": changing("maximum") { $0.max() ?? -.infinity },
    "ReduceMin": changing("minimum") { $0.min() ?? .infinity },
    "ReduceProd": changing("product") { $0.reduce(1, *) },
    "ReduceLogSumExp": changing("sum of exponentials", logSumExp),
  ]
}
