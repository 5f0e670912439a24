import Graph

/// A node with everything its kernel asks about it.
struct KernelSite {
  let index: Int
  let call: OperatorCall
  let outputShapes: [[Int]]

  init(_ bound: BoundNetwork, _ index: Int) throws {
    self.index = index
    call = bound.call(at: index)
    guard let outputs = bound.outputs(at: index) else {
      throw ComputeError.unknownShape(value: bound.network.nodes[index].name)
    }
    outputShapes = outputs.map(\.shape)
  }

  var node: Node { call.node }

  /// The value at an input; `nil` for an omitted one.
  func input(_ number: Int) -> ValueID? { number < node.inputs.count ? node.inputs[number] : nil }

  /// The value at a required input.
  func required(_ number: Int) throws -> ValueID {
    guard let value = input(number) else { throw call.invalid("its input \(number) is missing") }
    return value
  }

  /// The value at an output; `nil` for one that nobody asked for.
  func output(_ number: Int) -> ValueID? { number < node.outputs.count ? node.outputs[number] : nil }

  /// An error about a form of the operator that is not computed.
  func unsupported(_ problem: String) -> ComputeError {
    .unsupportedForm(op: node.op, node: node.name, problem: problem)
  }
}

/// Computes one operator: adds its steps to a plan.
protocol Kernel: Sendable {
  /// Whether gradients pass through the operator (or are zero); without it, score and train plans stop there.
  var isDifferentiable: Bool { get }
  /// Adds the forward steps, and registers what adds the backward ones.
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws
}

extension Kernel {
  var isDifferentiable: Bool { true }
}

/// The kernels, by operator.
struct KernelTable: Sendable {
  private let kernels: [String: any Kernel]

  init(_ kernels: [String: any Kernel]) { self.kernels = kernels }

  func kernel(for node: Node) -> (any Kernel)? { kernels[node.qualifiedOp] }

  /// The operators that have a kernel, sorted.
  var names: [String] { kernels.keys.sorted() }

  /// Every operator that can be computed.
  static let standard = KernelTable(
    [
      Self.convolutions, pooling, normalizations, products, elementwise, reductions, softmax, movements,
      resizing, statistics, algebra, quantization, spectral, indexing, rearrangements,
      samplings, decisions,
    ].reduce(into: [:]) { table, family in table.merge(family) { kernel, _ in kernel } })
}

/// What can be computed.
package enum SupportedOperators: Sendable {
  /// The operators that have a kernel, sorted.
  package static var names: [String] { KernelTable.standard.names }
}
