import Graph

/// How a `GridSample` reads along one axis: coordinates from -1 to 1 become positions and their weights.
struct GridAxis {
  enum Mode { case nearest, linear, cubic }
  enum Padding { case zeros, border, reflection }

  let extent: Int
  let stride: Int
  let mode: Mode
  let padding: Padding
  let alignsCorners: Bool

  /// Positions that one coordinate touches.
  var tapCount: Int {
    switch mode {
    case .nearest: 1
    case .linear: 2
    case .cubic: 4
    }
  }

  /// What lies at the ends of the axis.
  private var ends: (first: Float, last: Float) {
    alignsCorners ? (0, Float(extent - 1)) : (-0.5, Float(extent) - 0.5)
  }

  /// Mirrors a position at the ends until it lies between them.
  private func reflected(_ x: Float) -> Float {
    let (first, last) = ends
    let range = last - first
    guard range > 0 else { return first }
    let distance = x < first ? first - x : x - last
    guard distance > 0 else { return x }
    let times = (distance / range).rounded(.down)
    let rest = distance - times * range
    let isEven = times.truncatingRemainder(dividingBy: 2) == 0
    return (x < first) == isEven ? first + rest : last - rest
  }

  /// The axis's index for a tap; `nil` for one that reads zero.
  private func index(_ tap: Int) -> Int? {
    if 0..<extent ~= tap { return tap }
    switch padding {
    case .zeros: return nil
    case .border: return max(0, min(extent - 1, tap))
    case .reflection: return max(0, min(extent - 1, Int(reflected(Float(tap)))))
    }
  }

  /// The taps of one coordinate: offsets in the input (-1 for zero), weights and, as derivatives by the coordinate,
  /// slopes.
  @inline(__always)
  func taps(
    _ coordinate: Float, _ offsets: UnsafeMutablePointer<Int>, _ weights: UnsafeMutablePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>
  ) {
    var slope = alignsCorners ? Float(extent - 1) / 2 : Float(extent) / 2
    var x = (coordinate + 1) * slope - (alignsCorners ? 0 : 0.5)
    // No number, or one too far away for an integer.
    let limit: Float = 4_194_304
    if !(abs(x) < limit) { (x, slope) = (x > 0 ? limit : -limit, 0) }
    if mode == .nearest { x = x.rounded(.toNearestOrEven) }
    if x < ends.first || x > ends.last {
      switch padding {
      case .zeros: break
      case .border: (x, slope) = (max(0, min(Float(extent - 1), x)), 0)
      case .reflection:
        // One reflection turns the direction, and so does each further one.
        let times = (max(ends.first - x, x - ends.last) / max(ends.last - ends.first, 1e-30)).rounded(.down)
        x = reflected(x)
        slope = times.truncatingRemainder(dividingBy: 2) == 0 ? -slope : slope
      }
    }
    let base = x.rounded(.down)
    let t = x - base
    let first = Int(base)
    func set(_ tap: Int, _ position: Int, _ weight: Float, _ derivative: Float) {
      offsets[tap] = index(position).map { $0 * stride } ?? -1
      weights[tap] = weight
      slopes[tap] = derivative * slope
    }
    switch mode {
    case .nearest: set(0, first, 1, 0)
    case .linear:
      set(0, first, 1 - t, -1)
      set(1, first + 1, t, 1)
    case .cubic:
      let a: Float = -0.75
      func near(_ d: Float) -> Float { ((a + 2) * d - (a + 3)) * d * d + 1 }
      func far(_ d: Float) -> Float { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
      func nearSlope(_ d: Float) -> Float { (3 * (a + 2) * d - 2 * (a + 3)) * d }
      func farSlope(_ d: Float) -> Float { (3 * a * d - 10 * a) * d + 8 * a }
      set(0, first - 1, far(1 + t), farSlope(1 + t))
      set(1, first, near(t), nearSlope(t))
      set(2, first + 1, near(1 - t), -nearSlope(1 - t))
      set(3, first + 2, far(2 - t), -farSlope(2 - t))
    }
  }
}

/// The indices of the input that one place of the output reads: every combination of the axes' taps.
private struct GridTaps {
  let axes: [GridAxis]
  let combinations: Int

  init(_ axes: [GridAxis]) {
    self.axes = axes
    combinations = axes.map(\.tapCount).elementCount
  }

  /// Memory for one position's taps.
  final class Scratch {
    var axisOffsets, offsets: [Int]
    var axisWeights, axisSlopes, weights: [Float]
    /// By combination, one an axis.
    var slopes: [Float]

    init(_ taps: GridTaps) {
      let rank = taps.axes.count
      axisOffsets = [Int](repeating: 0, count: 4 * rank)
      offsets = [Int](repeating: 0, count: taps.combinations)
      axisWeights = [Float](repeating: 0, count: 4 * rank)
      axisSlopes = axisWeights
      weights = [Float](repeating: 0, count: taps.combinations)
      slopes = [Float](repeating: 0, count: taps.combinations * rank)
    }
  }

  /// Fills the scratch for one place of the grid, whose last coordinate belongs to the first axis.
  func fill(_ scratch: Scratch, _ grid: UnsafePointer<Float>) {
    let rank = axes.count
    for (number, axis) in axes.enumerated() {
      scratch.axisOffsets.withUnsafeMutableBufferPointer { offsets in
        scratch.axisWeights.withUnsafeMutableBufferPointer { weights in
          scratch.axisSlopes.withUnsafeMutableBufferPointer { slopes in
            axis.taps(
              grid[rank - 1 - number], offsets.baseAddress! + 4 * number, weights.baseAddress! + 4 * number,
              slopes.baseAddress! + 4 * number)
          }
        }
      }
    }
    for combination in 0..<combinations {
      var rest = combination
      var (offset, weight) = (0, Float(1))
      for axis in 0..<rank { scratch.slopes[combination * rank + axis] = 1 }
      for (number, axis) in axes.enumerated() {
        let tap = 4 * number + rest % axis.tapCount
        rest /= axis.tapCount
        offset = offset < 0 || scratch.axisOffsets[tap] < 0 ? -1 : offset + scratch.axisOffsets[tap]
        weight *= scratch.axisWeights[tap]
        for other in 0..<rank {
          scratch.slopes[combination * rank + other] *=
            other == number ? scratch.axisSlopes[tap] : scratch.axisWeights[tap]
        }
      }
      scratch.offsets[combination] = offset
      scratch.weights[combination] = weight
    }
  }
}

/// `GridSample`, in one to three dimensions; gradients of the input and of the grid.
struct GridSampleKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (value, gridValue) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let (source, grid) = (try plan.plain(value), try plan.plain(gridValue))
    let spatial = Array(source.shape[2...])
    let taps = GridTaps(try Self.axes(site, spatial))
    let (n, channels, area) = (source.shape[0], source.shape[1], spatial.elementCount)
    let positions = site.outputShapes[0][2...].elementCount
    let rank = spatial.count
    let target = try plan.loops("GridSample", [source, grid], shape: site.outputShapes[0]) { from, to in
      let (x, at) = (from[0], from[1])
      parallelRanges(n * positions, grain: max(64, (1 << 14) / max(1, channels))) { range in
        let scratch = GridTaps.Scratch(taps)
        for position in range {
          taps.fill(scratch, at + position * rank)
          let example = position / positions
          for channel in 0..<channels {
            let plane = example * channels + channel
            let from = x + plane * area
            var sum: Float = 0
            for tap in 0..<taps.combinations where scratch.offsets[tap] >= 0 {
              sum += scratch.weights[tap] * from[scratch.offsets[tap]]
            }
            to[plane * positions + position % positions] = sum
          }
        }
      }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let shares = try plan.loops(
        "GridSample.backward", [source, grid, gradient], [source.shape, grid.shape]
      ) { from, to in
        let (x, at, g) = (from[0], from[1], from[2])
        let (share, gridShare) = (to[0], to[1])
        // Examples share no memory.
        parallel(n) { example in
          let scratch = GridTaps.Scratch(taps)
          (share + example * channels * area).update(repeating: 0, count: channels * area)
          for position in 0..<positions {
            let coordinates = (example * positions + position) * rank
            taps.fill(scratch, at + coordinates)
            for axis in 0..<rank { gridShare[coordinates + axis] = 0 }
            for channel in 0..<channels {
              let plane = example * channels + channel
              let (from, into) = (x + plane * area, share + plane * area)
              let flow = g[plane * positions + position]
              for tap in 0..<taps.combinations where scratch.offsets[tap] >= 0 {
                into[scratch.offsets[tap]] += scratch.weights[tap] * flow
                let felt = from[scratch.offsets[tap]] * flow
                for axis in 0..<rank {
                  gridShare[coordinates + rank - 1 - axis] += scratch.slopes[tap * rank + axis] * felt
                }
              }
            }
          }
        }
      }
      plan.contribute(shares[0], to: value)
      plan.contribute(shares[1], to: gridValue)
    }
  }

  private static func axes(_ site: KernelSite, _ spatial: [Int]) throws -> [GridAxis] {
    let mode: GridAxis.Mode
    switch site.call.string("mode", default: "linear") {
    case "linear", "bilinear": mode = .linear
    case "nearest": mode = .nearest
    case "cubic", "bicubic": mode = .cubic
    case let other: throw site.unsupported("its mode is \(other)")
    }
    let padding: GridAxis.Padding
    switch site.call.string("padding_mode", default: "zeros") {
    case "zeros": padding = .zeros
    case "border": padding = .border
    case "reflection": padding = .reflection
    case let other: throw site.unsupported("its padding mode is \(other)")
    }
    let alignsCorners = site.call.int("align_corners", default: 0) != 0
    return zip(spatial, spatial.denseStrides).map { extent, stride in
      GridAxis(extent: extent, stride: stride, mode: mode, padding: padding, alignsCorners: alignsCorners)
    }
  }
}

/// `AffineGrid`: a regular grid from -1 to 1 through a matrix an example.
struct AffineGridKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let theta = try plan.plain(value)
    let shape = site.outputShapes[0]
    let spatial = Array(shape[1..<(shape.count - 1)])
    let (n, positions, rank) = (shape[0], spatial.elementCount, spatial.count)
    let regular = try plan.table(
      "grid", Self.regular(spatial, site.call.int("align_corners", default: 0) != 0), [positions, rank + 1])
    let target = try plan.loops("AffineGrid", [theta, regular], shape: shape) { from, to in
      let (matrices, lines) = (from[0], from[1])
      parallelRanges(n * positions, grain: 1 << 12) { range in
        for position in range {
          let (matrix, line) = (
            matrices + position / positions * rank * (rank + 1), lines + position % positions * (rank + 1)
          )
          for axis in 0..<rank {
            var sum: Float = 0
            for k in 0...rank { sum += matrix[axis * (rank + 1) + k] * line[k] }
            to[position * rank + axis] = sum
          }
        }
      }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops("AffineGrid.backward", [gradient, regular], shape: theta.shape) { from, to in
        let (g, lines) = (from[0], from[1])
        parallel(n) { example in
          let matrix = to + example * rank * (rank + 1)
          matrix.update(repeating: 0, count: rank * (rank + 1))
          for position in 0..<positions {
            for axis in 0..<rank {
              let flow = g[(example * positions + position) * rank + axis]
              for k in 0...rank { matrix[axis * (rank + 1) + k] += flow * lines[position * (rank + 1) + k] }
            }
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }

  /// The grid's coordinates, the last axis first, and a 1.
  private static func regular(_ spatial: [Int], _ alignsCorners: Bool) -> [Float] {
    (0..<spatial.elementCount).flatMap { position -> [Float] in
      let coordinates = zip(spatial.denseStrides, spatial).map { stride, extent -> Float in
        let index = Float(position / stride % extent)
        if alignsCorners { return extent == 1 ? 0 : 2 * index / Float(extent - 1) - 1 }
        return (2 * index + 1) / Float(extent) - 1
      }
      return coordinates.reversed() + [1]
    }
  }
}

extension KernelTable {
  static let samplings: [String: any Kernel] = [
    "GridSample": GridSampleKernel(), "AffineGrid": AffineGridKernel(), "RoiAlign": RegionKernel(),
    "MaxUnpool": UnpoolingKernel(),
  ]
}
