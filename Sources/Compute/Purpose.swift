public import Graph
package import Ranks
import Synchronization

/// What a plan is for; it decides what is computed and what is kept.
public enum Purpose: Sendable, Hashable {
  /// Outputs only.
  case infer
  /// Outputs, and counts of the activations at the points; no gradients.
  case observe(points: [ValueID])
  /// Activations at the points and, per example and channel, their product with the gradient. Weights have
  /// no gradients, and the backward pass stops behind the first point.
  case score(points: [ValueID])
  /// Gradients of these constants; batch normalization uses the statistics of the batch.
  case train(parameters: [ValueID])

  /// Whether there is a backward pass.
  var hasBackward: Bool {
    switch self {
    case .infer, .observe: false
    case .score, .train: true
    }
  }
}

/// The numbers that convolutions and products of matrices multiply.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  /// float32.
  case float32 = "f32"
  /// bfloat16, the upper half of a float32: eight bits of each factor and of what layers hand on count. Sums
  /// are float32, and so are losses, scores, reductions and operators that do not pay.
  case bfloat16 = "bf16"

  /// The type of an element.
  public var elementType: ElementType { self == .bfloat16 ? .bfloat16 : .float32 }
}

/// How a plan computes.
public struct ComputeOptions: Sendable {
  /// Threads of the kernels; as many as the machine has where `nil`.
  public var threads: Int?
  /// Direct convolution only: Winograd's algorithm rounds differently when channels are removed.
  public var exact = false
  /// What is multiplied. Plans that train compute in `float32` only, and `bfloat16` needs a processor that has
  /// it.
  public var precision = Precision.float32
  /// Whether batch normalization in a plan that trains uses (and updates) the batch's statistics; with
  /// `false` it keeps to its running ones.
  package var normalizesWithBatch = true
  /// Batch normalizations that keep to their running statistics all the same.
  package var keepsStatistics: Set<NodeID> = []
  /// Whether a training pass moves the running statistics of batch normalization.
  package var updatesRunningStatistics = true
  /// Whether dropout drops elements in a training pass.
  package var dropsOut = true
  /// The seed of dropout's masks in training.
  public var seed: UInt64 = 0
  /// The axis of the channels at score points where that is not the second one: the last one behind a product of
  /// matrices.
  package var channelAxes: [ValueID: Int] = [:]
  /// Whether sums and zeros of the activations are counted at the score points too.
  package var countsActivations = false
  /// Whether cheap steps of a forward pass are done again for the backward pass, so that what they make need not be kept
  /// for it. A plan that would take more than the memory budget does that unasked.
  public var savesMemory = false
  /// Elements of values in the middle of a network that are looked at at once at most, where many of them are.
  package var elementsAtOnce = 96 << 20
  /// Whether the time of each step is taken.
  package var profiles = false
  /// Stops passes between two kernels.
  public var cancellation: CancellationFlag?
  /// The ranks that the examples of a run are shared by; this one alone where nothing joins it to others. Each rank makes
  /// the same runs in the same order.
  package var ranks: any Communicator = SingleRank()
  /// Whether batch normalizations of a plan that trains take the statistics of the examples of all ranks, not those of this
  /// one's.
  package var sharesStatistics = false

  /// The usual way.
  public init() {}
}

/// Asks a running plan to stop; safe to set from any thread.
public final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A flag that is not set.
  public init() {}

  /// Whether the work should stop.
  public var isSet: Bool { flag.load(ordering: .relaxed) }

  /// Asks for the end of the work.
  public func set() { flag.store(true, ordering: .relaxed) }

  /// Takes the request back.
  public func clear() { flag.store(false, ordering: .relaxed) }
}
