import Graph

/// Kernels of a layer that cannot go, for one reason.
public struct FrozenKernels: Sendable, Hashable {
  /// Their numbers, ascending.
  public let kernels: [Int]
  /// Why.
  public let reason: FreezeReason

  /// Kernels with the reason that holds for all of them.
  package init(kernels: [Int], reason: FreezeReason) {
    self.kernels = kernels
    self.reason = reason
  }
}

extension ChannelGroups {
  /// What can be said of a layer, a sentence each: whether it can be pruned, with whom it moves, what
  /// freezes it and through which operators, what must stay.
  ///
  /// - Parameter settings: with the floors, the pins and the protection that are told of too.
  /// - Throws: `PruningError.unknownLayer`.
  public func explain(
    _ name: String, settings: PruningSettings = PruningSettings()
  ) throws -> [String] {
    explain(layer: try requiredIndex(of: name), settings: settings)
  }

  /// What can be said of the layer at an index of `layers`.
  public func explain(layer index: Int, settings: PruningSettings = PruningSettings()) -> [String] {
    let layer = layers[index]
    let frozen = frozenKernels(of: index)
    var sentences = [
      "\(layer.layer.name) is a \(layer.layer.op) with \(layer.layer.kernels) kernels and a weight of \(layer.layer.weightShape.shapeText)."
    ]
    if layer.isPrunable {
      let free = layer.layer.kernels - frozen.reduce(0) { $0 + $1.kernels.count }
      sentences.append(frozen.isEmpty ? "Any of them can go." : "\(free) of them can go.")
    } else if let reason = layer.reason {
      sentences.append(reason.sentence)
    }
    for group in layer.groups.map({ groups[$0] }) { sentences += explain(group, of: index) }
    guard layer.isPrunable else { return sentences }
    for kernels in frozen {
      sentences.append("Kernels \(KernelList(kernels.kernels).text): \(kernels.reason.sentence)")
    }
    return sentences + clamps(of: index, settings)
  }

  /// What can be said of one kernel, a sentence each: whether it can go, why not, and what goes with it.
  ///
  /// - Throws: `PruningError.unknownLayer`, `noSuchKernel`.
  public func explain(
    kernel: Int, of name: String, settings: PruningSettings = PruningSettings()
  ) throws -> [String] {
    let index = try requiredIndex(of: name)
    let layer = layers[index]
    guard layer.units.indices.contains(kernel) else {
      throw PruningError.noSuchKernel(layer: layer.layer.name, kernel: kernel, kernels: layer.layer.kernels)
    }
    let unit = units[layer.units[kernel]]
    if let freeze = layer.freezeReason(ofKernel: kernel) {
      return ["Kernel \(kernel) of \(layer.layer.name) cannot go.", freeze.sentence]
    }
    if !layer.isPrunable {
      return ["Kernel \(kernel) of \(layer.layer.name) cannot go."]
        + [layer.reason?.sentence].compactMap { $0 }
    }
    let group = unit.group.map { groups[$0].name } ?? ""
    var sentences = [
      "Kernel \(kernel) of \(layer.layer.name) can go\(group.isEmpty ? "" : ", in group \(group)")."
    ]
    let members = partners(of: unit, besides: Kernel(layer: index, index: kernel))
    if !members.isEmpty { sentences.append("With it go \(members.joined(separator: "; ")).") }
    for cover in map.covers where cover.contains(layer.units[kernel]) {
      sentences.append(coverSentence(cover))
    }
    if unit.kernels.contains(where: {
      settings.pinned[layers[$0.layer].layer.name]?.contains($0.index) == true
    }) {
      sentences.append("It stays: it, or one that goes with it, is pinned by hand.")
    }
    if unit.kernels.contains(where: { settings.protected.contains(layers[$0.layer].layer.name) }) {
      sentences.append("It stays: its layer, or one that it is tied to, is protected.")
    }
    return sentences
  }

  /// The kernels of the layer at an index that cannot go, by reason, the first kernels first.
  package func frozenKernels(of index: Int) -> [FrozenKernels] { layers[index].frozen }

  /// `layer1.0.conv2: 3, 5`, a layer each.
  private func partners(of unit: KernelUnit, besides kernel: Kernel) -> [String] {
    var kernels: [Int: [Int]] = [:]
    for member in unit.kernels where member != kernel {
      kernels[member.layer, default: []].append(member.index)
    }
    return kernels.sorted { $0.key < $1.key }.map { layer, list in
      "\(list.count == 1 ? "kernel" : "kernels") \(KernelList(list).text) of \(layers[layer].layer.name)"
    }
  }

  private func explain(_ group: ChannelGroup, of index: Int) -> [String] {
    var sentences: [String] = []
    let partners = group.layers.filter { $0 != index }.map { layers[$0].layer.name }
    if !partners.isEmpty {
      let shown = partners.prefix(8).joined(separator: ", ")
      let rest = partners.count > 8 ? " and \(partners.count - 8) more" : ""
      sentences.append("They move in group \(group.name) with those of \(shown)\(rest).")
    }
    let sizes = Set(group.units.map { unit in units[unit].kernels.count { $0.layer == index } })
    if let size = sizes.first, sizes.count == 1, size > 1 {
      sentences.append("They go \(size) at a time.")
    } else if let smallest = sizes.min(), let largest = sizes.max(), largest > 1 {
      sentences.append("They go \(smallest) to \(largest) at a time.")
    }
    if let inexact = group.inexact {
      sentences.append("What stays is computed differently once some are gone: \(inexact).")
    }
    return sentences
  }

  /// What keeps kernels of a layer that could go one by one.
  private func clamps(of index: Int, _ settings: PruningSettings) -> [String] {
    let layer = layers[index].layer
    var sentences: [String] = []
    if let shielded = tying(index).first(where: { settings.protected.contains(layers[$0].layer.name) }) {
      sentences.append(
        shielded == index
          ? "It is protected: nothing of it goes."
          : "\(layers[shielded].layer.name), to which it is tied, is protected: what they share stays.")
    }
    if let pinned = settings.pinned[layer.name], !pinned.isEmpty {
      sentences.append("Kernels \(KernelList(pinned.sorted()).text) stay: they are pinned by hand.")
    }
    let floor = settings.floor(of: layer.kernels)
    sentences.append(
      floor == 1
        ? "At least one of them stays, so that the layer is not empty."
        : "At least \(floor) of them stay, by the settings.")
    // A partner with fewer kernels to spare stops earlier.
    for partner in tying(index) where partner != index && !layers[partner].isPrunable {
      sentences.append(
        "\(layers[partner].layer.name) goes no further: \(layers[partner].reason?.sentence ?? "it is frozen.")"
      )
    }
    let own = Set(layers[index].units)
    for cover in map.covers where cover.contains(where: own.contains) {
      sentences.append(coverSentence(cover))
    }
    return sentences
  }

  /// Why not all of the units can go that are all the channels of something.
  private func coverSentence(_ cover: [Int]) -> String {
    var kernels: [Int: [Int]] = [:]
    for unit in cover {
      for kernel in units[unit].kernels { kernels[kernel.layer, default: []].append(kernel.index) }
    }
    let lists = kernels.sorted { $0.key < $1.key }.prefix(4).map { layer, list in
      "\(KernelList(list.sorted()).text) of \(layers[layer].layer.name)"
    }
    return
      "Of kernels \(lists.joined(separator: ", ")) at least one stays: an operator reads just these, and would be left without channels."
  }

  /// By group: every slice of a constant that its units own together, in the order of the graph.
  ///
  /// - Complexity: linear in the channels of all constants.
  package func weightSlicesOfGroups() -> [[WeightSlice]] {
    var result = [[WeightSlice]](repeating: [], count: groups.count)
    var groupsOfUnit = [Int](repeating: -1, count: units.count)
    for (number, group) in groups.enumerated() { for unit in group.units { groupsOfUnit[unit] = number } }
    for owner in ledger.constantOwners {
      for axis in map.channels(owner.slot) {
        var indices: [Int: [Int]] = [:]
        for (index, unit) in map.tables[axis.table].enumerated() where unit >= 0 {
          let group = groupsOfUnit[Int(unit)]
          guard group >= 0 else { continue }
          for copy in 0..<axis.repeats { indices[group, default: []].append(index * axis.repeats + copy) }
        }
        for (group, list) in indices {
          result[group].append(
            WeightSlice(constant: owner.constant, axis: axis.axis, indices: list, reader: owner.reader))
        }
      }
    }
    return result
  }
}
