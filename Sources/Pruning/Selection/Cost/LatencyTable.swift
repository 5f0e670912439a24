package import Graph

/// How long the layers of a network take on a machine, by their widths.
public struct LatencyTable: Sendable, Hashable, Codable {
  /// One layer's times on a grid of widths.
  package struct Layer: Sendable, Hashable, Codable {
    /// Output channels measured, ascending.
    package let kernels: [Int]
    /// Input channels measured, ascending.
    package let inputs: [Int]
    /// Seconds, `[kernels, inputs]`; more channels never take less time.
    package let seconds: [Double]

    /// A grid of measured times, `[kernels, inputs]`.
    ///
    /// Times are raised where fewer channels were measured to take longer, so that removing never costs time.
    package init(kernels: [Int], inputs: [Int], seconds: [Double]) {
      precondition(seconds.count == kernels.count * inputs.count, "a time for each pair of widths")
      var raised = seconds
      for row in kernels.indices {
        for column in inputs.indices {
          let index = row * inputs.count + column
          if row > 0 { raised[index] = max(raised[index], raised[index - inputs.count]) }
          if column > 0 { raised[index] = max(raised[index], raised[index - 1]) }
        }
      }
      self.kernels = kernels
      self.inputs = inputs
      self.seconds = raised
    }

    /// Reads a grid that was written.
    ///
    /// - Throws: `DecodingError` for anything that is no grid of times.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      let kernels = try container.decode([Int].self, forKey: .kernels)
      let inputs = try container.decode([Int].self, forKey: .inputs)
      let seconds = try container.decode([Double].self, forKey: .seconds)
      func isAscending(_ widths: [Int]) -> Bool {
        widths.first.map { $0 > 0 } == true && zip(widths, widths.dropFirst()).allSatisfy { $0 < $1 }
      }
      guard isAscending(kernels), isAscending(inputs), seconds.count == kernels.count * inputs.count,
        seconds.allSatisfy({ $0.isFinite && $0 >= 0 })
      else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "These are no times on a grid of widths."))
      }
      self.init(kernels: kernels, inputs: inputs, seconds: seconds)
    }

    /// Seconds at some widths, between the measured ones by proportion.
    package func seconds(kernels count: Int, inputs inputCount: Int) -> Double {
      let (row, rowShare) = Self.index(of: count, in: kernels)
      let (column, columnShare) = Self.index(of: inputCount, in: inputs)
      func at(_ row: Int, _ column: Int) -> Double {
        seconds[min(row, kernels.count - 1) * inputs.count + min(column, inputs.count - 1)]
      }
      let low = at(row, column) * (1 - columnShare) + at(row, column + 1) * columnShare
      let high = at(row + 1, column) * (1 - columnShare) + at(row + 1, column + 1) * columnShare
      return low * (1 - rowShare) + high * rowShare
    }

    private static func index(of width: Int, in grid: [Int]) -> (index: Int, share: Double) {
      guard let above = grid.firstIndex(where: { $0 >= width }) else { return (grid.count - 1, 0) }
      if above == 0 { return (0, 0) }
      let step = grid[above] - grid[above - 1]
      return (above - 1, Double(width - grid[above - 1]) / Double(step))
    }
  }

  /// By layer name; layers that are not measured count among the rest.
  package var layers: [String: Layer]
  /// Seconds of everything else, which is taken to go with the bytes of all activations.
  package var rest: Double
  /// The bytes of all activations of the network that the rest was measured in (`ChannelGroups.activationBytes`);
  /// `nil` where that is the network that the table is used for.
  package var activationBytes: Int?

  /// A table of what was measured.
  package init(layers: [String: Layer], rest: Double, activationBytes: Int? = nil) {
    self.layers = layers
    self.rest = rest
    self.activationBytes = activationBytes
  }
}

extension ChannelGroups {
  /// Bytes of all activations of one example, whether they live at once or not.
  package var activationBytes: Int { costs.activations.total(costs.tables) }
}

/// A network's latency by a table, as channels go: an estimate, since layers take another time side by side than
/// one by one.
///
/// The table may be that of the network that this one was pruned from.
package struct LatencyModel: Sendable {
  private struct Timed {
    let times: LatencyTable.Layer
    let kernels: Int
    let kernelChannels: AxisChannels?
    let inputs: Int
    let inputChannels: AxisChannels?
  }

  private let layers: [Timed]
  private let rest: Double
  private let costs: CostModel
  private let bytes: Double

  /// The latency of the network of `groups`.
  package init(_ table: LatencyTable, groups: ChannelGroups) {
    let (costs, map) = (groups.costs, groups.map)
    layers = groups.layers.enumerated().compactMap { index, coupled in
      guard let times = table.layers[coupled.layer.name], let number = costs.layerOperations[index] else {
        return nil
      }
      let operation = costs.operations[number]
      let axis = coupled.layer.inputAxis(of: operation.call.inputs.first??.shape.count ?? 0)
      guard let shape = operation.call.inputs.first??.shape, axis < shape.count else { return nil }
      return Timed(
        times: times, kernels: coupled.layer.kernels,
        kernelChannels: map.values[coupled.layer.output.index].first { $0.axis == coupled.layer.outputAxis },
        inputs: shape[axis], inputChannels: operation.inputs[0].first { $0.axis == axis })
    }
    rest = table.rest
    self.costs = costs
    bytes = Double(max(1, table.activationBytes ?? groups.activationBytes))
  }

  /// Seconds for one example, without what a selection removes.
  package func seconds(without selection: Selection) -> Double {
    var counts = costs.tables
    for unit in selection.removedUnits {
      for (table, count) in costs.indices[unit] { counts[table] -= count }
    }
    return seconds(counts)
  }

  /// Seconds for one example as the network is.
  package var seconds: Double { seconds(costs.tables) }

  func seconds(_ counts: [Int]) -> Double {
    layers.reduce(rest * Double(costs.activations.total(counts)) / bytes) { sum, layer in
      let kernels = layer.kernelChannels.map { counts[$0.table] * $0.repeats } ?? layer.kernels
      let inputs = layer.inputChannels.map { counts[$0.table] * $0.repeats } ?? layer.inputs
      return sum + layer.times.seconds(kernels: kernels, inputs: inputs)
    }
  }
}

extension Layer {
  /// The axis of the layer's data input that carries its input channels.
  package func inputAxis(of rank: Int) -> Int { isConvolution ? 1 : max(0, rank - 1) }
}

extension RemovalOrder {
  /// Blocks of kernels of each group in the order of their scores, the groups' merged by what a block's scores
  /// are worth a second saved: what the greedy solution of the knapsack takes, which of all orders leaves the
  /// most of the scores for the time but for the last block.
  init(
    latency model: LatencyModel, block: Int, _ ranking: UnitScores, _ groups: ChannelGroups, isHeld: [Bool]
  ) {
    var blocks: [(density: Double, index: Int, units: [Int])] = []
    var byGroup = [[Int]](repeating: [], count: groups.groups.count)
    for unit in ranking.order where !isHeld[unit] {
      if let group = groups.units[unit].group { byGroup[group].append(unit) }
    }
    for units in byGroup {
      var costs = groups.costs.tables
      var before = model.seconds(costs)
      var density = 0.0
      for start in stride(from: 0, to: units.count, by: max(1, block)) {
        let part = Array(units[start..<min(start + max(1, block), units.count)])
        for unit in part { for (table, count) in groups.costs.indices[unit] { costs[table] -= count } }
        let after = model.seconds(costs)
        let worth = part.reduce(0.0) { $0 + max(0, ranking.values[$1]) }
        // A block that saves nothing by itself waits for those that do; none overtakes one of its own group.
        density = max(density, worth / max(before - after, 1e-12))
        blocks.append((density, blocks.count, part))
        before = after
      }
    }
    blocks.sort { ($0.density, $0.index) < ($1.density, $1.index) }
    self.init(units: blocks.flatMap(\.units), shares: [])
  }
}
