import Graph

/// The window of a convolution or a pooling as ONNX defines it, found without the product's own windows.
struct ReferenceWindow {
  let kernel: [Int]
  /// What is added before each axis, and behind it.
  let before: [Int]
  let after: [Int]
  private let strides: [Int]
  private let dilations: [Int]

  /// A window that slides over an image.
  init(_ call: OperatorCall, over image: [Int], kernel: [Int]? = nil) {
    let kernel = kernel ?? call.ints("kernel_shape") ?? []
    let strides = call.ints("strides") ?? image.map { _ in 1 }
    let dilations = call.ints("dilations") ?? image.map { _ in 1 }
    let totals = image.indices.map { axis in
      let positions = (Double(image[axis]) / Double(strides[axis])).rounded(.up)
      let needed = (Int(positions) - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
      return max(0, needed - image[axis])
    }
    self.init(
      call, kernel, strides, dilations,
      totals: call.string("auto_pad", default: "").hasPrefix("SAME") ? totals : nil)
  }

  /// The window of a transposed convolution, which slides over what it makes.
  init(_ call: OperatorCall, making result: [Int], of image: [Int], kernel: [Int]) {
    let strides = call.ints("strides") ?? image.map { _ in 1 }
    let dilations = call.ints("dilations") ?? image.map { _ in 1 }
    let extra = call.ints("output_padding") ?? image.map { _ in 0 }
    let totals = image.indices.map { axis in
      let reached = strides[axis] * (image[axis] - 1) + dilations[axis] * (kernel[axis] - 1) + 1
      return max(0, reached + extra[axis] - result[axis])
    }
    let isShared = call.ints("output_shape") != nil || call.string("auto_pad", default: "").hasPrefix("SAME")
    self.init(call, kernel, strides, dilations, totals: isShared ? totals : nil)
  }

  /// - Parameter totals: what is padded along each axis, to be shared out over both ends; the attribute's where `nil`.
  private init(_ call: OperatorCall, _ kernel: [Int], _ strides: [Int], _ dilations: [Int], totals: [Int]?) {
    (self.kernel, self.strides, self.dilations) = (kernel, strides, dilations)
    let mode = call.string("auto_pad", default: "")
    if let totals {
      // The odd one goes behind for SAME_UPPER, and before else.
      before = totals.map { mode == "SAME_UPPER" ? $0 / 2 : $0 - $0 / 2 }
      after = totals.map { mode == "SAME_UPPER" ? $0 - $0 / 2 : $0 / 2 }
    } else {
      let pads = mode == "VALID" ? nil : call.ints("pads")
      before = kernel.indices.map { pads?[$0] ?? 0 }
      after = kernel.indices.map { pads?[kernel.count + $0] ?? 0 }
    }
  }

  /// Where an element of the kernel lies when the window is at a position; outside the image it is in the padding.
  func index(_ position: some Collection<Int>, _ tap: [Int]) -> [Int] {
    zip(position, tap).enumerated().map { axis, place in
      place.0 * strides[axis] + place.1 * dilations[axis] - before[axis]
    }
  }

  /// How many positions it has along each axis of an image.
  func positions(over image: [Int]) -> [Int] {
    image.indices.map { axis in
      let padded = before[axis] + image[axis] + after[axis]
      var (count, start) = (0, 0)
      while start + dilations[axis] * (kernel[axis] - 1) < padded {
        (count, start) = (count + 1, start + strides[axis])
      }
      return count
    }
  }
}
