import Graph

/// How much a network loses when one layer after another is pruned, as curves over the share that goes.
public struct SensitivityTable: Sendable, Hashable, Codable {
  /// What was measured, and how: by it one table is told from another.
  public struct Subject: Sendable, Hashable, Codable {
    /// The network (`Network.fingerprint`).
    public let model: String
    /// What decided which kernels go.
    public let criterion: Criterion
    /// The data, and what the loss is.
    public let data: String
    /// Examples that every level is measured on.
    public let examples: Int
    /// In per cent.
    public let levels: [Double]
    /// How kernels are ranked and what stays, without amounts.
    public let pruning: PruningSettings

    /// The subject of a measurement.
    package init(
      model: String, criterion: Criterion, data: String, examples: Int, settings: SensitivitySettings
    ) {
      self.model = model
      self.criterion = criterion
      self.data = data
      self.examples = examples
      levels = settings.levels
      var pruning = settings.pruning
      pruning.amounts = [:]
      self.pruning = pruning
    }

    /// What differs, in a word; `nil` where all is the same.
    package func difference(from other: Subject) -> String? {
      if model != other.model { return "model" }
      if criterion != other.criterion { return "criterion (\(other.criterion.rawValue))" }
      if data != other.data { return "set of data" }
      if examples != other.examples { return "number of examples (\(other.examples))" }
      if levels != other.levels { return "list of levels" }
      return pruning == other.pruning ? nil : "set of settings"
    }
  }

  /// What a network was worth on some examples.
  public struct Measurement: Sendable, Hashable, Codable {
    /// Examples measured.
    public let examples: Int
    /// The mean loss.
    public let loss: Double
    /// The share of examples whose class has the largest output, 0…1; `nil` without classes.
    public let top1: Double?
    /// The share of examples whose class is among the five largest outputs, 0…1; `nil` without classes.
    public let top5: Double?

    /// A measurement from its figures.
    package init(examples: Int, loss: Double, top1: Double?, top5: Double?) {
      self.examples = examples
      self.loss = loss
      self.top1 = top1
      self.top5 = top5
    }
  }

  /// The network with so much of one set of tied layers gone.
  public struct Point: Sendable, Hashable, Codable {
    /// The share that was asked to go, in per cent.
    public let level: Double
    /// Kernels that are left of all layers of the curve.
    public let kernels: Int
    /// What was measured.
    public let measurement: Measurement

    /// A point from its figures.
    package init(level: Double, kernels: Int, measurement: Measurement) {
      self.level = level
      self.kernels = kernels
      self.measurement = measurement
    }
  }

  /// One set of tied layers, from the unpruned network on.
  public struct Curve: Sendable, Hashable, Codable {
    /// The layers, by name, in the order of the graph.
    public let layers: [String]
    /// The names of the layers' weights, in the same order.
    package let weights: [String]
    /// Differs where anything else was taken out at any level.
    package let digest: String
    /// By level, 0 % first; all measured on the same examples.
    public var points: [Point]
    /// Whether all examples were measured.
    public var isComplete: Bool

    /// A curve of a trial with nothing measured yet.
    package init(_ trial: SensitivityTrial, weights: [String], groups: ChannelGroups) {
      layers = trial.layers.map { groups.layers[$0].layer.name }
      self.weights = weights
      digest = trial.digest
      points = []
      isComplete = false
    }

    /// The unpruned network on the same examples; `nil` before the first.
    public var baseline: Measurement? { points.first?.measurement }

    /// What would be measured at a level, between two measured ones by a straight line; `nil` outside of them.
    public func measurement(at level: Double) -> Measurement? { measurement(at: level, on: \.level) }

    /// What would be measured with so many kernels left of all layers of the curve, likewise.
    package func measurement(leaving kernels: Int) -> Measurement? {
      measurement(at: -Double(kernels)) { -Double($0.kernels) }
    }

    /// What would be measured at a place of an axis on which the points ascend.
    private func measurement(at place: Double, on axis: (Point) -> Double) -> Measurement? {
      guard let next = points.firstIndex(where: { axis($0) >= place }) else { return nil }
      if axis(points[next]) == place { return points[next].measurement }
      guard next > 0 else { return nil }
      let (a, b) = (points[next - 1], points[next])
      let share = (place - axis(a)) / (axis(b) - axis(a))
      func between(_ a: Double, _ b: Double) -> Double { a + share * (b - a) }
      func between(_ a: Double?, _ b: Double?) -> Double? {
        if let a, let b { between(a, b) } else { nil }
      }
      return Measurement(
        examples: b.measurement.examples, loss: between(a.measurement.loss, b.measurement.loss),
        top1: between(a.measurement.top1, b.measurement.top1),
        top5: between(a.measurement.top5, b.measurement.top5))
    }
  }

  /// What was measured, and how.
  public let subject: Subject
  /// What was measured so far, in the order of the graph.
  public var curves: [Curve]

  /// A table of what has been measured so far.
  package init(subject: Subject, curves: [Curve] = []) {
    self.subject = subject
    self.curves = curves
  }

  /// The curve that a layer is part of; `nil` where it was not measured.
  public func curve(of layer: String) -> Curve? { curves.first { $0.layers.contains(layer) } }

  /// Curves of which all examples were measured.
  package var completeCount: Int { curves.count(where: \.isComplete) }

  /// Throws `PruningError.curvesOfAnother`, naming what differs, where the table is of another subject.
  package func check(fits wanted: Subject) throws {
    if let what = wanted.difference(from: subject) { throw PruningError.curvesOfAnother(what) }
  }
}
