import Graph

/// Where a `RoiAlign` reads for its regions.
private struct RegionSampling {
  let height: Int
  let width: Int
  let outputHeight: Int
  let outputWidth: Int
  let samplingRatio: Int
  let scale: Float
  let isHalfPixel: Bool

  /// The part of a region behind one output position, and the samples that it takes.
  struct Cells {
    var top: Float
    var left: Float
    var cellHeight: Float
    var cellWidth: Float
    var rows: Int
    var columns: Int
  }

  /// `nil` for regions that are no numbers or far larger than any image.
  func cells(_ region: UnsafePointer<Float>) -> Cells? {
    let offset: Float = isHalfPixel ? 0.5 : 0
    let (left, top) = (region[0] * scale - offset, region[1] * scale - offset)
    var (spanX, spanY) = (region[2] * scale - offset - left, region[3] * scale - offset - top)
    if !isHalfPixel { (spanX, spanY) = (max(spanX, 1), max(spanY, 1)) }
    let (cellHeight, cellWidth) = (spanY / Float(outputHeight), spanX / Float(outputWidth))
    guard abs(left) < 1e6, abs(top) < 1e6, abs(cellWidth) < 4096, abs(cellHeight) < 4096 else { return nil }
    func samples(_ cell: Float) -> Int { samplingRatio > 0 ? samplingRatio : max(0, Int(cell.rounded(.up))) }
    return Cells(
      top: top, left: left, cellHeight: cellHeight, cellWidth: cellWidth, rows: samples(cellHeight),
      columns: samples(cellWidth))
  }

  /// Calls `body` with the four corners of each sample of an output position, and their weights.
  @inline(__always)
  func forEachSample(
    _ cells: Cells, row: Int, column: Int, _ body: (SIMD4<Int>, SIMD4<Float>) -> Void
  ) {
    for i in 0..<cells.rows {
      let fractionY = (Float(i) + 0.5) / Float(cells.rows)
      let y = cells.top + (Float(row) + fractionY) * cells.cellHeight
      for j in 0..<cells.columns {
        let fractionX = (Float(j) + 0.5) / Float(cells.columns)
        let x = cells.left + (Float(column) + fractionX) * cells.cellWidth
        if y < -1 || y > Float(height) || x < -1 || x > Float(width) {
          body(SIMD4(repeating: 0), SIMD4(repeating: 0))
          continue
        }
        let (top, bottom, low) = Self.neighbours(y, height)
        let (left, right, near) = Self.neighbours(x, width)
        body(
          SIMD4(top * width + left, top * width + right, bottom * width + left, bottom * width + right),
          SIMD4((1 - low) * (1 - near), (1 - low) * near, low * (1 - near), low * near))
      }
    }
  }

  private static func neighbours(_ position: Float, _ extent: Int) -> (low: Int, high: Int, share: Float) {
    let position = max(position, 0)
    let low = Int(position)
    return low >= extent - 1 ? (extent - 1, extent - 1, 0) : (low, low + 1, position - Float(low))
  }
}

/// `RoiAlign`: the mean or the largest of bilinear samples of regions (He et al., Mask R-CNN, 2017). The regions
/// themselves get no gradient.
struct RegionKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let (source, regions, examples) = (
      try plan.plain(value), try plan.plain(site.required(1)), try plan.plain(site.required(2))
    )
    if let regionValue = site.input(1), plan.needsGradient(regionValue) {
      throw ComputeError.noGradient(op: "RoiAlign (regions)", node: site.node.name)
    }
    let (sampling, isMean) = try Self.sampling(site, source.shape)
    let (n, channels, area) = (source.shape[0], source.shape[1], sampling.height * sampling.width)
    let (count, cellCount) = (regions.shape[0], sampling.outputHeight * sampling.outputWidth)
    let target = plan.make(try .plain(site.outputShapes[0]))
    let failure = ComputeError.outsideData(
      op: site.node.op, node: site.node.name, what: "a region outside of its examples, or of no finite size")
    plan.emit(
      "RoiAlign", reads: [source, regions, examples], writes: [target], failure: failure
    ) {
      let (x, boxes, numbers) = (
        UnsafePointer(source.floats), UnsafePointer(regions.floats), UnsafePointer(examples.floats)
      )
      let y = target.floats
      return {
        for region in 0..<count {
          guard numbers[region] >= 0, numbers[region] < Float(n), sampling.cells(boxes + 4 * region) != nil
          else {
            return false
          }
        }
        parallel(count) { region in
          let cells = sampling.cells(boxes + 4 * region)!
          let samples = Float(max(1, cells.rows * cells.columns))
          let from = x + Int(numbers[region]) * channels * area
          for channel in 0..<channels {
            let (plane, to) = (from + channel * area, y + (region * channels + channel) * cellCount)
            for position in 0..<cellCount {
              var (sum, largest) = (Float(0), -Float.infinity)
              sampling.forEachSample(
                cells, row: position / sampling.outputWidth, column: position % sampling.outputWidth
              ) { corners, weights in
                for corner in 0..<4 {
                  let part = weights[corner] * plane[corners[corner]]
                  sum += part
                  largest = max(largest, part)
                }
              }
              to[position] = isMean ? sum / samples : (cells.rows * cells.columns == 0 ? 0 : largest)
            }
          }
        }
        return true
      }
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan in
      guard let gradient = try plan.gradient(of: output) else { return }
      let share = try plan.loops(
        "RoiAlign.backward", [source, regions, examples, gradient], shape: source.shape
      ) { from, to in
        let (x, boxes, numbers, g) = (from[0], from[1], from[2], from[3])
        // Regions may overlap; channels do not.
        parallel(channels) { channel in
          for example in 0..<n {
            (to + (example * channels + channel) * area).update(repeating: 0, count: area)
          }
          for region in 0..<count {
            guard let cells = sampling.cells(boxes + 4 * region) else { continue }
            let samples = Float(max(1, cells.rows * cells.columns))
            let plane = (Int(numbers[region]) * channels + channel) * area
            for position in 0..<cellCount {
              let flow = g[(region * channels + channel) * cellCount + position]
              var (best, largest, weight) = (-1, -Float.infinity, Float(0))
              sampling.forEachSample(
                cells, row: position / sampling.outputWidth, column: position % sampling.outputWidth
              ) { corners, weights in
                for corner in 0..<4 {
                  let index = plane + corners[corner]
                  if isMean { to[index] += weights[corner] * flow / samples }
                  let part = weights[corner] * x[index]
                  if part > largest { (best, largest, weight) = (index, part, weights[corner]) }
                }
              }
              if !isMean, best >= 0 { to[best] += weight * flow }
            }
          }
        }
      }
      plan.contribute(share, to: value)
    }
  }

  private static func sampling(_ site: KernelSite, _ shape: [Int]) throws -> (RegionSampling, isMean: Bool) {
    let call = site.call
    let mode = call.string("mode", default: "avg")
    guard mode == "avg" || mode == "max" else { throw site.unsupported("its mode is \(mode)") }
    // Opset 10 knew one way to count pixels.
    let transform = call.string(
      "coordinate_transformation_mode", default: call.opset < 16 ? "output_half_pixel" : "half_pixel")
    guard transform == "half_pixel" || transform == "output_half_pixel" else {
      throw site.unsupported("its coordinate transformation is \(transform)")
    }
    let ratio = call.int("sampling_ratio", default: 0)
    guard 0...4096 ~= ratio else { throw site.unsupported("it takes \(ratio) samples a place") }
    return (
      RegionSampling(
        height: shape[2], width: shape[3], outputHeight: site.outputShapes[0][2],
        outputWidth: site.outputShapes[0][3], samplingRatio: ratio,
        scale: call.float("spatial_scale", default: 1), isHalfPixel: transform == "half_pixel"),
      mode == "avg"
    )
  }
}
