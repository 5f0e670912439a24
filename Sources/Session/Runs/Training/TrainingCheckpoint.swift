import Datasets
import Foundation
import Graph
public import Training

/// Where a training was at the end of an epoch: enough to go on as if it had never been broken off.
public struct TrainingCheckpoint: Sendable, Hashable {
  /// What the run was told.
  public let settings: TrainingSettings
  /// What it had found.
  public let state: TrainingState
  let watch: ValidationWatch
  let trainer: Trainer.State
  /// The best weights so far.
  let kept: Trainer.Weights

  private struct Heading: Codable {
    var settings: TrainingSettings
    var state: TrainingState
    var watch: ValidationWatch
    var steps: [Int: Int]
    var penalties: [Double]
  }

  init(
    settings: TrainingSettings, state: TrainingState, watch: ValidationWatch, trainer: Trainer.State,
    kept: Trainer.Weights
  ) {
    self.settings = settings
    self.state = state
    self.watch = watch
    self.trainer = trainer
    self.kept = kept
  }

  // MARK: Files

  /// The bytes of an NPZ file: a heading in JSON, and a vector a parameter for the weights, the best weights and what the
  /// optimiser has gathered.
  package func encoded() throws -> [UInt8] {
    let heading = Heading(
      settings: settings, state: state, watch: watch,
      steps: trainer.optimizer.steps.reduce(into: [:]) { $0[$1.key.index] = $1.value },
      penalties: trainer.penalties)
    let text = JSONEncoder.bytes(of: heading)
    var archive = NumPyArchive()
    archive["heading"] = try NumPyArray(shape: [text.count], elementType: .uint8, littleEndian: Array(text))
    func add(_ name: String, _ vectors: [ValueID: [Float]]) throws {
      for (value, vector) in vectors.sorted(by: { $0.key < $1.key }) {
        archive["\(name)-\(value.index)"] = try NumPyArray(shape: [vector.count], floats: vector)
      }
    }
    try add("weights", trainer.weights.elements)
    try add("kept", kept.elements)
    let count = trainer.optimizer.vectors.values.map(\.count).max() ?? 0
    for index in 0..<count {
      try add("optimizer\(index)", trainer.optimizer.vectors.compactMapValues { $0.dropFirst(index).first })
    }
    return try archive.encoded()
  }

  /// Reads what `encoded` gives. Throws where the file is missing or broken.
  package init(path: String) throws { try self.init(try NumPyArchive(path: path), path) }

  /// Reads what `encoded` gives from bytes that another rank sent.
  package init(bytes: [UInt8]) throws {
    let name = "the checkpoint of rank 0"
    try self.init(try NumPyArchive(bytes: bytes, name: name), name)
  }

  private init(_ archive: NumPyArchive, _ path: String) throws {
    let text = try archive["heading"].map { array in
      Data(try array.littleEndianBytes())
    }
    guard let text, let heading = try? JSONDecoder.ofResults.decode(Heading.self, from: text) else {
      throw SessionError.damagedSession(path: path, problem: "its heading cannot be read")
    }
    var vectors: [String: [ValueID: [Float]]] = [:]
    for name in archive.names {
      let parts = name.split(separator: "-")
      guard parts.count == 2, let value = Int(parts[1]), value >= 0, let array = archive[name] else {
        continue
      }
      vectors[String(parts[0]), default: [:]][ValueID(value)] = try array.floats()
    }
    var gathered: [ValueID: [[Float]]] = [:]
    for index in 0..<2 {
      for (value, vector) in vectors["optimizer\(index)"] ?? [:] {
        gathered[value, default: []].append(vector)
      }
    }
    let lengths = (vectors["weights"] ?? [:]).mapValues(\.count)
    guard (vectors["kept"] ?? [:]).mapValues(\.count) == lengths else {
      throw SessionError.damagedSession(path: path, problem: "weights are missing in it")
    }
    settings = heading.settings
    state = heading.state
    watch = heading.watch
    kept = Trainer.Weights(elements: vectors["kept"] ?? [:])
    trainer = Trainer.State(
      weights: Trainer.Weights(elements: vectors["weights"] ?? [:]),
      optimizer: OptimizerState(
        vectors: gathered, steps: heading.steps.reduce(into: [:]) { $0[ValueID($1.key)] = $1.value }),
      penalties: heading.penalties)
  }
}
