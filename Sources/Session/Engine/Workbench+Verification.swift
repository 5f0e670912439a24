public import Datasets
import Graph

/// Whether a pruned network computes what it stands for.
extension Workbench {
  /// Compares the current network, as the prune left it, with the masked one that it stands for: the last step, on the data
  /// that `settings` name, else on those that are attached or stand beside the model, else on random inputs. `nil` where the
  /// last step removed nothing.
  ///
  /// - Parameter settings: where they name values that the loss is taken of, these are compared in place of the outputs.
  /// - Throws: where the data that `settings` name do not go with the model.
  public func verification(
    examples: Int = 4, settings: DatasetConfiguration = DatasetConfiguration()
  ) throws -> Verification? {
    guard let parent = history.now.parent, let selection = selections[history.current],
      let original = history[parent]?.network
    else { return nil }
    let data = try verificationData(settings, for: original)
    func verification(at terms: [LossTerm]?) throws -> Verification {
      try Verification(
        original: original, selection: selection, pruned: history.now.asPruned ?? current,
        examples: examples, data: data, at: terms, options: options)
    }
    do {
      return try verification(at: settings.lossAt)
    } catch {
      // What lies behind the loss need not be such that it can be computed.
      guard settings.lossAt == nil, let terms = attachedConfiguration?.lossAt else { throw error }
      return try verification(at: terms)
    }
  }

  /// The same, as a condition for going on.
  ///
  /// - Parameter isWanted: whether it is compared at all; `nil` leaves out networks of more than 20 GMAC an example, where it
  ///   takes long.
  /// - Throws: `verificationFailed` where the networks do not compute the same.
  @discardableResult
  public func verify(
    _ isWanted: Bool? = nil, settings: DatasetConfiguration = DatasetConfiguration()
  ) throws -> Verification? {
    guard isWanted ?? (current.summary.multiplyAccumulates < 20_000_000_000),
      let found = try verification(settings: settings)
    else { return nil }
    if let disagreement = found.disagreement { throw SessionError.verificationFailed(disagreement) }
    return found
  }

  private func verificationData(
    _ settings: DatasetConfiguration, for original: OpenNetwork
  ) throws -> Dataset? {
    let parts: [Split] = [.test, .validation]
    guard settings.data == nil else {
      let data = try open(dataConfiguration(flags: settings), preferring: parts)
      try data.requireInputFit(original)
      return data
    }
    if let evaluationDataset { return evaluationDataset }
    guard !path.isEmpty else { return nil }
    guard let beside = try? dataConfiguration(flags: settings), beside.data != nil else { return nil }
    return try? open(beside, preferring: parts)
  }
}
