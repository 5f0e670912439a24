internal import Errors
public import Graph

extension PruningPlan.Step {
  /// A step as it was carried out.
  package init(
    criterion: Criterion, examples: Int, settings: PruningSettings, selection: Selection,
    groups: ChannelGroups
  ) {
    self.init(
      criterion: criterion, examples: examples, settings: settings, kept: selection.kept(in: groups))
  }
}

extension Selection {
  /// By name of each layer that loses kernels: those that stay.
  public func kept(in groups: ChannelGroups) -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for (layer, kept) in zip(groups.layers, keptKernels) where kept.count < layer.layer.kernels {
      result[layer.layer.name] = kept
    }
    return result
  }
}

extension PruningPlan {
  /// The network that the plan makes of the one that it was made from.
  ///
  /// Kept kernels decide; no scores are needed, and the same plan gives the same network.
  ///
  /// - Parameter inputShapes: for inputs with free dimensions other than the batch.
  /// - Throws: `PruningError.emptyPlan`, `planForAnotherModel`, `planStep`, and what rewriting throws.
  public func apply(
    to network: Network, inputShapes: [ValueID: [Int]] = [:]
  ) throws -> Network {
    try check(fits: network.fingerprint)
    var network = network
    for (number, step) in steps.enumerated() {
      let bound = try BoundNetwork(network, inputShapes: inputShapes)
      let groups = try ChannelGroups(bound, policy: step.settings.groupedConvolutions)
      let selection = try selection(ofStep: number, groups: groups)
      network = try bound.network.removing(selection, groups: groups, bound: bound)
    }
    return network
  }

  /// Checks that the plan says something and was made from the model with this fingerprint.
  package func check(fits found: String) throws {
    guard steps.contains(where: { !$0.kept.isEmpty }) else { throw PruningError.emptyPlan }
    guard found == fingerprint else {
      throw PruningError.planForAnotherModel(model: model, expected: fingerprint, found: found)
    }
  }

  /// What a step removes from the network that the steps before it made.
  ///
  /// - Throws: `PruningError.planStep`.
  package func selection(ofStep number: Int, groups: ChannelGroups) throws -> Selection {
    do {
      return try Selection(keeping: steps[number].kept, groups: groups)
    } catch {
      throw PruningError.planStep(number + 1, problem: CaughtError(error).sentence)
    }
  }

  /// By name of each layer that lost kernels: those that stay at the end, numbered as in the original model.
  ///
  /// - Throws: `PruningError.planStep` when a step keeps a kernel that an earlier one removed.
  package func keptOfOriginal() throws -> [String: [Int]] { try steps.keptOfFirst() }
}

extension Collection<PruningPlan.Step> {
  /// By name of each layer that lost kernels in steps that follow on each other: those that stay at the end, numbered as
  /// before the first.
  ///
  /// - Throws: `PruningError.planStep` when a step keeps a kernel that an earlier one removed.
  package func keptOfFirst() throws -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for (number, step) in enumerated() {
      for (layer, kept) in step.kept {
        guard let before = result[layer] else {
          result[layer] = kept
          continue
        }
        var after: [Int] = []
        for kernel in kept {
          guard before.indices.contains(kernel) else {
            throw PruningError.planStep(
              number + 1,
              problem: "The layer \(layer) has \(before.count) kernels left, none numbered \(kernel).")
          }
          after.append(before[kernel])
        }
        result[layer] = after
      }
    }
    return result
  }
}
