internal import Graph
internal import Pruning
internal import TerminalUI

/// A layer of several networks that are compared.
struct ComparedLayer: Hashable {
  /// What became of it.
  enum Fate: String { case changed, retrained, removed, added, same }

  /// What the layer is in one of the networks.
  struct Size: Hashable {
    let kernels: Int
    let parameters: Int
    let multiplyAccumulates: Int

    init(_ layer: Layer) {
      (kernels, parameters) = (layer.kernels, layer.parameters)
      multiplyAccumulates = layer.multiplyAccumulates
    }

    /// The layer in the first, or in the second, of two networks.
    init(_ layer: NetworkComparison.Layer, isSecond: Bool) {
      func pick(_ change: Change<Int>) -> Int { isSecond ? change.after : change.before }
      kernels = pick(layer.kernels)
      parameters = pick(layer.parameters)
      multiplyAccumulates = pick(layer.multiplyAccumulates)
    }
  }

  let name: String
  var fate: Fate
  /// What it is in each network, in their order; `nil` in those that lack it.
  var sizes: [Size?]

  /// The layers of the networks, in the order of the first one, from its comparisons with each of the others.
  static func layers(of comparisons: [NetworkComparison]) -> [ComparedLayer] {
    var layers: [ComparedLayer] = []
    var places: [String: Int] = [:]
    func place(_ name: String, _ fate: Fate) -> Int {
      if let known = places[name] { return known }
      places[name] = layers.count
      layers.append(
        ComparedLayer(name: name, fate: fate, sizes: Array(repeating: nil, count: comparisons.count + 1)))
      return layers.count - 1
    }
    for (index, comparison) in comparisons.enumerated() {
      for layer in comparison.layers {
        let row = place(layer.name, .same)
        layers[row].sizes[0] = Size(layer, isSecond: false)
        layers[row].sizes[index + 1] = Size(layer, isSecond: true)
        if layer.isChanged { layers[row].note(layer.hasOtherWeights ? .retrained : .changed) }
      }
      for layer in comparison.removed {
        let row = place(layer.name, .same)
        layers[row].sizes[0] = Size(layer)
        layers[row].note(.removed)
      }
      for layer in comparison.added {
        let row = place(layer.name, .added)
        layers[row].sizes[index + 1] = Size(layer)
      }
    }
    return layers
  }

  /// Takes note of what became of it in one of the networks: what tells most counts.
  private mutating func note(_ other: Fate) {
    let weights: [Fate] = [.same, .retrained, .changed, .removed, .added]
    if (weights.firstIndex(of: other) ?? 0) > (weights.firstIndex(of: fate) ?? 0) { fate = other }
  }
}

extension ComparisonOverlay {
  /// The layers that pass the filter: those that differ in shape first, then those with other weights, then the others.
  var rows: [ComparedLayer] {
    let needle = filter.text.lowercased()
    let shown = needle.isEmpty ? layers : layers.filter { $0.name.lowercased().contains(needle) }
    func isSame(_ layer: ComparedLayer) -> Bool { layer.fate == .same }
    func isRetrained(_ layer: ComparedLayer) -> Bool { layer.fate == .retrained }
    return shown.filter { !isSame($0) && !isRetrained($0) } + shown.filter(isRetrained) + shown.filter(isSame)
  }
}
