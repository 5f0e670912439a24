/// A node that multiplies data by weights that are constants, and adds a bias a channel: a convolution, a transposed
/// one, a product with a matrix.
///
/// Whatever its operator, it is a matrix for each of its groups: a row a kernel, a column for each channel of the group
/// and tap of the window.
package struct LinearMap: Sendable {
  /// Where the weights of one kernel stand in the constant.
  enum Order: Sendable { case kernelsFirst, channelsFirst }

  /// The index in `Network.nodes`.
  package let index: Int
  /// The node.
  package let node: NodeID
  /// What is multiplied: `[N, C, …]` before a convolution, `[…, C]` before a matrix.
  package let data: ValueID
  /// The result.
  package let output: ValueID
  /// The weights, computed from constants or a constant.
  package let weights: ValueID
  /// The bias that the node itself adds, where it has one.
  package let bias: ValueID?
  /// Channels of `data`.
  package let channels: Int
  /// Channels of `output`.
  package let kernels: Int
  /// Groups of channels that do not see each other; 1 for a matrix.
  package let groups: Int
  /// The axis of the channels of `data`.
  package let dataAxis: Int
  /// The axis of the channels of `output`.
  package let outputAxis: Int
  /// Which elements of `data` the taps see; `nil` for a matrix, which sees one.
  package let window: TapWindow?
  let order: Order

  /// Channels that one group sees.
  package var channelsInGroup: Int { channels / groups }
  /// Kernels of one group.
  package var kernelsInGroup: Int { kernels / groups }
  /// Elements of the window.
  package var taps: Int { window?.taps ?? 1 }

  /// The node at `index`, where it is such a map and its weights are known.
  package init?(_ bound: BoundNetwork, at index: Int) {
    let call = bound.call(at: index)
    let node = call.node
    let traits = bound.traits(at: index)
    guard !bound.isFailure(index), let form = traits.layer, form.isPlain(call), node.inputs.count > 1,
      let data = node.inputs[0],
      let weights = node.inputs[1], let output = node.outputs.first ?? nil, bound.constant(of: data) == nil,
      let tensor = bound.constant(of: weights), tensor.elementType.isFloatingPoint, tensor.shape.count > 1,
      let shape = bound.shape(of: data), let result = bound.shape(of: output), shape.count > 1
    else { return nil }
    (self.index, self.node, self.data, self.weights, self.output) = (index, node.id, data, weights, output)
    bias = bound.table.input(.bias, of: node)
    dataAxis = form.channelAxis(ofRank: shape.count)
    outputAxis = form.channelAxis(ofRank: result.count)
    (channels, kernels) = (shape[dataAxis], result[outputAxis])
    order = form.kernelAxis(call) == 0 ? .kernelsFirst : .channelsFirst
    guard let window = form.window else {
      guard tensor.shape.count == 2 else { return nil }
      (groups, self.window) = (1, nil)
      return
    }
    groups = max(1, call.int("group", default: 1))
    guard
      let taps = try? TapWindow(
        call, window, spatial: Array(shape[2...]), output: Array(result[2...]))
    else { return nil }
    self.window = taps
  }

  /// The weights as one matrix a group, `[kernels, channelsInGroup · taps]` in C order.
  ///
  /// - Parameter weights: elements in the order of the constant.
  package func matrix(of weights: [Float]) -> [Float] {
    guard order == .channelsFirst else { return weights }
    var result = [Float](repeating: 0, count: weights.count)
    visitTransposed { matrix, constant in result[matrix] = weights[constant] }
    return result
  }

  /// The elements of the constant that stands for a matrix a group: the way back from `matrix(of:)`.
  package func weights(ofMatrix matrix: [Float]) -> [Float] {
    guard order == .channelsFirst else { return matrix }
    var result = [Float](repeating: 0, count: matrix.count)
    visitTransposed { index, constant in result[constant] = matrix[index] }
    return result
  }

  /// The index of each weight in the matrix and in a constant `[C, K/groups, taps]`.
  private func visitTransposed(_ body: (_ matrix: Int, _ constant: Int) -> Void) {
    for channel in 0..<channels {
      let (group, inner) = channel.quotientAndRemainder(dividingBy: channelsInGroup)
      for kernel in 0..<kernelsInGroup {
        for tap in 0..<taps {
          let row = group * kernelsInGroup + kernel
          body(
            (row * channelsInGroup + inner) * taps + tap, (channel * kernelsInGroup + kernel) * taps + tap)
        }
      }
    }
  }
}

/// Which spatial elements of its input a convolution multiplies for each element of its output.
package struct TapWindow: Sendable {
  private let window: SlidingWindow
  private let spatial: [Int]
  private let output: [Int]
  private let transposes: Bool

  /// Elements of the window.
  package let taps: Int
  /// Spatial axes.
  package var axes: Int { spatial.count }
  /// Spatial elements of the input.
  package let inputCount: Int
  /// Spatial elements of the output.
  package let outputCount: Int

  init(
    _ call: OperatorCall, _ form: LayerForm.Window, spatial: [Int], output: [Int]
  ) throws {
    let kernel = Array(try call.shape(1)[2...])
    transposes = form == .overOutput
    window =
      transposes
      ? try call.transposedWindow(over: spatial, kernel: kernel).window
      : try call.slidingWindow(over: spatial, kernel: kernel)
    self.spatial = spatial
    self.output = output
    (taps, inputCount, outputCount) = (kernel.elementCount, spatial.elementCount, output.elementCount)
  }

  /// For each tap the input's element that it sees at an output's element, both counted in C order; −1 in the padding.
  package func sources(at position: Int) -> [Int] {
    let axes = spatial.count
    let index = Self.coordinates(position, in: output)
    return (0..<taps).map { tap in
      let element = Self.coordinates(tap, in: window.kernel)
      var source = 0
      for axis in 0..<axes {
        let reach = element[axis] * window.dilations[axis]
        var at: Int
        if transposes {
          at = index[axis] + window.padsBefore[axis] - reach
          guard at % window.strides[axis] == 0 else { return -1 }
          at /= window.strides[axis]
        } else {
          at = index[axis] * window.strides[axis] + reach - window.padsBefore[axis]
        }
        guard 0..<spatial[axis] ~= at else { return -1 }
        source = source * spatial[axis] + at
      }
      return source
    }
  }

  /// The share of the output's elements at which each tap sees an element and not padding.
  package var coverage: [Double] {
    var counts = [Int](repeating: 0, count: taps)
    for position in 0..<outputCount {
      for (tap, source) in sources(at: position).enumerated() where source >= 0 { counts[tap] += 1 }
    }
    return counts.map { Double($0) / Double(max(1, outputCount)) }
  }

  private static func coordinates(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var result = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
      result[axis] = rest % shape[axis]
      rest /= shape[axis]
    }
    return result
  }
}
