public import Compute
public import Datasets
internal import Errors
import Foundation
public import Graph
public import Pruning
public import Session

/// Scores of a model's kernels that accumulate batch by batch, and how much is to go: HALCON's pruning handle.
///
///     var handle = try PruningHandle(for: model)              // create_dl_pruning
///     try handle.set(.percentage, to: .number(30))            // set_dl_pruning_param
///     try handle.addBatch(data, of: model)                    // add_dl_pruning_batch
///     let smaller = try handle.generatePrunedModel(of: model) // gen_dl_pruned_model
///     try handle.get("pruned_kernel_num")                     // get_dl_pruning_param
///
/// The score of mode `oracle` is that of Molchanov et al. 2017: the measured change of the loss of each example without
/// the kernel and all that go with it. Scores of several batches add up, whatever their order.
public struct PruningHandle: Sendable {
  /// How kernels are scored: exactly, or as an extension by any other criterion.
  public internal(set) var mode: Criterion
  /// The share of the removable kernels that is to go, 0…100.
  public internal(set) var percentage: Double
  /// What has been accumulated; `nil` before the first batch.
  public private(set) var scores: ScoreTable?
  /// Kernels that the last generated model lost; 0 before one was generated.
  public private(set) var prunedKernelCount = 0

  /// `Network.fingerprint` of the model.
  let fingerprint: String
  let layers: [String]
  let prunableKernelCount: Int

  /// The share where none is set.
  public static let usualPercentage = 10.0

  /// Every layer keeps at least so many kernels.
  public static let minimumKept = 1

  /// A handle for a model.
  ///
  /// - Throws: `unsupportedArchitecture` where no layer can be pruned, `value` for a percentage out of range.
  public init(
    for model: OpenNetwork, mode: Criterion = .oracle, percentage: Double = PruningHandle.usualPercentage
  ) throws {
    let prunable = model.groups.layers.filter(\.isPrunable)
    guard !prunable.isEmpty else { throw ProcedureError.unsupportedArchitecture }
    fingerprint = model.network.fingerprint
    layers = prunable.map(\.layer.name)
    prunableKernelCount = model.groups.prunableKernelCount(minimumKept: Self.minimumKept)
    self.mode = mode
    self.percentage = percentage
    try Self.check(percentage)
  }

  init(_ contents: Contents) {
    (mode, percentage, fingerprint) = (contents.mode, contents.percentage, contents.fingerprint)
    (layers, prunableKernelCount) = (contents.layers, contents.prunableKernelCount)
    (scores, prunedKernelCount) = (contents.scores, contents.prunedKernelCount)
  }

  static func check(_ percentage: Double) throws {
    guard percentage.isFinite, 0...100 ~= percentage else {
      throw ProcedureError.value(
        parameter: "percentage", given: "\(percentage)", allowed: "a number from 0 to 100")
    }
  }

  /// Scores the examples of some data and adds what is found to what the handle holds.
  ///
  /// - Parameters:
  ///   - data: labelled examples; all of them.
  ///   - model: the one that the handle was made for.
  ///   - progress: called between steps; false stops, and nothing is added.
  public mutating func addBatch(
    _ data: Dataset, of model: OpenNetwork, options: ComputeOptions = ComputeOptions(),
    progress: (RunProgress) -> Bool = { _ in true }
  ) throws {
    guard model.network.fingerprint == fingerprint else { throw ProcedureError.anotherModel }
    let mode = mode
    guard mode.needsData else {
      scores = ScoreTable(mode, of: model.groups, in: model.bound)
      return
    }
    let run = try ScoringRun(model, dataset: data, criterion: mode, limit: data.count, options: options)
    while try run.step() {
      guard progress(run.progress) else { throw Stopped() }
    }
    let found = run.table
    guard var merged = scores, merged.criterion == mode else {
      scores = found
      return
    }
    for (name, statistics) in found.layers {
      if merged.layers[name] == nil {
        merged.layers[name] = statistics
      } else {
        merged.layers[name]!.merge(statistics)
      }
    }
    scores = merged
  }

  /// A new, smaller model; the given one stays as it is.
  ///
  /// Kernels are ranked over the whole network by their scores as they are; the lowest go, until the percentage is
  /// reached, those passed over that would leave a layer without kernels.
  public mutating func generatePrunedModel(of model: OpenNetwork) throws -> Network {
    guard model.network.fingerprint == fingerprint else { throw ProcedureError.anotherModel }
    guard let scores else { throw ProcedureError.notScored }
    var settings = PruningSettings()
    settings.minimumKept = Self.minimumKept
    settings.normalization = .none
    let percentage = percentage
    let selection = try Chooser(model, scores: scores)
      .choice(RemovalRequest(.percent(percentage), settings: settings)).selection
    let pruned = try model.network.removing(selection, groups: model.groups, bound: model.bound)
    prunedKernelCount = selection.removedKernelCount(in: model.groups)
    return pruned
  }

  /// Forgets what was scored and generated: another mode was set.
  mutating func forget() {
    scores = nil
    prunedKernelCount = 0
  }
}

// MARK: Files

extension PruningHandle {
  /// A handle as a file holds it.
  struct Contents: Codable {
    var version = 1
    var fingerprint: String
    var mode: Criterion
    var percentage: Double
    var layers: [String]
    var prunableKernelCount: Int
    var prunedKernelCount: Int
    var scores: ScoreTable?
  }

  /// Reads a handle from a file.
  public init(path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SessionError.unreadable(path: path)
    }
    guard let contents = try? JSONDecoder.ofResults.decode(Contents.self, from: data), contents.version == 1,
      (try? Self.check(contents.percentage)) != nil
    else { throw ProcedureError.notAHandle(path: path) }
    self.init(contents)
  }

  /// Writes the handle to a file, whole or not at all.
  public func write(to path: String) throws {
    let contents = Contents(
      fingerprint: fingerprint, mode: mode, percentage: percentage, layers: layers,
      prunableKernelCount: prunableKernelCount, prunedKernelCount: prunedKernelCount, scores: scores)
    let data = JSONEncoder.bytes(of: contents)
    try Destination.write(String(decoding: data, as: UTF8.self) + "\n", to: path)
  }
}
