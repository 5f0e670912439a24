import Graph

/// How long layers take at some widths on a machine, each by itself with all of its input channels: what
/// `PruningSettings.snapsToFastWidths` goes by.
public struct WidthTimes: Sendable, Hashable {
  /// Seconds by layer name and number of kernels; layers that cannot be measured by themselves are missing.
  package var layers: [String: [Int: Double]]

  /// Times as they were measured; by default nothing was.
  public init(layers: [String: [Int: Double]] = [:]) { self.layers = layers }

  /// The share by which a width must be faster for each kernel than the multiple near it to be preferred.
  ///
  /// The shortest of several runs still differs by a few percent from one time to the next: what is no faster
  /// than that must not decide, or the same command would give another network on another day.
  package static let margin = 0.1

  /// The widths that are looked at instead of a multiple: those nearer to it than to any other, at the steps
  /// that vectors of 128 bits make.
  ///
  /// The ranges of two multiples have nothing in common, so that a layer of which less is asked for never
  /// becomes wider.
  package static func candidates(near multiple: Int, block: Int = PruningSettings.fastMultiple) -> [Int] {
    stride(from: -block / 2, to: block / 2, by: 4).map { multiple + $0 }.filter { $0 > 0 }
  }

  /// Whether another width would be preferred to a multiple by the times of one layer.
  ///
  /// Nothing but disturbance makes times longer: what speaks against a multiple is worth measuring again.
  package static func speak(_ times: [Int: Double], against multiple: Int) -> Bool {
    guard let usual = times[multiple] else { return false }
    return times.contains { $1 / Double($0) < (1 - margin) * usual / Double(multiple) }
  }

  /// Seconds that the layers of a group take side by side at some widths; `nil` where a layer that was
  /// measured was not at that width, or none was.
  func seconds(_ widths: some Sequence<(String, Int)>) -> Double? {
    var sum: Double?
    for (layer, kernels) in widths {
      guard let times = layers[layer] else { continue }
      guard let seconds = times[kernels] else { return nil }
      sum = (sum ?? 0) + seconds
    }
    return sum
  }
}

extension ChannelGroups {
  /// By name: the multiple of `PruningSettings.fastMultiple` nearest to what is left of each layer that loses
  /// something.
  package func multiplesKept(by selection: Selection) -> [String: Int] {
    let block = PruningSettings.fastMultiple
    return zip(layers, selection.keptKernels).reduce(into: [:]) { found, entry in
      let (kernels, kept) = (entry.0.layer.kernels, entry.1.count)
      guard kept < kernels else { return }
      // The range of a multiple begins half a block below it.
      let multiple = (kept + block / 2) / block * block
      if multiple > 0 { found[entry.0.layer.name] = multiple }
    }
  }
}
