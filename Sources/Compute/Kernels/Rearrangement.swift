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
    try plan.define(
      output, plan.map("Trilu", [mask, source, zero], shape: source.shape) { .select($0[0], $0[1], $0[2]) })
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.map("Trilu.backward", [mask, plan.plain(gradient)], shape: source.shape) {
        .select($0[0], $0[1], 0.0)
      }
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
    func reversed(_ plan: PlanBuilder, _ label: String, _ tensor: PlanTensor) throws
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
            for index in range {
              let time = index / step % shape[axes.time]
              let length = Int(counts[index / strides[axes.batch] % shape[axes.batch]])
              y[index] = time < length ? x[index + (length - 1 - 2 * time) * step] : x[index]
            }
          }
          return true
        }
      }
      return target
    }
    try plan.define(output, reversed(plan, "ReverseSequence", plan.tensor(value)))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
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
    let indices = window.positions(over: image)
    let (rows, columns) = (window.kernel.elementCount, source.shape[2])
    let (planes, area) = (source.shape[0] * source.shape[1] / rows, image.elementCount)
    let target = try plan.loops("Col2Im", [source], shape: site.outputShapes[0]) { from, to in
      parallel(planes) { plane in
        let (patch, image) = (from[0] + plane * rows * columns, to + plane * area)
        image.update(repeating: 0, count: area)
        for (position, index) in indices.enumerated() where index >= 0 {
          image[Int(index)] += patch[position]
        }
      }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops("Col2Im.backward", [gradient], shape: source.shape) { from, to in
        parallel(planes) { plane in
          let (image, patch) = (from[0] + plane * area, to + plane * rows * columns)
          for (position, index) in indices.enumerated() {
            patch[position] = index >= 0 ? image[Int(index)] : 0
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }
}

/// A cast to bfloat16, which loses digits.
struct CastKernel: Kernel {
  /// - Returns: `nil` for casts to other types.
  init?(_ call: OperatorCall) {
    guard let rule = OperatorTable.standard.rule(for: call.node),
      (try? rule.outputs(call).first?.elementType) == .bfloat16
    else { return nil }
  }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.plain(value)
    let result = try plan.loops(site.node.op, [source], shape: source.shape) { from, to in
      for index in 0..<source.shape.elementCount {
        to[index] = HalfPrecision.float(bfloat16Bits: HalfPrecision.bfloat16Bits(from[0][index]))
      }
    }
    try plan.define(output, result)
    plan.backward { plan in
      if let gradient = try plan.gradient(of: output) { plan.contribute(gradient, to: value) }
    }
  }
}

extension KernelTable {
  static let rearrangements: [String: any Kernel] = [
    "Trilu": TriangleKernel(), "ReverseSequence": ReverseSequenceKernel(), "Col2Im": PatchSumKernel(),
  ]
}
