public import Compute
public import Graph
public import Pruning
public import Session

/// A network that is pruned by first-order Taylor scores, step by step, with masks until it is extracted: MATLAB's
/// `taylorPrunableNetwork`.
///
///     var network = try TaylorPrunableNetwork(trained)
///     let pass = try network.forward(images, examples: 32)
///     network = try network.updateScore(pass, outputGradient: gradient)
///     network = try network.updatePrunables(maxToPrune: 8)
///     let smaller = try network.extractNetwork()
///
/// A value: each call gives a new network, and the old one still works. The score of a kernel is the mean over the
/// examples of |1/M Σ z·∂L/∂z| over its M places (Molchanov et al. 2017), divided by the L2 norm of its layer's scores,
/// less λ for each million multiply-accumulates.
public struct TaylorPrunableNetwork: Sendable {
  /// The network as it was given.
  public var original: OpenNetwork { removal.original }
  /// Kernels that every layer keeps.
  public let minimumKept: Int
  /// λ of the penalty on costly kernels.
  public let macPenalty: Double
  /// Scores since kernels were last removed.
  public private(set) var scores: ScoreTable

  /// What was removed so far.
  package let removal: GrowingRemoval
  private let points: [ScorePoint]

  /// Kernels that every layer keeps where nothing else is said.
  public static let usualMinimumKept = 4

  /// A network of which nothing is removed yet.
  ///
  /// - Throws: `unsupportedArchitecture` where no layer can be pruned.
  public init(
    _ network: OpenNetwork, minimumKept: Int = TaylorPrunableNetwork.usualMinimumKept, macPenalty: Double = 0
  ) throws {
    guard network.groups.layers.contains(where: \.isPrunable) else {
      throw ProcedureError.unsupportedArchitecture
    }
    guard minimumKept >= 1 else {
      throw ProcedureError.setting("minimumKept \(minimumKept)", allowed: "a number from 1")
    }
    self.init(GrowingRemoval(of: network), minimumKept: minimumKept, macPenalty: macPenalty)
  }

  /// A network of which so much is removed already, without scores.
  package init(_ removal: GrowingRemoval, minimumKept: Int, macPenalty: Double) {
    self.removal = removal
    self.minimumKept = minimumKept
    self.macPenalty = macPenalty
    let original = removal.original
    let layers = original.groups.layers.filter(\.isPrunable).map(\.layer)
    points = ScorePoint.points(of: layers, in: removal.masked.bound)
    scores = ScoreTable(
      criterion: .taylor,
      layers: layers.reduce(into: [:]) { $0[$1.name] = KernelStatistics(kernels: $1.kernels) })
  }

  /// Kernels that can be removed still.
  public var numPrunables: Int { removal.removableKernelCount(minimumKept: minimumKept) }

  /// Kernels that were removed.
  public var removedKernelCount: Int { removal.removedKernelCount }

  /// A forward pass that a backward pass can follow. Used on one thread.
  public final class Pass {
    /// The first output, in C order.
    public let output: [Float]
    /// Its shape, `[N, …]`.
    public let outputShape: [Int]
    fileprivate let plan: ExecutionPlan

    fileprivate init(_ plan: ExecutionPlan, output: ValueID) throws {
      self.plan = plan
      self.output = try plan.value(output)
      outputShape = plan.shape(of: output) ?? []
    }
  }

  /// Computes the outputs of a batch, with what was removed silent.
  ///
  /// - Parameters:
  ///   - inputs: examples of the first input in C order, `[N, C, H, W]`.
  ///   - examples: N.
  public func forward(
    _ inputs: [Float], examples: Int, options: ComputeOptions = ComputeOptions()
  ) throws -> Pass {
    let masked = removal.masked
    let network = masked.batched
    guard let input = network.inputs.first, let output = network.outputs.first,
      let shape = masked.bound.shape(of: input)
    else { throw ProcedureError.unsupportedArchitecture }
    let expected = examples * shape.dropFirst().reduce(1, *)
    guard examples > 0, inputs.count == expected else {
      throw ProcedureError.batch(given: inputs.count, expected: expected)
    }
    let points = points
    let bound = try BoundNetwork(
      network, inputShapes: [input: [examples] + shape.dropFirst()], batch: examples)
    var options = options
    options.channelAxes = points.channelAxes
    let plan = try ExecutionPlan(
      bound, purpose: .score(points: Array(Set(points.map(\.value))).sorted()), outputs: [output],
      options: options)
    try plan.forward([input: inputs])
    return try Pass(plan, output: output)
  }

  /// The network with the scores of a batch added.
  ///
  /// - Parameters:
  ///   - pass: of this network.
  ///   - outputGradient: each example's loss derived by its output, in C order.
  public func updateScore(_ pass: Pass, outputGradient: [Float]) throws
    -> TaylorPrunableNetwork
  {
    guard outputGradient.count == pass.output.count else {
      throw ProcedureError.batch(given: outputGradient.count, expected: pass.output.count)
    }
    var result = self
    let output = removal.masked.batched.outputs[0]
    try pass.plan.backward([output: outputGradient])
    for point in points {
      let shape = pass.plan.shape(of: point.value) ?? []
      let kernels = shape[point.axis]
      let elements = Double(shape.reduce(1, *) / shape[0] / kernels)
      let terms = try pass.plan.taylorTerms(at: point.value)
      for example in 0..<shape[0] {
        result.scores.layers[point.layer]?.add(
          (0..<kernels).map { abs(Double(terms[example * kernels + $0])) / elements })
      }
    }
    return result
  }

  /// The network with up to `maxToPrune` kernels more removed: those of the lowest scores over all layers. Scores begin
  /// anew.
  ///
  /// - Throws: `notScored` where no batch was scored since kernels were last removed.
  public func updatePrunables(maxToPrune: Int = 8) throws -> TaylorPrunableNetwork {
    guard maxToPrune > 0 else {
      throw ProcedureError.setting("maxToPrune \(maxToPrune)", allowed: "a number from 1")
    }
    guard scores.examples > 0 else { throw ProcedureError.notScored }
    let (removal, scores) = (removal, scores)
    let settings = Self.settings(minimumKept: minimumKept, macPenalty: macPenalty)
    let larger = try removal.growing(by: maxToPrune, scores: scores, settings: settings)
    return TaylorPrunableNetwork(larger, minimumKept: minimumKept, macPenalty: macPenalty)
  }

  /// What a selection heeds.
  static func settings(minimumKept: Int, macPenalty: Double) -> PruningSettings {
    var settings = PruningSettings()
    settings.minimumKept = minimumKept
    settings.normalization = .l2
    settings.macPenalty = macPenalty
    return settings
  }

  /// The network without what was removed: it computes what this one computes, and is smaller.
  public func extractNetwork() throws -> Network {
    try original.network.removing(removal.selection, groups: original.groups, bound: original.bound)
  }
}
