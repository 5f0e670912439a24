import Graph

/// Convolutions, poolings and what scales pictures.
extension SymbolTranslator {
  mutating func window(_ call: SymbolCall) throws -> [ValueID]? {
    switch call.op {
    case "Convolution", "Convolution_v1", "Deconvolution", "Pooling", "Pooling_v1":
      [
        try withChannelsSecond(call, axis: try call.attributes.channelAxis()) { translator, call in
          switch call.op {
          case "Deconvolution": try translator.deconvolution(call)
          case "Pooling", "Pooling_v1": try translator.pooling(call)
          default: try translator.convolution(call)
          }
        }
      ]
    case "_contrib_AdaptiveAvgPooling2D": [try adaptivePooling(call)]
    case "UpSampling": [try upSampling(call)]
    case "_contrib_BilinearResize2D": [try bilinearResize(call)]
    default: nil
    }
  }

  /// An extent for each of `rank` spatial axes.
  private func extents(
    _ call: SymbolCall, _ name: String, rank: Int, default value: Int
  ) throws -> [Int] {
    guard let list = try call.attributes.ints(name), !list.isEmpty else {
      return [Int](repeating: value, count: rank)
    }
    guard list.count == rank, list.allSatisfy({ 0...(1 << 20) ~= $0 }) else {
      throw call.attributes.invalid("its \(name) is \(list) over \(rank) axes")
    }
    return list
  }

  private func bias(_ call: SymbolCall, isLeftOut: Bool) throws -> [ValueID] {
    if try call.attributes.bool("no_bias", default: isLeftOut) { return [] }
    return [try call.operand(2)]
  }

  private mutating func convolution(_ call: SymbolCall) throws -> ValueID {
    let (data, weight) = (try call.operand(0), try call.operand(1))
    let kernel = Array(shape(weight).dropFirst(2))
    let pads = try extents(call, "pad", rank: kernel.count, default: 0)
    return try one(
      "Conv", [data, weight] + bias(call, isLeftOut: false),
      [
        "kernel_shape": .ints(kernel), "pads": .ints(pads + pads),
        "strides": .ints(try extents(call, "stride", rank: kernel.count, default: 1)),
        "dilations": .ints(try extents(call, "dilate", rank: kernel.count, default: 1)),
        "group": .int(try call.attributes.int("num_group", default: 1)),
      ])
  }

  private mutating func deconvolution(_ call: SymbolCall) throws -> ValueID {
    let (data, weight) = (try call.operand(0), try call.operand(1))
    let kernel = Array(shape(weight).dropFirst(2))
    let rank = kernel.count
    let strides = try extents(call, "stride", rank: rank, default: 1)
    let dilations = try extents(call, "dilate", rank: rank, default: 1)
    var pads = try extents(call, "pad", rank: rank, default: 0)
    var extra = try extents(call, "adj", rank: rank, default: 0)
    let target = try extents(call, "target_shape", rank: rank, default: 0)
    let spatial = Array(shape(data).dropFirst(2))
    if target.contains(where: { $0 > 0 }), spatial.count == rank {
      // MXNet's InferPad: half of what is too much at each end, and one back where that is odd.
      for axis in 0..<rank {
        let whole = strides[axis] * (spatial[axis] - 1) + dilations[axis] * (kernel[axis] - 1) + 1
        guard whole >= target[axis] else {
          throw call.attributes.invalid("its target_shape \(target) is larger than what it makes")
        }
        (pads[axis], extra[axis]) = ((whole - target[axis] + 1) / 2, (whole - target[axis]) % 2)
      }
    }
    return try one(
      "ConvTranspose", [data, weight] + bias(call, isLeftOut: true),
      [
        "kernel_shape": .ints(kernel), "pads": .ints(pads + pads), "strides": .ints(strides),
        "dilations": .ints(dilations), "output_padding": .ints(extra),
        "group": .int(try call.attributes.int("num_group", default: 1)),
      ])
  }

  // MARK: Poolings

  private mutating func pooling(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let spatial = Array(shape(data).dropFirst(2))
    let kind = call.attributes.string("pool_type") ?? "max"
    let power = try call.attributes.int("p_value", default: 2)
    if try call.attributes.bool("global_pool", default: false) {
      switch kind {
      case "max": return try one("GlobalMaxPool", [data])
      case "avg": return try one("GlobalAveragePool", [data])
      case "sum": return try summed(call, "GlobalAveragePool", data, [:], spatial.elementCount)
      case "lp": return try one("GlobalLpPool", [data], ["p": .int(power)])
      default: throw call.attributes.invalid("its pool_type is \(kind)")
      }
    }
    let kernel = try extents(call, "kernel", rank: spatial.count, default: 1)
    let strides = try extents(call, "stride", rank: spatial.count, default: 1)
    let convention = call.attributes.string("pooling_convention") ?? "valid"
    let before =
      convention == "same"
      ? [Int](repeating: 0, count: spatial.count)
      : try extents(call, "pad", rank: spatial.count, default: 0)
    var after = before
    guard strides.allSatisfy({ $0 > 0 }), kernel.allSatisfy({ $0 > 0 }) else {
      throw call.attributes.invalid("its kernel is \(kernel) and its stride \(strides)")
    }
    var attributes: [String: Attribute] = ["kernel_shape": .ints(kernel), "strides": .ints(strides)]
    var countsPadding = try call.attributes.bool("count_include_pad", default: true)
    switch convention {
    case "valid": break
    case "full":
      for axis in spatial.indices {
        let free = spatial[axis] + 2 * before[axis] - kernel[axis]
        let last = (free + strides[axis] - 1) / strides[axis] * strides[axis]
        guard free >= 0, last < spatial[axis] + before[axis] else {
          throw call.attributes.invalid("its last window lies in the padding alone")
        }
      }
      attributes["ceil_mode"] = .int(1)
    case "same":
      // PoolingShape in MXNet's nn/pooling.cc: over one axis, and the three pads that it looks at are 0. There are
      // ⌈extent / stride⌉ windows; they begin at the first element, and the last are cut off at the end.
      guard spatial.count == 1, try call.attributes.ints("pad")?.allSatisfy({ $0 == 0 }) ?? true else {
        throw call.attributes.invalid(
          "its pooling_convention is same, which MXNet has over one axis without pad only")
      }
      let count = (spatial[0] + strides[0] - 1) / strides[0]
      after[0] = (count - 1) * strides[0] + kernel[0] - spatial[0]
      countsPadding = false
      guard kind != "sum" || after[0] <= 0 else {
        throw call.attributes.invalid("it sums over partial windows")
      }
    case let other: throw call.attributes.invalid("its pooling_convention is \(other)")
    }
    attributes["pads"] = .ints(before + after.map { max(0, $0) })
    switch kind {
    case "max": return try one("MaxPool", [data], attributes)
    case "avg":
      attributes["count_include_pad"] = .int(countsPadding || call.op == "Pooling_v1" ? 1 : 0)
      return try one("AveragePool", [data], attributes)
    case "sum":
      attributes["count_include_pad"] = .int(1)
      guard attributes["ceil_mode"] == nil else {
        throw call.attributes.invalid("it sums over partial windows")
      }
      return try summed(call, "AveragePool", data, attributes, kernel.elementCount)
    case "lp":
      guard attributes["ceil_mode"] == nil else {
        throw call.attributes.invalid("it sums over partial windows")
      }
      attributes["p"] = .int(power)
      return try one("LpPool", [data], attributes)
    default: throw call.attributes.invalid("its pool_type is \(kind)")
    }
  }

  /// A sum as a mean times the number of its terms.
  private mutating func summed(
    _ call: SymbolCall, _ op: String, _ data: ValueID, _ attributes: [String: Attribute], _ count: Int
  ) throws -> ValueID {
    let mean = try one(op, [data], attributes, step: "mean")
    return try one("Mul", [mean, scalar("count", Double(count), like: data)])
  }

  private mutating func adaptivePooling(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let target = try call.attributes.ints("output_size") ?? []
    if target.allSatisfy({ $0 == 1 }) { return try one("GlobalAveragePool", [data]) }
    let spatial = Array(shape(data).dropFirst(2))
    let sizes = target.count == 1 ? spatial.map { _ in target[0] } : target
    guard sizes.count == spatial.count, zip(spatial, sizes).allSatisfy({ $1 > 0 && $0 % $1 == 0 }) else {
      throw call.attributes.invalid("its windows differ in size")
    }
    let kernel = zip(spatial, sizes).map { $0 / $1 }
    return try one("AveragePool", [data], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
  }

  // MARK: Scaling

  private mutating func upSampling(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let scale = try call.attributes.int("scale", default: 1)
    guard 1...64 ~= scale else { throw call.attributes.invalid("its scale is \(scale)") }
    switch call.attributes.string("sample_type") ?? "nearest" {
    case "nearest":
      let target = shape(data).dropFirst(2).map { $0 * scale }
      var parts: [ValueID] = []
      for (number, part) in call.operands.enumerated() {
        let factors = zip(target, shape(part).dropFirst(2)).map { target, extent in
          extent > 0 && target % extent == 0 ? target / extent : 0
        }
        guard factors.count == 2, factors.allSatisfy({ $0 > 0 }) else {
          throw call.attributes.invalid("its input \(number) does not fit the others")
        }
        parts.append(
          try resized(part, factors.map(Double.init), step: call.operands.count == 1 ? nil : "part\(number)"))
      }
      if parts.count == 1 { return parts[0] }
      return call.attributes.string("multi_input_mode") == "sum"
        ? try one("Sum", parts) : try one("Concat", parts, ["axis": .int(1)])
    case "bilinear":
      let weight = try call.operand(1)
      let pad = (scale - 1 + 1) / 2
      let kernel = 2 * scale - scale % 2
      return try one(
        "ConvTranspose", [data, weight],
        [
          "kernel_shape": .ints([kernel, kernel]), "strides": .ints([scale, scale]),
          "pads": .ints([pad, pad, pad, pad]), "group": .int(shape(weight).first ?? 1),
        ])
    case let other: throw call.attributes.invalid("its sample_type is \(other)")
    }
  }

  private mutating func resized(
    _ data: ValueID, _ factors: [Double], step: String?
  ) throws -> ValueID {
    let scales = constant("scales", Tensor(([1, 1] + factors).map(Float.init), shape: [2 + factors.count]))
    return try one(
      "Resize", [data, nil, scales],
      [
        "mode": .string("nearest"), "coordinate_transformation_mode": .string("asymmetric"),
        "nearest_mode": .string("floor"),
      ], step: step)
  }

  private mutating func bilinearResize(_ call: SymbolCall) throws -> ValueID {
    let data = try call.operand(0)
    let source = shape(data)
    guard (call.attributes.string("mode") ?? "size") == "size", source.count == 4 else {
      throw call.attributes.invalid("its mode is \(call.attributes.string("mode") ?? "")")
    }
    var target = [
      try call.attributes.int("height", default: 1), try call.attributes.int("width", default: 1),
    ]
    for axis in 0..<2 {
      let name = ["scale_height", "scale_width"][axis]
      guard call.attributes.string(name) != nil else { continue }
      let extent = Double(source[2 + axis]) * (try call.attributes.float(name, default: 1))
      guard extent >= 1, extent < 1e6 else { throw call.attributes.invalid("its \(name) is out of range") }
      target[axis] = Int(extent)
    }
    // Sizes would fix the batch too, so the scales say it.
    let factors = zip(target, source[2...]).map { (Double($0) + 1e-3) / Double(max(1, $1)) }
    let aligns = try call.attributes.bool("align_corners", default: true)
    let scales = constant("scales", Tensor(([1, 1] + factors).map(Float.init), shape: [4]))
    return try one(
      "Resize", [data, nil, scales],
      [
        "mode": .string("linear"),
        "coordinate_transformation_mode": .string(aligns ? "align_corners" : "half_pixel"),
      ])
  }
}
