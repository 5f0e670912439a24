import Graph
import TensorFiles

/// Finds the layer that took in a batch normalization when the model was exported.
///
/// The file has four tensors of the normalization, and the graph has none. PyTorch's newer exporter notes the normalization's
/// module beside the layer that took it in. For the older one, layers and normalizations with the same channels are compared
/// by their names: they stand in the same module, bear the same number, or one after the other in a sequence, and come in the
/// same order. Nothing is said of layers that go into a batch normalization of the graph's.
struct FoldedNormalizations {
  /// Modules of the file that normalize by running statistics and are in no node of the graph, in natural order.
  let normalizations: [String]
  private var layers: [String: Int] = [:]

  /// A layer that may have taken one in.
  private struct Candidate {
    let node: Int
    /// The layer's module.
    let module: String
    let channels: Int
    /// Whether the exporter's names say that it took something in.
    let isSuspect: Bool
  }

  init(_ adoption: WeightAdoption) {
    let modules = adoption.names.ordered.compactMap { name -> String? in
      guard let module = name.droppingEnding(".running_mean"), adoption.left.contains(name) else {
        return nil
      }
      return adoption.left.contains(module + ".running_var") ? module : nil
    }
    normalizations = modules.sorted { $0.isNaturally(before: $1) }
    guard !normalizations.isEmpty else { return }
    var open = normalizations.compactMap { module -> (name: String, channels: Int)? in
      let stored = adoption.names.inFile[module + ".running_mean"]
      return stored.flatMap(adoption.file.shape).map { (module, $0.elementCount) }
    }
    var candidates = Self.candidates(adoption)
    // What the exporter noted.
    for candidate in candidates {
      let noted = adoption.network.nodes[candidate.node].module
      guard let index = open.firstIndex(where: { $0.name == noted && $0.channels == candidate.channels })
      else {
        continue
      }
      layers[open.remove(at: index).name] = candidate.node
      candidates.removeAll { $0.node == candidate.node }
    }
    for isSuspect in [true, false] {
      match(&open, with: &candidates) { $0.isSuspect == isSuspect }
    }
  }

  /// The index of the node that took a normalization in; `nil` where none is found.
  func layer(of normalization: String) -> Int? { layers[normalization] }

  private static func candidates(_ adoption: WeightAdoption) -> [Candidate] {
    let parameters = adoption.parameters
    return parameters.uses.compactMap { use in
      guard let form = parameters.layerForm(of: use), let name = adoption.origins[use],
        let shape = adoption.network.constants[use.constant]?.shape, !parameters.isNormalized(use.node)
      else { return nil }
      let node = adoption.network.nodes[use.node]
      let call = adoption.bound.call(at: use.node)
      let bias = parameters.uses.first { $0.node == use.node && $0.role == .bias }
      let isSuspect =
        parameters.ownName(of: use.constant) == nil
        || bias.map { parameters.ownName(of: $0.constant) == nil } ?? false
      return Candidate(
        node: use.node, module: name.droppingEnding(".weight") ?? node.authorModule ?? name,
        channels: form.kernels(of: shape, call), isSuspect: isSuspect)
    }
  }

  /// Gives each normalization the layer that is most like it, the most alike pairs first.
  private mutating func match(
    _ open: inout [(name: String, channels: Int)], with candidates: inout [Candidate],
    where isMeant: (Candidate) -> Bool
  ) {
    let meant = candidates.filter(isMeant)
    var pairs: [(likeness: Int, normalization: Int, candidate: Int)] = []
    for (number, normalization) in open.enumerated() {
      let siblings = open.filter { $0.name.parentModule == normalization.name.parentModule }
      let rank = siblings.firstIndex { $0.name == normalization.name }
      for (index, candidate) in meant.enumerated() where candidate.channels == normalization.channels {
        let beside = meant.filter { $0.module.parentModule == candidate.module.parentModule }
        var likeness = Self.likeness(of: normalization.name, to: candidate.module)
        if beside.firstIndex(where: { $0.node == candidate.node }) == rank { likeness += 2 }
        pairs.append((likeness, number, index))
      }
    }
    pairs.sort {
      ($1.likeness, $0.normalization, $0.candidate) < ($0.likeness, $1.normalization, $1.candidate)
    }
    var (taken, given) = (Set<Int>(), Set<Int>())
    for pair in pairs where !given.contains(pair.normalization) && !taken.contains(pair.candidate) {
      given.insert(pair.normalization)
      taken.insert(pair.candidate)
      layers[open[pair.normalization].name] = meant[pair.candidate].node
    }
    open = open.enumerated().filter { !given.contains($0.offset) }.map(\.element)
    let nodes = Set(taken.map { meant[$0].node })
    candidates.removeAll { nodes.contains($0.node) }
  }

  /// How much the name of a normalization speaks for a layer: the same parent, parents that differ in one part, one after the
  /// other in a sequence, the same number in the last part.
  private static func likeness(of normalization: String, to layer: String) -> Int {
    let (first, second) = (normalization.split(separator: "."), layer.split(separator: "."))
    var result = 0
    if first.dropLast() == second.dropLast() {
      result += 8
    } else if first.count == second.count {
      let different = zip(first, second).count { $0 != $1 }
      result += max(0, 6 - 2 * different)
    } else {
      result += min(3, zip(first, second).prefix { $0 == $1 }.count)
    }
    guard let a = first.last, let b = second.last else { return result }
    if let a = Int(a), let b = Int(b) {
      if a == b + 1 { result += 3 }
      if first.dropLast() != second.dropLast(), a == b { result += 3 }
    } else {
      let (x, y) = (a.filter(\.isNumber), b.filter(\.isNumber))
      if !x.isEmpty, !y.isEmpty { result += x == y ? 3 : -1 }
    }
    return result
  }
}

extension String {
  /// Whether it comes before another name where numbers in names count as numbers.
  fileprivate func isNaturally(before other: String) -> Bool {
    let (first, second) = (split(separator: "."), other.split(separator: "."))
    for (a, b) in zip(first, second) where a != b {
      if let a = Int(a), let b = Int(b) { return a < b }
      return (a.count, a) < (b.count, b)
    }
    return first.count < second.count
  }
}
