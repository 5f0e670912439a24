public import Compute
package import Datasets
public import Graph
public import Pruning

/// A network with what is read off it: bound to one example, summed up, its coupled channels known.
public struct OpenNetwork: Sendable {
  /// The network; where it decides something by its shapes, with what was decided.
  public let network: Network
  /// The network as batches go through it: for any number of examples, where only a declaration fixes one.
  package let batched: Network
  /// Examples that a batch must have; `nil` where any number will do.
  package let fixedBatch: Int?
  /// Bound to a batch of one.
  public let bound: BoundNetwork
  /// Its layers and costs.
  public let summary: NetworkSummary
  /// Which channels go together.
  public let groups: ChannelGroups

  /// Reads a network.
  ///
  /// - Parameter inputShapes: shapes of inputs that the file leaves open, batch included.
  public init(_ network: Network, inputShapes: [ValueID: [Int]] = [:]) throws {
    let bound = try BoundNetwork(network, inputShapes: inputShapes)
    self.bound = bound
    self.network = bound.network
    batched = bound.network.freeingBatch(inputShapes: inputShapes) ?? bound.network
    fixedBatch = batched.fixedBatch
    groups = try ChannelGroups(bound)
    summary = groups.summary
  }

  /// Bytes that computing one example would take, weights included; `nil` where the network cannot be computed.
  public func runBytes(options: ComputeOptions = .init()) -> Int? {
    try? ExecutionPlan.foretoldBytes(of: bound, purpose: .infer, options: options)
  }

  /// The inputs, as data that feed them have to know them.
  package var inputDescriptions: [InputDescription] {
    let axes = batched.batchAxes
    return network.inputs.map { input in
      let declared = network.values[input.index].declaredType?.dimensions?.map(\.extent)
      let isFixed = declared.map { !$0.contains(nil) } ?? false
      // What is named like the batch has a part for each example; what else is open may be one value.
      let isShared = isFixed || !axes.isNamed(input)
      return InputDescription(
        network.name(of: input), shape: declared, batchAxis: axes.axis(of: input),
        sharedShape: isShared ? bound.shape(of: input) : nil)
    }
  }

  /// What goes where each of these layers keeps these kernels, and no others do.
  ///
  /// - Throws: for layers and kernels that are not there or cannot go.
  package func selection(keeping kept: [String: [Int]]) throws -> Selection {
    try Selection(keeping: kept, groups: groups)
  }

  /// The network without a selection of its kernels, for inputs of the same shapes.
  package func removing(_ selection: Selection) throws -> OpenNetwork {
    let pruned = try network.removing(selection, groups: groups, bound: bound)
    return try OpenNetwork(pruned, inputShapes: inputShapes)
  }

  /// The examples that are visited and how many of them at once, when batches of `size` are asked for.
  ///
  /// - Throws: `unfit` where the model fixes more examples a batch than there are.
  func batches(of order: [Int], size: Int) throws -> (order: [Int], size: Int) {
    guard let fixed = fixedBatch else { return (order, max(1, min(size, order.count))) }
    guard order.count >= fixed else {
      throw SessionError.unfit(
        sentence: "The model takes \(fixed) examples at once, and the data have \(order.count).",
        remedy: "Give more data, or export the model with a free batch dimension.")
    }
    return (Array(order.prefix(order.count / fixed * fixed)), fixed)
  }

  /// The layer that goes by `name`: its own name, its node's or its initializer's.
  public func layer(named name: String) throws -> Layer {
    groups.layers[try groups.requiredIndex(of: name)].layer
  }
}
