import Graph

/// Convolutions, pooling, and pictures of another size.
extension ProgramTranslator {
  mutating func window() throws -> [ValueID?]? {
    switch call.op {
    case "conv1d", "conv2d", "conv3d", "convolution", "conv_transpose1d", "conv_transpose2d",
      "conv_transpose3d":
      return [try convolution()]
    case "max_pool1d", "max_pool2d", "max_pool3d": return [try pooling("MaxPool")]
    case "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices":
      guard call.names.dropFirst().allSatisfy({ !isRead($0) }) else { throw Untranslated() }
      return [try pooling("MaxPool")]
    case "avg_pool1d", "avg_pool2d", "avg_pool3d": return [try pooling("AveragePool")]
    case "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "_adaptive_avg_pool2d",
      "_adaptive_avg_pool3d":
      return [try adaptive("AveragePool", whole: "GlobalAveragePool")]
    case "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d":
      guard call.names.dropFirst().allSatisfy({ !isRead($0) }) else { throw Untranslated() }
      return [try adaptive("MaxPool", whole: "GlobalMaxPool")]
    case "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d": return [try resized("nearest")]
    case "_upsample_nearest_exact1d", "_upsample_nearest_exact2d", "_upsample_nearest_exact3d":
      return [try resized("nearest", isExact: true)]
    case "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d": return [try resized("linear")]
    case "upsample_bicubic2d": return [try resized("cubic")]
    case "_upsample_bilinear2d_aa": return [try resized("linear", isSmoothed: true)]
    case "_upsample_bicubic2d_aa": return [try resized("cubic", isSmoothed: true)]
    case "im2col": return [try unfolded()]
    case "col2im": return [try refolded()]
    case "grid_sampler", "grid_sampler_2d", "grid_sampler_3d": return [try sampled()]
    default: return nil
    }
  }

  private mutating func convolution() throws -> ValueID {
    let (data, weight) = (try tensor("input", "self"), try tensor("weight"))
    let kernel = try fixedShape(weight).dropFirst(2)
    let axes = kernel.count
    guard axes > 0, try rank(data) == axes + 2 else { throw Untranslated() }
    let transposes =
      try call.op == "convolution" ? call.bool("transposed", false) : call.op.contains("transpose")
    let (strides, dilations) = (
      try call.ints("stride", count: axes, 1), try call.ints("dilation", count: axes, 1)
    )
    var attributes: [String: Attribute] = [
      "group": .int(try call.int("groups", 1)), "strides": .ints(strides), "dilations": .ints(dilations),
      "kernel_shape": .ints(Array(kernel)),
    ]
    if case .string(let mode)? = call.node["padding"] {
      let total = zip(kernel, dilations).map { ($0 - 1).times($1) }
      let before = mode == "same" ? total.map { $0 / 2 } : total.map { _ in 0 }
      attributes["pads"] = .ints(before + (mode == "same" ? zip(total, before).map(-) : before))
    } else {
      let pads = try call.ints("padding", count: axes, 0)
      attributes["pads"] = .ints(pads + pads)
    }
    if transposes {
      attributes["output_padding"] = .ints(try call.ints("output_padding", count: axes, 0))
    }
    let bias = try optional("bias")
    return one(transposes ? "ConvTranspose" : "Conv", [data, weight] + (bias.map { [$0] } ?? []), attributes)
  }

  private mutating func pooling(_ op: String) throws -> ValueID {
    let data = try tensor("self")
    guard let axes = call.op.first(where: \.isNumber)?.wholeNumberValue, try rank(data) == axes + 2 else {
      throw Untranslated()
    }
    let kernel = try call.ints("kernel_size", count: axes, 1)
    let isGiven = try call.ints("stride")?.isEmpty == false
    let pads = try call.ints("padding", count: axes, 0)
    var attributes: [String: Attribute] = [
      "kernel_shape": .ints(kernel),
      "strides": .ints(isGiven ? try call.ints("stride", count: axes, 1) : kernel),
      "pads": .ints(pads + pads), "ceil_mode": .int(try call.bool("ceil_mode", false) ? 1 : 0),
    ]
    if op == "MaxPool" {
      attributes["dilations"] = .ints(try call.ints("dilation", count: axes, 1))
    } else {
      guard !call.has("divisor_override") else { throw Untranslated() }
      attributes["count_include_pad"] = .int(try call.bool("count_include_pad", true) ? 1 : 0)
    }
    return one(op, [data], attributes)
  }

  /// Windows as large as the output asks for.
  private mutating func adaptive(_ op: String, whole: String) throws -> ValueID {
    let data = try tensor("self")
    let shape = try shape(data)
    guard let axes = call.op.first(where: \.isNumber)?.wholeNumberValue, shape.count == axes + 2 else {
      throw Untranslated()
    }
    let spatial = Array(shape[2...])
    let output = try call.ints("output_size", count: axes, 1)
    if output.allSatisfy({ $0 == 1 }) { return one(whole, [data]) }
    guard !spatial.contains(nil), output.allSatisfy({ $0 > 0 }) else { throw Untranslated() }
    let sizes = spatial.compactMap { $0 }
    if sizes == output { return one("Identity", [data]) }
    guard zip(sizes, output).allSatisfy({ $0 % $1 == 0 }) else {
      guard op == "AveragePool" else { throw Untranslated() }
      return try averaged(data, sizes, output)
    }
    let kernel = zip(sizes, output).map(/)
    return one(op, [data], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
  }

  /// Means over windows that overlap or differ in size: along each axis a product with the matrix of their shares.
  private mutating func averaged(_ data: ValueID, _ sizes: [Int], _ output: [Int]) throws -> ValueID {
    guard sizes.count <= 2, zip(sizes, output).allSatisfy({ $0.times($1) <= 1 << 20 }) else {
      throw Untranslated()
    }
    func shares(_ size: Int, _ count: Int, _ transposed: Bool) -> Tensor {
      var elements = [Double](repeating: 0, count: size * count)
      for index in 0..<count {
        let (first, end) = (index * size / count, ((index + 1) * size + count - 1) / count)
        for place in first..<end {
          elements[transposed ? index * size + place : place * count + index] = 1 / Double(end - first)
        }
      }
      return Tensor(type(data), elements, shape: transposed ? [count, size] : [size, count])
    }
    let columns = constant("columns", shares(sizes[sizes.count - 1], output[output.count - 1], false))
    guard sizes.count == 2 else { return one("MatMul", [data, columns]) }
    let narrowed = one("MatMul", [data, columns], step: "narrowed")
    return one("MatMul", [constant("rows", shares(sizes[0], output[0], true)), narrowed])
  }

  private mutating func resized(
    _ mode: String, isExact: Bool = false, isSmoothed: Bool = false
  ) throws -> ValueID {
    let data = try tensor("self", "input")
    let axes = try rank(data) - 2
    guard axes > 0 else { throw Untranslated() }
    let aligns = try mode != "nearest" && call.bool("align_corners", false)
    var attributes: [String: Attribute] = [
      "mode": .string(mode), "axes": .ints(Array(2..<axes + 2)),
      "coordinate_transformation_mode": .string(
        aligns ? "align_corners" : (mode == "nearest" && !isExact ? "asymmetric" : "half_pixel")),
    ]
    if mode == "nearest" { attributes["nearest_mode"] = .string(isExact ? "round_prefer_ceil" : "floor") }
    if mode == "cubic" { attributes["cubic_coeff_a"] = .float(isSmoothed ? -0.5 : -0.75) }
    if isSmoothed { attributes["antialias"] = .int(1) }
    if call.has("scale_factors"), !call.has("output_size"),
      case .floats(let factors)? = call.node["scale_factors"],
      factors.count == axes
    {
      let scales = constant("scales", Tensor(factors.map(Float.init), shape: [axes]))
      return one("Resize", [data, nil, scales], attributes)
    }
    var scales: [Float] = []
    for name in axes == 1 ? ["scales"] : ["scales_d", "scales_h", "scales_w"].suffix(axes)
    where call.has(name) {
      scales.append(Float(try call.number(name)))
    }
    if scales.count == axes, !aligns {
      return one("Resize", [data, nil, constant("scales", Tensor(scales, shape: [axes]))], attributes)
    }
    let sizes = vector("sizes", try sizes("output_size"))
    return one("Resize", [data, nil, nil, sizes], attributes)
  }

  /// Windows of a picture that stand beside each other, without a gap: how many there are, and their size.
  struct Tiling {
    let rows, columns, height, width: Int
  }

  /// The windows of a picture, `[N, C, H, W]`, with what stands in each behind its channel.
  ///
  /// - Parameter extents: what the result has behind its first axis.
  mutating func windows(of data: ValueID, channels: Int, _ tiling: Tiling, into extents: [Int]) -> ValueID {
    let blocks = [0, channels, tiling.rows, tiling.height, tiling.columns, tiling.width]
    let split = one("Reshape", [data, integers("blocks", blocks)], step: "split")
    let moved = one("Transpose", [split], ["perm": .ints([0, 1, 3, 5, 2, 4])], step: "moved")
    return one("Reshape", [moved, integers("shape", [0] + extents)])
  }

  /// - Parameter size: the picture's height and width.
  /// - Throws: `Untranslated` for windows that overlap, leave gaps or reach over the border.
  private func tiling(_ size: [Int]) throws -> Tiling {
    let kernel = try call.ints("kernel_size", count: 2, 1)
    guard try call.ints("stride", count: 2, 1) == kernel, try call.ints("padding", count: 2, 0) == [0, 0],
      try call.ints("dilation", count: 2, 1).enumerated().allSatisfy({ $1 == 1 || kernel[$0] == 1 }),
      size.count == 2, zip(size, kernel).allSatisfy({ $1 > 0 && $0 % $1 == 0 })
    else { throw Untranslated() }
    return Tiling(
      rows: size[0] / kernel[0], columns: size[1] / kernel[1], height: kernel[0], width: kernel[1])
  }

  /// `[N, C, H, W]` as `[N, C·h·w, windows]`.
  private mutating func unfolded() throws -> ValueID {
    let data = try tensor("self")
    let shape = try shape(data)
    guard shape.count == 4, let channels = shape[1], let height = shape[2], let width = shape[3] else {
      throw Untranslated()
    }
    let tiling = try tiling([height, width])
    return windows(
      of: data, channels: channels, tiling,
      into: [channels.times(tiling.height).times(tiling.width), tiling.rows.times(tiling.columns)])
  }

  /// `[N, C·h·w, windows]` as `[N, C, H, W]`.
  private mutating func refolded() throws -> ValueID {
    let data = try tensor("self")
    let shape = try shape(data)
    let size = try call.ints("output_size", count: 2, 1)
    let tiling = try tiling(size)
    let area = tiling.height.times(tiling.width)
    guard shape.count == 3, let rows = shape[1], rows % area == 0 else { throw Untranslated() }
    let channels = rows / area
    let blocks = [0, channels, tiling.height, tiling.width, tiling.rows, tiling.columns]
    let split = one("Reshape", [data, integers("blocks", blocks)], step: "split")
    let moved = one("Transpose", [split], ["perm": .ints([0, 1, 4, 2, 5, 3])], step: "moved")
    return one("Reshape", [moved, integers("shape", [0, channels] + size)])
  }

  private mutating func sampled() throws -> ValueID {
    let modes = ["linear", "nearest", "cubic"]
    let paddings = ["zeros", "border", "reflection"]
    let (mode, padding) = (try call.int("interpolation_mode", 0), try call.int("padding_mode", 0))
    guard modes.indices.contains(mode), paddings.indices.contains(padding) else { throw Untranslated() }
    return one(
      "GridSample", [try tensor("input"), try tensor("grid")],
      [
        "mode": .string(modes[mode]), "padding_mode": .string(paddings[padding]),
        "align_corners": .int(try call.bool("align_corners", false) ? 1 : 0),
      ])
  }
}
