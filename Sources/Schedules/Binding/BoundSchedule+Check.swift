import Pruning

/// What can be told before training.
extension BoundSchedule {
  func check() throws {
    for pruner in schedule.pruners { try check(pruner) }
    let meetings = Meetings(network, named: namedLayers)
    for policy in schedule.policies where policy.kind == .remover {
      guard let remover = schedule.removers.first(where: { $0.name == policy.instance }) else { continue }
      for pruning in pruningPolicies(through: policy.epochs.first) {
        guard let pruner = schedule.pruner(pruning.instance) else { continue }
        try checkJoins(pruner, pruning, before: policy.epochs.first, remover, meetings)
      }
    }
  }

  /// Layers that any pruner names, `*` aside.
  var namedLayers: Set<Int> {
    Set(schedule.pruners.flatMap { weights(of: $0) }.filter { $0.written.name != "*" }.map(\.layer))
  }

  private func check(_ pruner: Pruner) throws {
    let weights = weights(of: pruner)
    switch pruner.method {
    case .ranked(_, let structure, let ramp, _, let followsLeader):
      var leader: (name: String, extent: Int)?
      for weight in weights {
        let location = schedule.location(weight.written.line)
        guard let axis = weight.axis(of: structure) else {
          throw ScheduleError.unsuitable(
            location, weight: weight.written.name,
            reason: structure == .rows
              ? "only the weights of fully connected layers have rows"
              : "it is a grouped convolution, whose \(structure.words) do not lie along one axis")
        }
        let extent = weight.shape[axis]
        if Pruner.count(ramp.largest, of: extent) >= extent {
          throw ScheduleError.prunesEverything(
            location, pruner: pruner.name, weight: weight.written.name, slices: "\(extent) \(structure.words)"
          )
        }
        guard followsLeader else { continue }
        if let leader, leader.extent != extent {
          throw ScheduleError.outOfRange(
            location, what: weight.written.name,
            problem: "has \(extent) \(structure.words), and its leader \(leader.name) has \(leader.extent)",
            remedy: "A leader's choice fits weights with as many \(structure.words) only.")
        }
        leader = leader ?? (weight.written.name, extent)
      }
    case .gradual(let ramp, _):
      for weight in weights { try checkElements(ramp.largest, weight, pruner) }
    case .levels(let levels):
      for weight in weights { try checkElements(value(levels, of: weight), weight, pruner) }
    case .sensitivities, .thresholds: break
    }
  }

  private func checkElements(
    _ sparsity: Double, _ weight: BoundWeight, _ pruner: Pruner
  ) throws {
    let count = weight.shape.reduce(1, *)
    guard Pruner.count(sparsity, of: count) >= count else { return }
    throw ScheduleError.prunesEverything(
      schedule.location(weight.written.line), pruner: pruner.name, weight: weight.written.name,
      slices: "\(count) elements")
  }

  /// Throws where a remover would find channels of which one member is masked and another is not.
  private func checkJoins(
    _ pruner: Pruner, _ policy: Policy, before epoch: Int, _ remover: Remover, _ meetings: Meetings
  ) throws {
    guard case .ranked(_, let structure, let ramp, _, let followsLeader) = pruner.method,
      (structure == .filters) == (remover.structure == .filters)
    else { return }
    let acting = min(epoch, policy.epochs.last)
    let sparsity = ramp.sparsity(at: acting, of: policy.epochs)
    let weights = weights(of: pruner)
    let own = Set(weights.map(\.layer))
    for weight in weights {
      guard let axis = weight.axis(of: structure), Pruner.count(sparsity, of: weight.shape[axis]) > 0 else {
        continue
      }
      let location = schedule.location(weight.written.line)
      if let reason = meetings.freezeReason(of: weight, structure) {
        throw ScheduleError.cannotGo(location, weight: weight.written.name, reason: reason)
      }
      let members = meetings.members(of: weight, structure)
      let strangers = members.filter { !own.contains($0) }
      guard let partner = followsLeader ? strangers.first : members.first(where: { $0 != weight.layer })
      else {
        continue
      }
      throw ScheduleError.splitJoin(
        location, pruner: pruner.name, weight: weight.written.name, partner: meetings.name(of: partner),
        members: members.map(meetings.name))
    }
  }
}

extension Pruner.Structure {
  /// As sentences have it.
  var words: String { rawValue.lowercased() }
}
