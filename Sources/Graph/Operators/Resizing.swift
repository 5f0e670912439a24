/// `Resize`, `Upsample`: spatial axes change, channels stay.
struct ResizeRule: OperatorRule {
  let traits = OperatorTraits(.resampling, operands: [.value, .size, .size, .size], keepsFirstAxis: false)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    return [TensorSpec(input.elementType, try call.resizing().shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let (shape, resizing) = (try call.shape(0), try call.resizing())
    return shape.indices.filter { resizing.keeps($0, of: shape) }.map { axis in
      .same([.input(0, axis: axis), .output(0, axis: axis)])
    }
  }
}

/// What a `Resize` makes of each axis.
package struct Resizing: Sendable, Hashable {
  /// The extents afterwards.
  package var shape: [Int]
  /// The scale of each axis.
  package var scales: [Double]
  /// For `tf_crop_and_resize`, the part of each axis that is read, from 0 to 1.
  package var region: [ClosedRange<Double>]?

  /// Whether an axis stays as it is.
  package func keeps(_ axis: Int, of source: [Int]) -> Bool {
    shape[axis] == source[axis] && scales[axis] == 1 && (region?[axis] ?? 0...1) == 0...1
  }
}

extension OperatorCall {
  /// The shape and the scales of a `Resize` or `Upsample`, from sizes or scales, wherever the opset keeps them.
  package func resizing() throws -> Resizing {
    let shape = try shape(0)
    let axes = try (ints("axes") ?? Array(shape.indices)).map { axis in
      try self.axis(axis, rank: shape.count)
    }
    var result = Resizing(shape: shape, scales: [Double](repeating: 1, count: shape.count))
    if node.op == "Resize", opset >= 11,
      string("coordinate_transformation_mode", default: "half_pixel") == "tf_crop_and_resize"
    {
      result.region = try croppedRegion(axes, rank: shape.count)
    }
    if node.op == "Resize", has(3), try self.shape(3).elementCount > 0 {
      try resize(&result, toSizes: numbers(3), axes)
    } else {
      try resize(&result, byScales: resizeScales(), axes)
    }
    guard result.shape.checkedElementCount != nil else { throw invalid("it makes the shape \(result.shape)") }
    return result
  }

  private func resize(_ result: inout Resizing, toSizes sizes: [Int], _ axes: [Int]) throws {
    let shape = result.shape
    guard sizes.count == axes.count, sizes.allSatisfy({ 1...(1 << 24) ~= $0 }),
      axes.allSatisfy({ shape[$0] > 0 })
    else { throw invalid("it has the sizes \(sizes) for \(axes.count) axes") }
    let ratios = axes.indices.map { Double(sizes[$0]) / Double(shape[axes[$0]]) }
    let common: Double?
    switch string("keep_aspect_ratio_policy", default: "stretch") {
    case "stretch": common = nil
    case "not_larger": common = ratios.min()
    case "not_smaller": common = ratios.max()
    case let other: throw invalid("it keeps the aspect ratio \(other)")
    }
    for (index, axis) in axes.enumerated() {
      result.scales[axis] = common ?? ratios[index]
      result.shape[axis] = sizes[index]
      if let common { result.shape[axis] = max(1, Int(cut: common * Double(shape[axis]) + 0.5)) }
    }
  }

  private func resize(_ result: inout Resizing, byScales scales: [Double], _ axes: [Int]) throws {
    guard scales.count == axes.count, scales.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
      throw invalid("it has \(scales.count) scales for \(axes.count) axes")
    }
    for (index, axis) in axes.enumerated() {
      let part = result.region.map { $0[axis].upperBound - $0[axis].lowerBound } ?? 1
      result.scales[axis] = scales[index]
      result.shape[axis] = Int(cut: Double(result.shape[axis]) * part * scales[index])
    }
  }

  private func resizeScales() throws -> [Double] {
    let input = node.op == "Upsample" || opset < 11 ? 1 : 2
    if has(input) { return try constant(input).doubles }
    if case .floats(let values)? = node.attributes["scales"] { return values.map(Double.init) }
    return []
  }

  private func croppedRegion(_ axes: [Int], rank: Int) throws -> [ClosedRange<Double>] {
    let bounds = try constant(1).doubles
    guard bounds.count == 2 * axes.count, bounds.allSatisfy({ abs($0) < 1e6 }),
      axes.indices.allSatisfy({ bounds[$0] <= bounds[axes.count + $0] })
    else { throw invalid("its region of interest is \(bounds)") }
    var region = [ClosedRange<Double>](repeating: 0...1, count: rank)
    for (index, axis) in axes.enumerated() { region[axis] = bounds[index]...bounds[axes.count + index] }
    return region
  }
}
