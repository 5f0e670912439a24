/// What the loss of an example is, as the data dialog offers it.
public enum LossChoice: String, Sendable, Hashable, CaseIterable {
  /// From what the data are: labels make it cross entropy, targets mean squared error, neither output energy.
  case automatic = "automatic"
  /// Cross entropy over the first output, with class labels.
  case crossEntropy = "cross entropy"
  /// Mean squared error against targets of the output's shape.
  case meanSquaredError = "mean squared error"
  /// Mean absolute error against such targets.
  case absoluteError = "L1"
  /// Charbonnier's error against such targets: an absolute one that is smooth at 0.
  case charbonnier = "Charbonnier"
  /// Cross entropy of as many yes-or-no answers as the output has logits; targets from 0 to 1.
  case binaryCrossEntropy = "binary cross entropy"
  /// The sensitivity of the outputs themselves; needs no labels.
  case outputEnergy = "output energy"

  /// The loss that the keys ← and → come to next.
  func advanced(by steps: Int) -> LossChoice {
    let all = Self.allCases
    let place = all.firstIndex(of: self) ?? 0
    return all[(((place + steps) % all.count) + all.count) % all.count]
  }
}

/// What a user asked of the data: the fields of the dialog, read. Empty fields leave it to the data.
public struct DataDraft: Sendable, Hashable {
  /// The file or folder.
  public var path: String
  /// A file of labels or targets beside it; `nil` where the data bring their own.
  public var labels: String?
  /// What the loss of an example is.
  public var loss: LossChoice
  /// What raw values are multiplied with first.
  public var scale: Double?
  /// What is subtracted then, a number for all channels or one each.
  public var mean: [Double]?
  /// What is divided by last, likewise.
  public var standardDeviation: [Double]?

  /// A draft that leaves everything but the path to the data.
  public init(
    path: String, labels: String? = nil, loss: LossChoice = .automatic, scale: Double? = nil,
    mean: [Double]? = nil, standardDeviation: [Double]? = nil
  ) {
    self.path = path
    self.labels = labels
    self.loss = loss
    self.scale = scale
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}

/// Something that the inspection of data noticed.
public struct DataFinding: Sendable, Hashable {
  /// How bad it is.
  public enum Severity: Sendable, Hashable {
    /// Good to know.
    case note
    /// Works, but is perhaps not what was meant.
    case warning
    /// Cannot be used like this.
    case error
  }

  /// How bad it is.
  public var severity: Severity
  /// What was noticed, in one sentence.
  public var sentence: String
  /// The way out, in one sentence; empty where none is needed.
  public var remedy: String

  /// A finding from its parts.
  public init(_ severity: Severity, _ sentence: String, remedy: String = "") {
    self.severity = severity
    self.sentence = sentence
    self.remedy = remedy
  }
}

/// What data are, as they were found or attached.
public struct DataSummary: Sendable, Hashable {
  /// One line: `12,000 images in 10 class folders`.
  public var title: String
  /// How many examples there are.
  public var examples: Int
  /// More lines, such as the shape after resizing and the loss.
  public var details: [String]
  /// What was noticed.
  public var findings: [DataFinding]
  /// Whether they say what is right, so that a network can be trained by them alone.
  public var hasAnswers = true

  /// A summary from its parts.
  public init(title: String, examples: Int, details: [String] = [], findings: [DataFinding] = []) {
    self.title = title
    self.examples = examples
    self.details = details
    self.findings = findings
  }

  /// Whether the data can be used.
  public var isUsable: Bool { !findings.contains { $0.severity == .error } }
}

/// The answer to `Effect.inspectData`.
public struct DataInspection: Sendable, Hashable {
  /// What was inspected.
  public var draft: DataDraft
  /// What was found. Data that cannot be read at all have an error among the findings.
  public var summary: DataSummary

  /// What was found for a draft.
  public init(draft: DataDraft, summary: DataSummary) {
    self.draft = draft
    self.summary = summary
  }
}
