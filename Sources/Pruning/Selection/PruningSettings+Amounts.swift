import Graph

extension PruningSettings {
  /// The settings with another amount for a layer and for all that move with it; `nil` takes it away.
  ///
  /// A number of kernels to keep becomes the same share of partners that have another number of kernels.
  ///
  /// - Throws: `PruningError.unknownLayer`, `invalidAmount`.
  package func settingAmount(
    _ amount: Amount?, for layer: String, in groups: ChannelGroups
  ) throws -> PruningSettings {
    let index = try groups.requiredIndex(of: layer)
    let kernels = groups.layers[index].layer.kernels
    if let amount { _ = try Self.removal(amount, kernels: kernels, layer: layer) }
    var copy = self
    for partner in groups.tying(index) {
      let other = groups.layers[partner].layer
      if case .keep(let kept)? = amount, other.kernels != kernels {
        copy.amounts[other.name] = .keep(min(other.kernels, (kept * other.kernels + kernels - 1) / kernels))
      } else {
        copy.amounts[other.name] = amount
      }
    }
    return copy
  }

  /// The settings without what asks for nothing: amounts of no kernel, pins and cuts of none. Two settings that agree in
  /// this are the same choice, whatever was touched on the way.
  package func essential(in groups: ChannelGroups) -> PruningSettings {
    func asks(_ name: String, _ amount: Amount) -> Bool {
      switch amount {
      case .percent(let percent): percent != 0
      case .keep(let kept): groups.index(of: name).map { kept < groups.layers[$0].layer.kernels } ?? true
      }
    }
    var copy = self
    copy.amounts = amounts.filter { asks($0.key, $0.value) }
    copy.pinned = pinned.filter { !$0.value.isEmpty }
    copy.forced = forced.filter { !$0.value.isEmpty }
    return copy
  }

  /// By layer: how many kernels the amounts ask to remove; percentages are rounded down.
  func removals(in groups: ChannelGroups) throws -> [Int] {
    var result = [Int](repeating: 0, count: groups.layers.count)
    for name in amounts.keys.sorted() {
      guard let amount = amounts[name] else { continue }
      let index = try groups.requiredIndex(of: name)
      result[index] = try Self.removal(amount, kernels: groups.layers[index].layer.kernels, layer: name)
    }
    return result
  }

  private static func removal(_ amount: Amount, kernels: Int, layer: String) throws -> Int {
    switch amount {
    case .percent(let percent):
      guard percent.isFinite, 0...100 ~= percent else {
        throw PruningError.invalidAmount(layer: layer, problem: "\(percent) % is not between 0 and 100")
      }
      return share(percent, of: kernels)
    case .keep(let kept):
      guard kept >= 0 else {
        throw PruningError.invalidAmount(layer: layer, problem: "\(kept) kernels cannot be kept")
      }
      return max(0, kernels - kept)
    }
  }

  /// `percent` of a count, rounded down; a product that misses a whole number by rounding alone is taken as
  /// that number (29 % of 100 is 29).
  static func share(_ percent: Double, of count: Int) -> Int {
    min(count, Int(cut: percent / 100 * Double(count) + 1e-9 * Double(max(1, count))))
  }
}
