/// Curves of sensitivity over several ranks: pieces of work of different length are dealt, the longest first, each to the
/// rank that has least so far (Graham 1969).
package struct CurveDealing: Sendable, Hashable, Codable {
  /// What is dealt whole.
  package enum Unit: String, Sendable, Hashable, CaseIterable, Codable {
    /// All levels of a set of tied layers.
    case group
    /// One level of a set of tied layers.
    case level
    /// A batch of examples, with all sets and levels.
    case batch

    /// What it is called in a sentence.
    package var title: String {
      switch self {
      case .group: "group"
      case .level: "group and level"
      case .batch: "batch of examples"
      }
    }
  }

  /// By set of tied layers: seconds of each level, over all examples.
  package var secondsOfLevels: [[Double]]
  /// Seconds of the unpruned network over all examples, which every rank computes where groups or levels are dealt.
  package var baselineSeconds: Double
  /// Examples that each level is measured on.
  package var examples: Int
  /// Examples of a batch.
  package var batch: Int

  /// Work to deal.
  package init(secondsOfLevels: [[Double]], baselineSeconds: Double, examples: Int, batch: Int) {
    precondition(examples > 0 && batch > 0, "there is an example")
    self.secondsOfLevels = secondsOfLevels
    self.baselineSeconds = baselineSeconds
    self.examples = examples
    self.batch = batch
  }

  /// Seconds on one rank.
  package var seconds: Double { baselineSeconds + secondsOfLevels.joined().reduce(0, +) }

  /// Seconds until the last rank is done; results are a few numbers a level, whose way is not counted.
  package func seconds(dealing unit: Unit, to ranks: Int) -> Double {
    switch unit {
    case .group:
      return baselineSeconds + Self.longest(secondsOfLevels.map { $0.reduce(0, +) }, ranks)
    case .level:
      return baselineSeconds + Self.longest(Array(secondsOfLevels.joined()), ranks)
    case .batch:
      let batches = (examples + batch - 1) / batch
      return seconds * Double(min(examples, (batches + ranks - 1) / ranks * batch)) / Double(examples)
    }
  }

  /// The most that a rank has of pieces that are dealt.
  private static func longest(_ pieces: [Double], _ ranks: Int) -> Double {
    var loads = [Double](repeating: 0, count: ranks)
    for piece in pieces.sorted(by: >) {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[least] += piece
    }
    return loads.max() ?? 0
  }
}
