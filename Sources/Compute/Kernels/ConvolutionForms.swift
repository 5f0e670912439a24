import Graph

// Other convolutions that compute the same, for which the library has faster code.

extension ConvolutionParts {
  /// Makes a convolution of several kernels for each single channel a depthwise one: each channel stands there as often as
  /// kernels read it. The library has fast code for the one and not for the other.
  ///
  /// - Returns: how the source becomes the one that is read then; nothing where it stays.
  mutating func spreadChannels() -> [Movement] {
    let channels = source[1]
    guard !isTransposed, groups == channels, groups > 1, kernels > channels else { return [] }
    let (examples, space, times) = (source[0], Array(source[2...]), kernels / channels)
    source[1] = kernels
    groups = kernels
    return [
      .reshape([examples, channels, 1] + space), .expand([examples, channels, times] + space),
      .reshape(source),
    ]
  }

  /// Leaves out the outermost taps that only ever read padding, as those of a dilation beyond the image do.
  ///
  /// - Returns: how the weight is cut, in the file's order; nothing where every tap is needed.
  mutating func dropIdleTaps() -> [Movement] {
    let (under, over) = images
    var cuts: [Movement] = []
    for axis in over.indices where weight[2 + axis] > 1 {
      let (stride, dilation, before) = (strides[axis], dilations[axis], padsBefore[axis])
      let busy = (0..<weight[2 + axis]).filter { tap in
        // The first window whose tap does not lie before the image.
        let window = max(0, (before - tap * dilation + stride - 1) / stride)
        return window < over[axis] && window * stride + tap * dilation - before < under[axis]
      }
      guard let last = busy.last, var first = busy.first else { continue }
      // The library knows no image that begins outside of the window.
      first = min(first, before / dilation)
      let count = last - first + 1
      guard count < weight[2 + axis] else { continue }
      cuts.append(.narrow(axis: 2 + axis, start: first, count: count, step: 1))
      weight[2 + axis] = count
      padsBefore[axis] -= first * dilation
    }
    return cuts
  }

  /// The convolution that takes the gradient of this one's result to that of its source: by the weight turned round.
  ///
  /// - Returns: it, and how the weight is turned; `nil` unless it is depthwise and moves by single steps.
  func turned() -> (parts: ConvolutionParts, turn: [Movement])? {
    guard isDepthwise, strides.allSatisfy({ $0 == 1 }) else { return nil }
    var parts = self
    (parts.source, parts.result) = (result, source)
    parts.post = []
    for axis in strides.indices {
      parts.padsBefore[axis] = (weight[2 + axis] - 1) * dilations[axis] - padsBefore[axis]
    }
    guard parts.padsBefore.allSatisfy({ $0 >= 0 }) else { return nil }
    let turn = strides.indices.map { axis in
      Movement.take(axis: 2 + axis, indices: Array((0..<weight[2 + axis]).reversed()))
    }
    return (parts, turn)
  }
}
