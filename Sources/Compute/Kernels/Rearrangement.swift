import Foundation
import Graph

/// `Trilu`: a triangle of each matrix.
struct TriangleKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let mask = try plan.table(
      "triangle", site.call.triangle().map { $0 ? 1 : 0 }, Array(source.shape.suffix(2)))
    let zero = try plan.table("zero", [0], [])
    try plan.define(output, plan.map("Trilu", Select(), [mask, source, zero], shape: source.shape))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.map(
        "Trilu.backward", SelectGradient(ofFirst: true), [mask, plan.plain(gradient)], shape: source.shape)
      plan.contribute(share, to: value)
    }
  }
}

/// `ReverseSequence`: turning round twice is nothing, so the gradient takes the same way.
struct ReverseSequenceKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let lengths = try plan.plain(site.required(1))
    let axes = try site.call.reversedAxes()
    let failure = ComputeError.outsideData(
      op: site.node.op, node: site.node.name, what: "a length that is longer than its sequences")
    func reversed(_ plan: PlanBuilder, _ label: String, _ tensor: PlanTensor) throws(ComputeError)
      -> PlanTensor
    {
      let source = try plan.plain(tensor)
      let target = plan.make(source.layout)
      let (shape, strides) = (source.shape, source.shape.denseStrides)
      let step = strides[axes.time]
      plan.emit(label, reads: [source, lengths], writes: [target], failure: failure) {
        let (x, y, counts) = (UnsafePointer(source.floats), target.floats, UnsafePointer(lengths.floats))
        let total = shape.elementCount
        return {
          for example in 0..<shape[axes.batch] {
            // False for NaN, too.
            guard counts[example] >= 0, counts[example] <= Float(shape[axes.time]) else { return false }
          }
          parallelRanges(total, grain: 1 << 14) { range in
            for place in range {
              let time = place / step % shape[axes.time]
              let length = Int(counts[place / strides[axes.batch] % shape[axes.batch]])
              y[place] = time < length ? x[place + (length - 1 - 2 * time) * step] : x[place]
            }
          }
          return true
        }
      }
      return target
    }
    try plan.define(output, reversed(plan, "ReverseSequence", plan.tensor(value)))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      plan.contribute(try reversed(plan, "ReverseSequence.backward", gradient), to: value)
    }
  }
}

/// `Col2Im`: sums patches to where they came from; the gradient cuts them again.
struct PatchSumKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let (window, image) = try site.call.patches()
    let places = window.places(over: image)
    let (rows, columns) = (window.kernel.elementCount, source.shape[2])
    let (planes, area) = (source.shape[0] * source.shape[1] / rows, image.elementCount)
    let target = try plan.loops("Col2Im", [source], shape: site.outputShapes[0]) { from, to in
      parallel(planes) { plane in
        let (patch, image) = (from[0] + plane * rows * columns, to + plane * area)
        image.update(repeating: 0, count: area)
        for (place, index) in places.enumerated() where index >= 0 { image[Int(index)] += patch[place] }
      }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops("Col2Im.backward", [gradient], shape: source.shape) { from, to in
        parallel(planes) { plane in
          let (image, patch) = (from[0] + plane * area, to + plane * rows * columns)
          for (place, index) in places.enumerated() { patch[place] = index >= 0 ? image[Int(index)] : 0 }
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

/// Remainders: of the sign of the divisor, or of the dividend (`fmod`).
struct Remainder: MapFunction {
  static let arity = 2
  static let keepsZero = false
  let truncates: Bool
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ c: Float) -> Float {
    let remainder = fmodf(a, b)
    return truncates || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
  }
}

/// d(a mod b)/db · g: minus the whole quotient.
struct RemainderSecondGradient: MapFunction {
  static let arity = 3
  static let keepsZero = false
  let truncates: Bool
  @inline(__always) func callAsFunction(_ a: Float, _ b: Float, _ g: Float) -> Float {
    -(a / b).rounded(truncates ? .towardZero : .down) * g
  }
}

/// `Mod`.
struct RemainderKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (a, b) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let (x, y) = (try plan.tensor(a), try plan.tensor(b))
    let truncates = site.call.int("fmod", default: 0) != 0
    let shape = site.outputShapes[0]
    try plan.define(output, plan.map("Mod", Remainder(truncates: truncates), [x, y], shape: shape))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output) else { return }
      if plan.needsGradient(a) { plan.contribute(try plan.unbroadcast(g, to: x.shape), to: a) }
      if plan.needsGradient(b) {
        let share = try plan.map(
          "Mod.backward", RemainderSecondGradient(truncates: truncates), [x, y, g], shape: shape)
        plan.contribute(try plan.unbroadcast(share, to: y.shape), to: b)
      }
    }
  }
}

/// `IsNaN`, `IsInf`.
struct IsNotFinite: MapFunction {
  static let arity = 1
  static let keepsZero = true
  var finds = (nan: false, positive: false, negative: false)
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    (finds.nan && x != x) || (finds.positive && x == .infinity) || (finds.negative && x == -.infinity) ? 1 : 0
  }
}

/// `Cast` and `CastLike`. Among floats nothing changes (everything is computed in float32); fractions are cut, booleans
/// are 1 or 0, and whole numbers wrap round in a narrower type.
struct CastKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0), let type = plan.bound.specs[output.index]?.elementType else { return }
    let from = try site.call.input(0).elementType
    var source = try plan.tensor(value)
    if type.isFloatingPoint || from == type || from == .bool {
      if type == .bfloat16, from != .bfloat16 {
        source = try plan.map(site.node.op, ToBFloat16(), [source], shape: source.shape)
      }
      try plan.define(output, source)
      return plan.backward { plan throws(ComputeError) in
        if let gradient = try plan.gradient(of: output) { plan.contribute(gradient, to: value) }
      }
    }
    try plan.define(
      output,
      plan.map(
        site.node.op, ToWhole(type: type, wraps: !from.isFloatingPoint), [source], shape: source.shape))
  }
}

/// The nearest number that bfloat16 holds.
struct ToBFloat16: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _: Float, _: Float) -> Float {
    HalfPrecision.float(bfloat16Bits: HalfPrecision.bfloat16Bits(x))
  }
}

/// A number as a whole number of a type. Fractions are cut; what a float cannot hold exactly stays as it is.
struct ToWhole: MapFunction {
  static let arity = 1
  static let keepsZero = true
  let isBool: Bool
  /// The range of a narrow type; `nil` for types of 32 and 64 bits, whose ends a float does not hold.
  let range: (lower: Float, count: Float)?
  let wraps: Bool

  init(type: ElementType, wraps: Bool) {
    isBool = type == .bool
    self.wraps = wraps
    range =
      switch type {
      case .uint8: (0, 256)
      case .int8: (-128, 256)
      case .uint16: (0, 65536)
      case .int16: (-32768, 65536)
      default: nil
      }
  }

  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float {
    if isBool { return x != 0 ? 1 : 0 }
    let whole = x.rounded(.towardZero)
    guard let range else { return whole }
    let (top, place) = (range.lower + range.count - 1, whole - range.lower)
    if wraps { return place - (place / range.count).rounded(.down) * range.count + range.lower }
    // A float that does not fit is undefined in ONNX: the nearest number that does.
    return max(range.lower, min(top, whole))
  }
}

extension KernelTable {
  private static let isNaN = MapKernel(forward: { call, plan, x throws(ComputeError) in
    try plan.map("IsNaN", IsNotFinite(finds: (true, false, false)), [x], shape: x.shape)
  })

  private static let isInfinite = MapKernel(forward: { call, plan, x throws(ComputeError) in
    let negative = call.int("detect_negative", default: 1) != 0
    let positive = call.int("detect_positive", default: 1) != 0
    return try plan.map("IsInf", IsNotFinite(finds: (false, positive, negative)), [x], shape: x.shape)
  })

  static let rearrangements: [String: any Kernel] = [
    "Trilu": TriangleKernel(), "ReverseSequence": ReverseSequenceKernel(), "Col2Im": PatchSumKernel(),
    "Mod": RemainderKernel(), "IsNaN": isNaN, "IsInf": isInfinite, "CastLike": CastKernel(),
  ]
}
