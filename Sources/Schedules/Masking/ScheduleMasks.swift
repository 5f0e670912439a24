import Graph
import Pruning
package import Training

/// What a schedule holds at zero, by the instance that masked it.
package struct ScheduleMasks: Sendable, Hashable, Codable {
  /// The mask of one weight by one instance.
  enum Part: Sendable, Hashable, Codable {
    case filters([Int])
    case channels([Int])
    case elements(BitMask)
  }

  /// By instance, then by layer; an instance's newer mask of a weight replaces its older one.
  private var parts: [String: [String: Part]] = [:]
  /// By pruner, then by layer: the standard deviation when it was first pruned.
  private var deviations: [String: [String: Double]] = [:]

  /// Nothing is masked.
  package init() {}

  mutating func set(_ part: Part, of layer: String, by instance: String) {
    parts[instance, default: [:]][layer] = part
  }

  func part(of layer: String, by instance: String) -> Part? { parts[instance]?[layer] }

  /// Whether an instance masks something.
  func isMasking(_ instance: String) -> Bool { parts[instance]?.isEmpty == false }

  /// Forgets what an instance masked.
  mutating func forget(_ instance: String) { parts[instance] = nil }

  /// The deviation that was noted, or else the one given, which is noted.
  mutating func deviation(
    of layer: String, by pruner: String, _ measure: () throws -> Double
  ) rethrows -> Double {
    if let known = deviations[pruner]?[layer] { return known }
    let measured = try measure()
    deviations[pruner, default: [:]][layer] = measured
    return measured
  }

  /// The positions of a layer's axis that are masked as a whole.
  func positions(of layer: String, _ structure: Pruner.Structure) -> Set<Int> {
    parts.values.reduce(into: []) { found, byLayer in
      switch byLayer[layer] {
      case .filters(let list)? where structure == .filters: found.formUnion(list)
      case .channels(let list)? where structure != .filters: found.formUnion(list)
      default: break
      }
    }
  }

  /// The layers of which something is masked.
  var layers: Set<String> { Set(parts.values.flatMap(\.keys)) }

  /// The instances that mask something of a layer, in the alphabet's order.
  func instances(masking layer: String) -> [String] {
    parts.keys.filter { parts[$0]?[layer] != nil }.sorted()
  }

  /// All masks of a weight together; `nil` where nothing is masked.
  package func mask(of weight: BoundWeight) -> WeightMask? { mask(of: weight) { _ in true } }

  /// The masks that some instances have of a weight.
  func mask(of weight: BoundWeight, by isMeant: (String) -> Bool) -> WeightMask? {
    var result: WeightMask?
    for instance in instances(masking: weight.layerName) where isMeant(instance) {
      guard let part = parts[instance]?[weight.layerName], let mask = Self.mask(part, of: weight) else {
        continue
      }
      result = result.map { $0.intersection(mask) } ?? mask
    }
    return result
  }

  private static func mask(_ part: Part, of weight: BoundWeight) -> WeightMask? {
    switch part {
    case .filters(let list):
      return weight.filterAxis.map { WeightMask(zeroing: list, axis: $0, shape: weight.shape) }
    case .channels(let list):
      return weight.channelAxis.map { WeightMask(zeroing: list, axis: $0, shape: weight.shape) }
    case .elements(let bits):
      let keeps = bits.keeps
      return keeps.count == weight.shape.elementCount ? WeightMask(keeps: keeps) : nil
    }
  }

  /// Cuts the masks of a weight down to what stays of it.
  ///
  /// - Parameters:
  ///   - weight: as it was before.
  ///   - kept: positions that stay, by axis; an axis that is missing stays whole.
  mutating func cut(_ weight: BoundWeight, kept: [Int: [Int]]) {
    func moved(_ list: [Int], _ axis: Int?) -> [Int] {
      guard let kept = axis.flatMap({ kept[$0] }) else { return list }
      let indices = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
      return list.compactMap { indices[$0] }
    }
    for instance in parts.keys {
      switch parts[instance]?[weight.layerName] {
      case .filters(let list)?:
        set(.filters(moved(list, weight.filterAxis)), of: weight.layerName, by: instance)
      case .channels(let list)?:
        set(.channels(moved(list, weight.channelAxis)), of: weight.layerName, by: instance)
      case .elements(let bits)?:
        var tensor = Tensor(bits.keeps.map { $0 ? Float(1) : 0 }, shape: weight.shape)
        for (axis, list) in kept { tensor = tensor.taking(list, alongAxis: axis) }
        set(.elements(BitMask(tensor.floats.map { $0 > 0 })), of: weight.layerName, by: instance)
      case nil: break
      }
    }
  }
}
