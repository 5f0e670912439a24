import Graph

extension ChannelGroups {
  /// What can be said of a layer, a sentence each: whether it can be pruned, with whom it moves, what
  /// freezes it and through which operators.
  ///
  /// - Throws: `PruningError.unknownLayer`.
  public func explain(_ name: String) throws(PruningError) -> [String] {
    explain(layer: try requiredPlace(of: name))
  }

  /// What can be said of the layer at a place of `layers`.
  public func explain(layer place: Int) -> [String] {
    let layer = layers[place]
    var sentences = [
      "\(layer.layer.name) is a \(layer.layer.op) with \(layer.layer.kernels) kernels and a weight of \(layer.layer.weightShape.shapeText)."
    ]
    let frozen = layer.atoms.indices.filter { atoms[layer.atoms[$0]].pin != nil }
    if layer.isPrunable {
      let free = layer.layer.kernels - frozen.count
      sentences.append(frozen.isEmpty ? "Any of them can go." : "\(free) of them can go.")
    } else if let reason = layer.reason {
      sentences.append(reason.sentence)
    }
    for group in layer.groups.map({ groups[$0] }) { sentences += explain(group, of: place) }
    if layer.isPrunable, !frozen.isEmpty {
      var seen = Set<String>()
      for kernel in frozen {
        guard let pin = atoms[layer.atoms[kernel]].pin, seen.insert(pin.sentence).inserted else { continue }
        let same = frozen.filter { atoms[layer.atoms[$0]].pin?.sentence == pin.sentence }
        sentences.append("Kernels \(KernelList(same).text): \(pin.sentence)")
      }
    }
    return sentences
  }

  private func explain(_ group: ChannelGroup, of place: Int) -> [String] {
    var sentences: [String] = []
    let partners = group.layers.filter { $0 != place }.map { layers[$0].layer.name }
    if !partners.isEmpty {
      let shown = partners.prefix(8).joined(separator: ", ")
      let rest = partners.count > 8 ? " and \(partners.count - 8) more" : ""
      sentences.append("They move in group \(group.name) with those of \(shown)\(rest).")
    }
    let sizes = Set(group.atoms.map { atom in atoms[atom].kernels.count { $0.layer == place } })
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
}
