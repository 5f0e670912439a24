public import Compute
public import Datasets
public import Formats
package import Graph
import Pruning
import Training

/// A model on the bench: its file, its iterations, its data and scores. Used on one thread; the same for the
/// terminal program and for scripts.
public final class Workbench {
  /// Where the model came from.
  public let path: String
  /// The file, as it was read.
  public let file: any ModelFile
  /// The original and what was made of it.
  public internal(set) var history: History
  /// The data that scores are taken on, once attached.
  public internal(set) var dataset: Dataset?
  /// What the attached data were opened by.
  package internal(set) var attachedConfiguration: DatasetConfiguration?
  /// The data that accuracy is measured on: a part of their own where there is one.
  public internal(set) var evaluationDataset: Dataset?
  /// What the weights say of an iteration, once somebody asked: reading all of a large model takes time.
  var weightScores: (iteration: Int, table: ScoreTable)?
  /// Scores that code of somebody else's computed, where some were read.
  package var givenScores: GivenScores?
  /// How plans compute.
  public var options: ComputeOptions
  /// The shapes that were given for inputs, by name; the only input may have the empty one.
  package let givenShapes: [String: [Int]]

  /// `Network.fingerprint` of the original.
  public let fingerprint: String
  /// Where what happens is kept; `nil` where it is not.
  var store: SessionStore?
  /// The data that the session was used with last.
  package internal(set) var sessionData: DatasetConfiguration?
  var pendingTraining: JournalLine.Training?
  var pendingGoal: IterationGoal?
  /// Examples that an iteration's scores are made of, where that is known.
  var scoresVisited: [Int: Int] = [:]
  var scoresByIteration: [Int: ScoreTable] = [:]
  var sensitivityByIteration: [Int: SensitivityTable] = [:]
  /// What was removed to make each iteration, in its parent's numbering.
  var selections: [Int: Selection] = [:]

  /// Opens the model at `path`; until data are attached its kernels are scored by their weights.
  ///
  /// - Parameter inputShapes: shapes of inputs that the file leaves open, by name, batch included; the only
  ///   input needs no name.
  /// - Throws: for a file that cannot be used, and for a precision that the processor does not have.
  public init(
    opening path: String, inputShapes: [String: [Int]] = [:], options: ComputeOptions = ComputeOptions()
  ) throws {
    try options.precision.elementType.checkIsComputed()
    self.path = path
    self.options = options
    givenShapes = inputShapes
    let file = try ModelFormat.open(path, inputShapes: inputShapes)
    self.file = file
    let network = file.network
    var shapes: [ValueID: [Int]] = [:]
    for (name, shape) in inputShapes {
      let named = name.isEmpty && network.inputs.count == 1 ? network.inputs[0] : network.value(named: name)
      guard let value = named, network.inputs.contains(value) else {
        throw GraphError.unknownInput(name, known: network.inputs.map(network.name(of:)))
      }
      shapes[value] = shape
    }
    let original = try OpenNetwork(network, inputShapes: shapes)
    history = History(original: original)
    fingerprint = original.network.fingerprint
  }

  /// A network on a bench of its own, of no file: nothing of it is kept or written.
  package init(_ network: OpenNetwork, options: ComputeOptions = ComputeOptions()) {
    path = ""
    self.options = options
    givenShapes = [:]
    file = UnfiledModel(network: network.network)
    history = History(original: network)
    fingerprint = ""
  }

  /// The current network.
  public var current: OpenNetwork { history.now.network }
}

extension OpenNetwork {
  /// The shapes that this network's inputs are bound to.
  package var inputShapes: [ValueID: [Int]] {
    network.inputs.reduce(into: [:]) { $0[$1] = bound.shape(of: $1) }
  }
}
