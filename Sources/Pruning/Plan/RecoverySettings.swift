/// A way to win back without training what a prune lost.
public enum RecoveryMethod: String, Sendable, Hashable, CaseIterable, Codable {
  /// Mean replacement: what a removed channel was on average is added to the biases of the layers that read it.
  case bias
  /// Statistics: batch normalizations get the means and variances that their inputs have now; where they were folded into
  /// convolutions, each channel is given the mean and variance that it had.
  case bn
  /// Least squares: layers behind the removal get the weights that reproduce, on calibration data, what the network before
  /// it computed there (He, Zhang and Sun 2017; Luo, Wu and Lin 2017).
  case refit
  /// Distillation: all weights are moved by their gradients until the outputs are closer to the original's, which the layers'
  /// own least squares do not see (Hinton, Vinyals and Dean 2015).
  case distil

  /// What it does, in a few words.
  public var summary: String {
    switch self {
    case .bias: "mean replacement"
    case .refit: "least-squares refit"
    case .distil: "distillation"
    case .bn: "re-estimated statistics"
    }
  }
}

/// What is done after a prune without training, and on how much data.
public struct RecoverySettings: Sendable, Hashable, Codable {
  /// In the order in which they are carried out: biases, statistics, weights. Statistics taken after a refit would scale
  /// up what the fit could not explain.
  public let methods: [RecoveryMethod]
  /// Calibration examples.
  public var examples: Int
  /// λ of the refit; see `LeastSquares`.
  public var ridge: Double
  /// Passes over the examples that distillation makes at most; fewer where a network is large.
  public var passes: Int
  /// Steps of all methods after which somebody ended the work, which is how it is repeated; `nil` where it went to its end.
  public package(set) var endedAfter: Int?

  /// What follows a choice by measured losses: they are measured after a refit, and distillation only ever adds to it.
  public static let afterMeasuredLosses: Set<RecoveryMethod> = [.refit, .distil]

  /// Calibration examples where nobody says how many.
  public static let usualExamples = 512

  /// Passes of distillation where nobody says how many.
  public static let usualPasses = 960

  /// Settings; the order in which methods are named does not matter.
  public init(
    methods: Set<RecoveryMethod>, examples: Int = usualExamples, ridge: Double = 0.01,
    passes: Int = usualPasses
  ) {
    self.methods = RecoveryMethod.allCases.filter(methods.contains)
    self.examples = examples
    self.ridge = ridge
    self.passes = passes
  }

  /// The same with other methods.
  public func with(_ methods: [RecoveryMethod]) -> RecoverySettings {
    RecoverySettings(methods: Set(methods), examples: examples, ridge: ridge, passes: passes)
  }

  /// Reads settings; those that were written before there was distillation have no passes.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      methods: Set(try fields.decode([RecoveryMethod].self, forKey: .methods)),
      examples: try fields.decode(Int.self, forKey: .examples),
      ridge: try fields.decode(Double.self, forKey: .ridge),
      passes: try fields.decodeIfPresent(Int.self, forKey: .passes) ?? Self.usualPasses)
    endedAfter = try fields.decodeIfPresent(Int.self, forKey: .endedAfter)
  }
}
