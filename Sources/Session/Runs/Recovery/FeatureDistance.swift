package import Compute
package import Graph
package import Pruning

/// How far what layers read is from what the original's layers read, on the channels that stay (Romero et al. 2015).
///
/// Outputs say little of an example: some numbers. What is read on the way says much more, so that fewer examples teach as much.
package struct FeatureDistance: Sendable {
  /// The values that are compared, of both networks.
  package var values: [ValueID] { features.map(\.value) }
  private let features: [Feature]

  /// A value and which of its channels stay. Elements lie as `[outer, channels, inner]`.
  private struct Feature {
    let value: ValueID
    /// Channels of the original that stay.
    let kept: [Int]
    let channelsBefore: Int
    let outer: Int
    let inner: Int

    var count: Int { outer * kept.count * inner }
    var countBefore: Int { outer * channelsBefore * inner }

    /// What a map reads; `nil` where the original has nothing of the same form.
    init?(
      _ map: LinearMap, _ network: BoundNetwork, original: BoundNetwork, kept: KeptIndices
    ) {
      // What a recovery added has no place in the original.
      guard let spec = original.specs[safe: map.data.index] ?? nil, spec.elementType.isFloatingPoint,
        let shape = network.shape(of: map.data), shape.indices.contains(map.dataAxis),
        shape.count == spec.shape.count
      else { return nil }
      let before = spec.shape
      let axis = map.dataAxis
      value = map.data
      self.kept = kept.indices(of: map.data, axis: axis) ?? Array(0..<before[axis])
      channelsBefore = before[axis]
      outer = shape[..<axis].reduce(1, *)
      inner = shape[(axis + 1)...].reduce(1, *)
      var expected = before
      expected[axis] = self.kept.count
      guard shape == expected, !shape.contains(0), self.kept.allSatisfy({ $0 < channelsBefore }) else {
        return nil
      }
    }

    /// Where the elements of each channel that stays begin, in the original's value and in the pruned network's.
    var runs: some Sequence<(before: Int, now: Int)> {
      (0..<outer).lazy.flatMap { row in
        kept.indices.lazy.map { position in
          (((row * channelsBefore) + kept[position]) * inner, (row * kept.count + position) * inner)
        }
      }
    }

    /// Takes the original's values from a pruned network's. Gives Σ(x − y)².
    func subtract(_ wanted: [Float], from values: inout [Float]) -> Double {
      // The compiler does not prove of two arrays that the indices are within them, and would look at each.
      wanted.withUnsafeBufferPointer { wanted in
        values.withUnsafeMutableBufferPointer { values in
          var squares = 0.0
          for (before, now) in runs {
            var ofRun: Float = 0
            for offset in 0..<inner {
              values[now + offset] -= wanted[before + offset]
              ofRun += values[now + offset] * values[now + offset]
            }
            squares += Double(ofRun)
          }
          return squares
        }
      }
    }

    /// Σ(y − ȳ)² over the channels that stay, each with its own mean; 0 where that is the rounding of a constant.
    func variation(of values: [Float]) -> Double {
      var variation = 0.0
      for channel in kept {
        var (sum, squares) = (0.0, 0.0)
        for row in 0..<outer {
          let start = (row * channelsBefore + channel) * inner
          for value in values[start..<start + inner] {
            sum += Double(value)
            squares += Double(value) * Double(value)
          }
        }
        let own = squares - sum * sum / Double(outer * inner)
        if own > 1e-6 * squares { variation += own }
      }
      return variation
    }
  }

  /// The distance of a pruned network from the one that it was.
  ///
  /// - Parameters:
  ///   - network: what is pruned, bound to batches of `examples`.
  ///   - original: likewise.
  ///   - kept: what stays of the original.
  ///   - most: elements that are looked at, of both networks. What is read last comes first: it decides most, and is least.
  package init(
    _ network: BoundNetwork, original: BoundNetwork, kept: KeptIndices, elementsAtMost most: Int = .max
  ) {
    var features: [Feature] = []
    var (seen, elements): (Set<ValueID>, Int) = ([], 0)
    for step in network.steps.reversed() {
      guard let map = LinearMap(network, at: step), !network.network.inputs.contains(map.data),
        seen.insert(map.data).inserted,
        let feature = Feature(map, network, original: original, kept: kept)
      else { continue }
      elements += feature.count + feature.countBefore
      guard elements <= most else { break }
      features.append(feature)
    }
    self.features = features
  }

  /// By feature: what the square of a difference counts, so that a feature counts 1 in all which is off by as much as it varies.
  package struct Weights: Sendable { fileprivate let factors: [Float] }

  /// Weights by what the original's plan has computed of a batch.
  package func weights(_ original: ExecutionPlan) throws -> Weights {
    Weights(
      factors: try features.map { feature in
        let values = try original.value(feature.value)
        guard values.count == feature.countBefore else { return 0 }
        let factor = 1 / (feature.variation(of: values) * Double(features.count))
        return factor < Double(Float.greatestFiniteMagnitude) / 2 ? Float(factor) : 0
      })
  }

  /// The derivatives of the distance, a mean over the features of Σ(x − y)² / Σ(y − ȳ)², by what a pruned network's plan has
  /// computed of a batch.
  ///
  /// - Parameter most: what the distance counts at most; all derivatives are smaller by as much as it is larger.
  package func gradients(
    _ plan: ExecutionPlan, original: ExecutionPlan, _ weights: Weights,
    countingAtMost most: Double = .infinity
  ) throws -> [ValueID: [Float]] {
    var differences: [(value: ValueID, weight: Float, numbers: [Float])] = []
    var distance = 0.0
    for (feature, weight) in zip(features, weights.factors) where weight > 0 {
      let wanted = try original.value(feature.value)
      var numbers = try plan.value(feature.value)
      guard wanted.count == feature.countBefore, numbers.count == feature.count else { continue }
      distance += Double(weight) * feature.subtract(wanted, from: &numbers)
      differences.append((feature.value, weight, numbers))
    }
    let share = distance > most ? Float(most / distance) : 1
    return differences.reduce(into: [:]) { gradients, difference in
      let factor = 2 * share * difference.weight
      gradients[difference.value] = difference.numbers.map { factor * $0 }
    }
  }
}
