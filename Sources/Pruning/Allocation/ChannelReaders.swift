package import Graph

/// A position where channels are summed over: what reads them there can make up for those that go, if its weights are known.
package struct ChannelReader: Sendable {
  /// The value whose channels are read.
  package let value: ValueID
  /// The axis along which they lie.
  package let axis: Int
  /// By index of the axis, `repeats` indices each: the unit, or −1 where nothing can go.
  package let units: [Int]
  /// Consecutive indices that are one position: what a map of a channel was flattened to.
  package let repeats: Int
  /// The layer that reads them; `nil` for a product of two values.
  package let map: LinearMap?

  /// Indices of the axis.
  package var channels: Int { units.count }

  /// The weights that read each position, a row for each kernel, copy and tap: `[rows, channels]`; 0 for positions that a kernel
  /// of a grouped layer does not see.
  ///
  /// - Parameters:
  ///   - weights: the layer's matrix, as `LinearMap.matrix(of:)` has it.
  ///   - kernels: whose rows.
  package func rows(of weights: [Float], kernels: Range<Int>) -> [Float] {
    guard let map else { return [] }
    var result = [Float](repeating: 0, count: kernels.count * rowsPerKernel * channels)
    visit(map, kernels) { row, weight in result[row] = weights[weight] }
    return result
  }

  /// The way back from `rows(of:kernels:)` of all kernels.
  package func weights(ofRows rows: [Float]) -> [Float] {
    guard let map else { return [] }
    var result = [Float](repeating: 0, count: map.kernels * map.channelsInGroup * map.taps)
    visit(map, 0..<map.kernels) { row, weight in result[weight] = rows[row] }
    return result
  }

  /// Rows that one kernel has: one a copy of a position and tap.
  package var rowsPerKernel: Int { repeats * (map?.taps ?? 1) }

  private func visit(_ map: LinearMap, _ kernels: Range<Int>, _ body: (_ row: Int, _ weight: Int) -> Void) {
    let (inner, taps) = (map.channelsInGroup, map.taps)
    var row = 0
    for kernel in kernels {
      let first = kernel / map.kernelsInGroup * inner / repeats
      for copy in 0..<repeats {
        for tap in 0..<taps {
          for index in 0..<inner / repeats {
            body(row * channels + first + index, (kernel * inner + index * repeats + copy) * taps + tap)
          }
          row += 1
        }
      }
    }
  }
}

extension ChannelGroups {
  /// Every position where channels of some group are summed over, in the order of the graph. Layers that keep channels
  /// apart, such as depthwise ones, belong to the group and are none.
  package func readers(in bound: BoundNetwork) -> [ChannelReader] {
    var found: [ChannelReader] = []
    for index in bound.steps where !bound.isFailure(index) {
      let node = bound.network.nodes[index]
      let linear = LinearMap(bound, at: index)
      if let linear, linear.channelsInGroup == 1, linear.groups > 1 { continue }
      for axes in bound.relations(at: index).compactMap(\.readAxes) {
        for axis in axes {
          guard case .input(let number) = axis.operand, let value = node.inputs[safe: number] ?? nil,
            bound.constant(of: value) == nil,
            let channels = map.channels(.value(value.index)).first(where: { $0.axis == axis.axis })
          else { continue }
          let units = map.tables[channels.table].map { unit in
            unit >= 0 && self.units[Int(unit)].freezeReason == nil ? Int(unit) : -1
          }
          guard units.contains(where: { $0 >= 0 }) else { continue }
          let isLayer = linear.map { $0.data == value && $0.dataAxis == axis.axis } ?? false
          // A grouped layer whose groups cut a position in two is read as it is.
          let fits = linear.map { $0.channelsInGroup % channels.repeats == 0 } ?? false
          found.append(
            ChannelReader(
              value: value, axis: axis.axis, units: units, repeats: channels.repeats,
              map: isLayer && fits ? linear : nil))
        }
      }
    }
    return found
  }
}
