/// An extent that a network's file leaves open: the number of examples, the height or the width of pictures.
package struct OpenAxis: Sendable {
  /// Where the extent stands among the network's inputs.
  package struct Place: Sendable, Hashable {
    /// The input.
    package let input: ValueID
    /// The axis of it.
    package let axis: Int
  }

  /// What the file calls it, or where it stands: `batch`, `axis 2 of x`.
  package let name: String
  /// Where it stands; several positions change together.
  package let indices: [Place]
}

/// What a network does at other extents than those that it is bound to.
///
/// A file may leave an axis open along which the network takes one extent only. Which axes are truly free is found by
/// binding the network again, an axis at a time.
package struct OpenAxes: Sendable {
  /// The axes of which the network takes another extent too, each with the network bound to one.
  package let free: [(axis: OpenAxis, other: BoundNetwork)]
  /// The axes that the file leaves open although no other extent was found that the network takes.
  package let fixed: [OpenAxis]
  /// The network with another extent of every free axis at once; `nil` for fewer than two of them, or where the network
  /// does not take that.
  package let together: BoundNetwork?

  /// Every other binding: that of each free axis, and that of all together.
  package var bindings: [BoundNetwork] { free.map(\.other) + [together].compactMap { $0 } }

  /// - Complexity: a few bindings for each axis that is open.
  init(of bound: BoundNetwork) {
    var search = OpenAxisSearch(bound)
    search.run()
    free = search.free.map { ($0.axis, $0.other) }
    fixed = search.untaken.map { OpenAxis(name: search.name(of: [$0]), indices: [$0]) }
    let extents = search.free.reduce(into: [:]) { $0.merge($1.extents) { first, _ in first } }
    together = search.free.count > 1 ? search.rebound(extents) : nil
  }
}

extension BoundNetwork {
  /// Which of the axes that the file leaves open are free, found by binding the network to other extents.
  ///
  /// - Complexity: a few bindings for each axis that is open; keep the result.
  package func openAxes() -> OpenAxes { OpenAxes(of: self) }
}

/// Looks for extents that a network takes besides those that it is bound to.
private struct OpenAxisSearch {
  typealias Place = OpenAxis.Place

  private let bound: BoundNetwork
  private(set) var free: [(axis: OpenAxis, extents: [Place: Int], other: BoundNetwork)] = []
  /// The positions that nothing was found for yet, in the order of the inputs.
  private(set) var untaken: [Place] = []

  init(_ bound: BoundNetwork) {
    self.bound = bound
    for input in bound.network.inputs {
      guard let shape = bound.shape(of: input), bound.constant(of: input) == nil else { continue }
      let declared = bound.network.values[input.index].declaredType?.dimensions
      untaken += shape.indices.filter { declared?[safe: $0]?.extent == nil }.map {
        Place(input: input, axis: $0)
      }
    }
  }

  /// Tries each axis by itself: what has one symbol, and the first axes of which nothing is said, change together.
  ///
  /// What does not work so may work with others: with all that have the symbol, with the same axis of other inputs, with
  /// all that is left.
  mutating func run() {
    tryTogether { [self] in [symbol(of: $0) ?? "input \($0.axis == 0 ? 0 : $0.input.index)", "\($0.axis)"] }
    tryTogether { [self] in [symbol(of: $0) ?? "input \($0.input.index) axis \($0.axis)"] }
    tryTogether { ["\($0.axis)"] }
    tryTogether { _ in [] }
  }

  /// Tries the positions that are left in groups of one key.
  private mutating func tryTogether(_ key: (Place) -> [String]) {
    let groups = Dictionary(grouping: untaken, by: key)
    for first in untaken {
      guard let group = groups[key(first)], group.first == first else { continue }
      for extents in candidates(group) {
        guard let other = rebound(extents) else { continue }
        free.append((OpenAxis(name: name(of: group), indices: group), extents, other))
        untaken.removeAll(where: group.contains)
        break
      }
    }
  }

  /// Other extents, those first that are right most often: a network may take multiples only, no more than so many
  /// positions, or a multiple and one.
  private func candidates(_ group: [Place]) -> [[Place: Int]] {
    let extents = group.compactMap { index in
      bound.shape(of: index.input)?[safe: index.axis].map { (index, $0) }
    }
    // What is as long as this has been made up.
    guard extents.allSatisfy({ $0.1 <= 1 << 32 }) else { return [] }
    let changes: [(Int) -> Int?] = [
      { 2 * $0 }, { 3 * $0 }, { $0 % 2 == 0 ? $0 / 2 : nil }, { 2 * $0 - 1 },
    ]
    return changes.compactMap { change in
      let changed = extents.compactMap { index, extent in
        change(extent).flatMap { $0 != extent ? (index, $0) : nil }
      }
      return changed.count == group.count
        ? Dictionary(changed, uniquingKeysWith: { first, _ in first }) : nil
    }
  }

  /// The network bound to these extents, and to those that it had for all others; `nil` where it does not take them.
  func rebound(_ extents: [Place: Int]) -> BoundNetwork? {
    var shapes: [ValueID: [Int]] = [:]
    for input in bound.network.inputs { shapes[input] = bound.shape(of: input) }
    for (index, extent) in extents { shapes[index.input]?[index.axis] = extent }
    guard let other = try? bound.rebound(shapes),
      other.network.nodes.count == bound.network.nodes.count,
      other.failures.map(\.node) == bound.failures.map(\.node)
    else { return nil }
    return other
  }

  /// What the axis at some positions is called.
  func name(of indices: [Place]) -> String {
    let symbols = Set(indices.map(symbol))
    if symbols.count == 1, let symbol = symbols.first ?? nil { return symbol }
    return indices.map { "axis \($0.axis) of \(bound.network.name(of: $0.input))" }.joined(separator: " and ")
  }

  private func symbol(of index: Place) -> String? {
    let declared = bound.network.values[index.input.index].declaredType?.dimensions
    guard case .symbolic(let label)? = declared?[safe: index.axis], !label.isEmpty else { return nil }
    return label
  }
}
