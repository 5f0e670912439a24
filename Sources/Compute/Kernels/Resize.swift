import Graph

/// `Resize` and `Upsample`, nearest, linear and cubic: one axis after another, each a sparse matrix.
struct ResizeKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value)
    let interpolation = try Interpolation(site, from: source.shape)
    let (steps, outside) = (interpolation.axes, interpolation.outside)
    // What lies outside of a region is 0 for every axis's matrix: the value that stands there is taken off before.
    var current = source
    if outside != 0 {
      current = try plan.map("Resize", [current], shape: current.shape) { $0[0] + .constant(-outside) }
    }
    current = try plan.resample(site.node.op, current, steps)
    if outside != 0 {
      current = try plan.map("Resize", [current], shape: current.shape) { $0[0] + .constant(outside) }
    }
    try plan.define(output, current)
    guard plan.needsGradient(output) else { return }
    let shape = source.shape
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let transposed = steps.map { ($0.axis, $0.taps.transposed(count: shape[$0.axis])) }
      plan.contribute(try plan.resample(site.node.op + ".backward", gradient, transposed), to: value)
    }
  }
}

/// How a `Resize` interpolates along each axis that changes.
struct Interpolation {
  private(set) var axes: [(axis: Int, taps: Taps)] = []
  /// What stands where a region reaches out of the input.
  private(set) var outside: Float = 0

  private enum Mode { case nearest, linear, cubic }

  init(_ site: KernelSite, from source: [Int]) throws {
    let call = site.call
    let isOld = site.node.op == "Upsample" || call.opset < 11
    let mode: Mode
    switch call.string("mode", default: "nearest") {
    case "nearest": mode = .nearest
    case "linear", "bilinear", "trilinear": mode = .linear
    case "cubic": mode = .cubic
    case let other: throw site.unsupported("its mode is \(other)")
    }
    let transform =
      isOld ? "asymmetric" : call.string("coordinate_transformation_mode", default: "half_pixel")
    guard
      [
        "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
        "tf_crop_and_resize",
      ].contains(transform)
    else { throw site.unsupported("its coordinate transformation is \(transform)") }
    let rounding = isOld ? "floor" : call.string("nearest_mode", default: "round_prefer_floor")
    let sharpness = Double(call.float("cubic_coeff_a", default: -0.75))
    let excludes = call.int("exclude_outside", default: 0) != 0
    let smooths = call.int("antialias", default: 0) != 0
    let resizing = try call.resizing()
    if resizing.region != nil { outside = call.float("extrapolation_value", default: 0) }
    for axis in source.indices where !resizing.keeps(axis, of: source) {
      let (from, to, scale) = (source[axis], resizing.shape[axis], resizing.scales[axis])
      var taps = Taps()
      for index in 0..<to {
        let x: Double
        if let region = resizing.region?[axis] {
          x = Self.coordinate(Double(index), in: region, from, to)
          guard x >= 0, x <= Double(from - 1) else {
            taps.append([])
            continue
          }
        } else {
          x = Self.coordinate(Double(index), transform, scale, from, to)
        }
        switch mode {
        case .nearest: taps.append([(Self.nearest(x, rounding, from), 1)])
        case .linear where smooths && scale < 1:
          taps.append(Self.smoothed(x, scale, reach: 1, from, excludes) { max(0, 1 - abs($0)) })
        case .linear:
          let clamped = max(0, min(Double(from - 1), x))
          let low = min(Int(cut: clamped), max(0, from - 2))
          let share = Float(clamped - Double(low))
          taps.append(from == 1 ? [(0, 1)] : [(low, 1 - share), (low + 1, share)])
        case .cubic:
          let width = smooths ? min(scale, 1) : 1
          taps.append(
            Self.smoothed(x, width, reach: 2, from, excludes) { Self.cubic(abs($0), sharpness) })
        }
      }
      axes.append((axis, taps))
    }
  }

  /// The position in the input that a position in the output comes from, for a part of the axis.
  private static func coordinate(
    _ x: Double, in region: ClosedRange<Double>, _ from: Int, _ to: Int
  ) -> Double {
    let last = Double(from - 1)
    if to <= 1 { return 0.5 * (region.lowerBound + region.upperBound) * last }
    return region.lowerBound * last + x * (region.upperBound - region.lowerBound) * last / Double(to - 1)
  }

  /// The position in the input that a position in the output comes from (ONNX, `coordinate_transformation_mode`).
  private static func coordinate(
    _ x: Double, _ transform: String, _ scale: Double, _ from: Int, _ to: Int
  ) -> Double {
    switch transform {
    case "asymmetric": x / scale
    case "align_corners": to == 1 ? 0 : x * Double(from - 1) / Double(to - 1)
    case "pytorch_half_pixel": to > 1 ? (x + 0.5) / scale - 0.5 : 0
    case "half_pixel_symmetric":
      Double(from) / 2 * (1 - Double(to) / (scale * Double(from))) + (x + 0.5) / scale - 0.5
    default: (x + 0.5) / scale - 0.5
    }
  }

  private static func nearest(_ x: Double, _ rounding: String, _ count: Int) -> Int {
    let rounded: Double =
      switch rounding {
      case "floor": x.rounded(.down)
      case "ceil": x.rounded(.up)
      case "round_prefer_ceil": (x + 0.5).rounded(.down)
      default: (x - 0.5).rounded(.up)
      }
    return max(0, min(count - 1, Int(cut: rounded)))
  }

  /// Keys' cubic convolution kernel (1981) at a distance, with the given sharpness.
  private static func cubic(_ d: Double, _ a: Double) -> Double {
    if d < 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }

  /// The elements around a position, weighted by a kernel that reaches `reach` to both sides, and further where the
  /// output is smaller than the input (antialias). Beyond the ends stands the last element, or nothing.
  private static func smoothed(
    _ x: Double, _ scale: Double, reach: Double, _ count: Int, _ excludes: Bool, _ kernel: (Double) -> Double
  ) -> [(index: Int, weight: Float)] {
    let base = x.rounded(.up) - 1
    let ratio = x - base
    // Beyond twice the axis stands nothing but its ends.
    let first = max(Int(cut: (-reach / scale).rounded(.down)), -2 * count - 2) + 1
    var taps = (first..<(2 - first)).map { step in
      (index: Int(cut: base) + step, weight: kernel((Double(step) - ratio) * scale))
    }
    if excludes { taps.removeAll { !(0..<count ~= $0.index) } }
    let sum = taps.reduce(0) { $0 + $1.weight }
    return taps.map { (max(0, min(count - 1, $0.index)), Float($0.weight / (sum == 0 ? 1 : sum))) }
  }
}

extension KernelTable {
  static let resizing: [String: any Kernel] = ["Resize": ResizeKernel(), "Upsample": ResizeKernel()]
}
