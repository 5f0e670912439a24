public import Graph
public import Pruning

/// Everything that the engine lets the screen know, at one moment.
///
/// Immutable; the newest one wins. The large parts are `Versioned`, and passing them on unchanged costs a
/// reference count each.
public struct EngineSnapshot: Sendable, Equatable {
  /// A network and how its channels hang together: changes when a model is opened, pruned or gone back to.
  public struct Structure: Sendable {
    /// The network, bound to the shapes that costs are counted for.
    public let bound: BoundNetwork
    /// Which of its channels go together, and which cannot go.
    public let groups: ChannelGroups

    /// A network and the groups solved from it.
    public init(bound: BoundNetwork, groups: ChannelGroups) {
      self.bound = bound
      self.groups = groups
    }
  }

  /// Grows whenever a model is opened: what was chosen for another one is forgotten then.
  public var generation = 0
  /// The opened file; `nil` until one is open.
  public var model: ModelCard?
  /// The network of the current iteration.
  public var structure: Versioned<Structure>?
  /// Scores of the current iteration's kernels.
  public var scores: Versioned<ScoreTable>?
  /// How far the scores are.
  public var scoring = ScoringState()
  /// What runs now; `nil` when nothing does.
  public var work: WorkProgress?
  /// The training that runs; `nil` when none does.
  public var training: RunningTraining?
  /// Whether it is pruned again and again towards a goal, with trainings between.
  public var isIterating = false
  /// Whether what happens is kept, so that opening the model again goes on where it was.
  public var isKept = false
  /// How long the layers of the original take at their widths; `nil` until they are measured.
  public var latency: Versioned<LatencyTable>?
  /// What times are measured under now: only times under the same compare.
  public var latencyConditions: LatencyConditions?
  /// Why they cannot be measured, in a sentence.
  public var latencyProblem: String?
  /// How long layers of the current iteration take at widths that `Effect.measureWidths` asked about.
  public var widths: Versioned<WidthTimes>?
  /// What pruning each layer of the current iteration does; `nil` until that is measured.
  public var sensitivity: Versioned<SensitivityTable>?
  /// All iterations, parents before their children.
  public var iterations: [IterationSummary] = []
  /// The `id` of the iteration that is worked on.
  public var currentIteration = 0
  /// The schedule that is open; `nil` without.
  public var timeline: TimelineSummary?
  /// The attached data; `nil` without.
  public var data: DataSummary?
  /// What happened, oldest first.
  public var log: [LogLine] = []
  /// The newest failure; shown once, by its `id`.
  public var failure: Failure?
  /// Commands that were taken but are not done: tests wait for 0.
  public var busyCount = 0
  /// Where a model is to be written when the run is through that changes it; `nil` where none waits.
  public var awaitedExport: String?

  /// A snapshot of an engine that nothing was opened in.
  public init() {}

  /// The iterations that are nowhere on disk, neither in a session nor in a file: leaving loses them.
  public var lostOnLeaving: [IterationSummary] {
    isKept ? [] : iterations.filter { $0.parent != nil && !$0.isWritten }
  }
}

/// What the header says of a model file.
public struct ModelCard: Sendable, Hashable {
  /// The file's name, without folders.
  public var name: String
  /// Where it stands.
  public var path: String
  /// What it is: `ONNX opset 17`.
  public var format: String
  /// The inputs as people write them: `3×224×224, batch free`.
  public var input: String
  /// The file's size.
  public var bytes: Int

  /// A card from its facts.
  public init(name: String, path: String, format: String, input: String, bytes: Int) {
    self.name = name
    self.path = path
    self.format = format
    self.input = input
    self.bytes = bytes
  }
}

/// How far the scores of the current iteration are.
public struct ScoringState: Sendable, Hashable {
  /// Whether more examples are being added now.
  public var isRunning: Bool
  /// Examples seen.
  public var examples: Int

  /// A state of scoring; by default nothing was seen.
  public init(isRunning: Bool = false, examples: Int = 0) {
    self.isRunning = isRunning
    self.examples = examples
  }
}

/// How far a long piece of work is.
public struct WorkProgress: Sendable, Hashable {
  /// What is done, as a word for the header: `scoring`, `evaluating`, `training`.
  public var phase: String
  /// Units done.
  public var done: Int
  /// Units in all; `nil` where it is not known.
  public var total: Int?
  /// Units a second; `nil` before that was measured, or where it says nothing.
  public var rate: Double?
  /// What a unit is, as it stands before `/s`: `ex`, `passes`.
  public var unit: String
  /// Seconds that are left, estimated; `nil` where that makes no sense.
  public var secondsLeft: Double?

  /// The phase in which an iteration is trained.
  public static let training = "training"
  /// The phase in which kernels are scored.
  public static let scoring = "scoring"
  /// The phase in which an iteration is measured on data.
  public static let evaluating = "evaluating"

  /// The phase in which latencies are measured.
  public static let timing = "timing"
  /// The phase in which curves of sensitivity are measured.
  public static let sensitivity = "sensitivity"

  /// Progress of a phase.
  public init(
    phase: String, done: Int = 0, total: Int? = nil, rate: Double? = nil, unit: String = "ex",
    secondsLeft: Double? = nil
  ) {
    self.phase = phase
    self.done = done
    self.total = total
    self.rate = rate
    self.unit = unit
    self.secondsLeft = secondsLeft
  }

  /// Whether it goes on by itself, so that what somebody asks for comes first.
  var givesWay: Bool { [Self.scoring, Self.evaluating, Self.timing].contains(phase) }

  /// The share that is done, 0…1; `nil` where the total is not known.
  public var fraction: Double? {
    guard let total, total > 0 else { return nil }
    return min(1, max(0, Double(done) / Double(total)))
  }
}

/// A line of the log.
public struct LogLine: Sendable, Hashable {
  /// How much attention a line deserves.
  public enum Weight: Sendable, Hashable {
    /// For the record.
    case note
    /// Something went well.
    case success
    /// Something to look at.
    case warning
    /// Something failed.
    case error
  }

  /// The time of day: `14:03:27`.
  public var time: String
  /// How much attention it deserves.
  public var weight: Weight
  /// What happened.
  public var text: String

  /// A line of the log.
  public init(time: String, weight: Weight = .note, text: String) {
    self.time = time
    self.weight = weight
    self.text = text
  }
}

/// Something that went wrong, for a dialog.
public struct Failure: Sendable, Hashable, Identifiable {
  /// Grows with every failure, so that each is shown once.
  public var id: Int
  /// What is wrong and where, in one sentence.
  public var sentence: String
  /// What to do about it, in one sentence.
  public var remedy: String

  /// A failure from its two sentences.
  public init(id: Int, sentence: String, remedy: String) {
    self.id = id
    self.sentence = sentence
    self.remedy = remedy
  }
}

/// A kernel's weights for the heat maps.
public struct KernelWeights: Sendable, Hashable {
  /// The layer's name.
  public var layer: String
  /// The version of the structure that they belong to.
  public var structureVersion: Int
  /// The weights' shape with the kernels first `[K, C, H, W]`, or `[K, C]` of a fully connected layer.
  public var shape: [Int]
  /// The weights in C order.
  public var values: [Float]

  /// The weights of a layer.
  public init(layer: String, structureVersion: Int, shape: [Int], values: [Float]) {
    self.layer = layer
    self.structureVersion = structureVersion
    self.shape = shape
    self.values = values
  }
}
