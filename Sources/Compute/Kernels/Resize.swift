import Graph

/// `Resize` and `Upsample`, nearest, linear and cubic: one axis after another, each a sparse matrix.
struct ResizeKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let result = site.outputShapes[0]
    let steps = try Interpolation(site, from: source.shape, to: result).axes
    var current = source
    for step in steps { current = try plan.resample(site.node.op, current, step.axis, step.taps) }
    try plan.define(output, current)
    guard plan.needsGradient(output) else { return }
    let shape = source.shape
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      var current = try plan.plain(gradient)
      for step in steps.reversed() {
        current = try plan.resample(
          site.node.op + ".backward", current, step.axis, step.taps.transposed(count: shape[step.axis]))
      }
      plan.contribute(current, to: value)
    }
  }
}

/// For each place of an output axis, the input places that it is made of and their weights.
struct Taps {
  /// Where the places of each row begin; one more than there are rows.
  var starts: [Int] = [0]
  var places: [Int] = []
  var weights: [Float] = []

  var count: Int { starts.count - 1 }

  mutating func append(_ row: [(place: Int, weight: Float)]) {
    for (place, weight) in row where weight != 0 {
      places.append(place)
      weights.append(weight)
    }
    starts.append(places.count)
  }

  /// What each of `count` input places gives to.
  func transposed(count: Int) -> Taps {
    var rows = [[(place: Int, weight: Float)]](repeating: [], count: count)
    for row in 0..<self.count {
      for tap in starts[row]..<starts[row + 1] { rows[places[tap]].append((row, weights[tap])) }
    }
    var result = Taps()
    for row in rows { result.append(row) }
    return result
  }
}

/// How a `Resize` interpolates along each axis that changes.
struct Interpolation {
  private(set) var axes: [(axis: Int, taps: Taps)] = []

  private enum Mode { case nearest, linear, cubic }

  init(_ site: KernelSite, from source: [Int], to target: [Int]) throws {
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
      ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"].contains(
        transform)
    else { throw site.unsupported("its coordinate transformation is \(transform)") }
    let rounding = isOld ? "floor" : call.string("nearest_mode", default: "round_prefer_floor")
    let sharpness = Double(call.float("cubic_coeff_a", default: -0.75))
    let excludes = call.int("exclude_outside", default: 0) != 0
    let smooths = call.int("antialias", default: 0) != 0
    let scales = try Self.scales(site, rank: source.count)
    for axis in source.indices {
      let (from, to) = (source[axis], target[axis])
      let scale = scales?[axis] ?? Double(to) / Double(from)
      if from == to, scale == 1 { continue }
      if smooths, scale < 1, mode != .nearest {
        throw site.unsupported("it makes its input smaller with antialias")
      }
      var taps = Taps()
      for place in 0..<to {
        let x = Self.coordinate(Double(place), transform, scale, from, to)
        switch mode {
        case .nearest: taps.append([(Self.nearest(x, rounding, from), 1)])
        case .linear:
          let clamped = max(0, min(Double(from - 1), x))
          let low = min(Int(clamped), max(0, from - 2))
          let share = Float(clamped - Double(low))
          taps.append(from == 1 ? [(0, 1)] : [(low, 1 - share), (low + 1, share)])
        case .cubic: taps.append(Self.cubic(x, sharpness, from, excludes))
        }
      }
      axes.append((axis, taps))
    }
  }

  /// The scales as given, one an axis; `nil` where sizes are given.
  private static func scales(_ site: KernelSite, rank: Int) throws -> [Double]? {
    let call = site.call
    if call.has(3), try call.shape(3).elementCount > 0 { return nil }
    var list: [Double] = []
    let input = site.node.op == "Upsample" || call.opset < 11 ? 1 : 2
    if call.has(input) {
      list = try call.constant(input).doubles
    } else if case .floats(let floats)? = call.node.attributes["scales"] {
      list = floats.map(Double.init)
    }
    guard let axes = call.ints("axes") else { return list.count == rank ? list : nil }
    var full = [Double](repeating: 1, count: rank)
    for (place, axis) in axes.enumerated() where place < list.count {
      full[try call.axis(axis, rank: rank)] = list[place]
    }
    return full
  }

  /// The place in the input that a place in the output comes from (ONNX, `coordinate_transformation_mode`).
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
    return max(0, min(count - 1, Int(rounded)))
  }

  /// Keys' cubic convolution (1981) with the given sharpness.
  private static func cubic(
    _ x: Double, _ a: Double, _ count: Int, _ excludes: Bool
  ) -> [(place: Int, weight: Float)] {
    let base = x.rounded(.down)
    let t = x - base
    func near(_ d: Double) -> Double { ((a + 2) * d - (a + 3)) * d * d + 1 }
    func far(_ d: Double) -> Double { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
    var weights = [far(1 + t), near(t), near(1 - t), far(2 - t)]
    let places = (0..<4).map { Int(base) - 1 + $0 }
    if excludes {
      for tap in 0..<4 where !(0..<count ~= places[tap]) { weights[tap] = 0 }
      let sum = weights.reduce(0, +)
      weights = weights.map { $0 / sum }
    }
    return (0..<4).map { (max(0, min(count - 1, places[$0])), Float(weights[$0])) }
  }
}

extension PlanBuilder {
  /// Makes each place of an axis from places of the source's axis.
  func resample(_ label: String, _ source: PlanTensor, _ axis: Int, _ taps: Taps) throws(ComputeError)
    -> PlanTensor
  {
    var shape = source.shape
    let (outer, from, inner) = (
      shape[..<axis].elementCount(), shape[axis], shape[(axis + 1)...].elementCount()
    )
    shape[axis] = taps.count
    let target = make(try .plain(shape))
    emit(label, reads: [source], writes: [target]) {
      let (x, y) = (UnsafePointer(source.floats), target.floats)
      return {
        parallel(outer) { block in
          let input = x + block * from * inner
          for row in 0..<taps.count {
            let output = y + (block * taps.count + row) * inner
            for i in 0..<inner { output[i] = 0 }
            for tap in taps.starts[row]..<taps.starts[row + 1] {
              let line = input + taps.places[tap] * inner
              let weight = taps.weights[tap]
              for i in 0..<inner { output[i] += weight * line[i] }
            }
          }
        }
      }
    }
    return target
  }
}

extension KernelTable {
  static let resizing: [String: any Kernel] = ["Resize": ResizeKernel(), "Upsample": ResizeKernel()]
}
