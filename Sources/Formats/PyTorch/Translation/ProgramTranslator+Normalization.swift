import Graph

/// Normalizations.
extension ProgramTranslator {
  mutating func normalization() throws -> [ValueID?]? {
    switch call.op {
    case "batch_norm": return [try batchNormalization(training: try call.bool("training", false))[0]]
    case "_native_batch_norm_legit_no_training": return try batchNormalization(training: false)
    case "native_batch_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_functional",
      "cudnn_batch_norm", "miopen_batch_norm":
      return try batchNormalization(training: try call.bool("training", false))
    case "_batch_norm_with_update", "_batch_norm_with_update_functional":
      return try batchNormalization(training: true)
    case "_batch_norm_no_update": return try batchNormalization(training: false)
    case "layer_norm", "native_layer_norm": return try layerNormalization()
    case "group_norm", "native_group_norm": return try groupNormalization()
    case "instance_norm": return [try instanceNormalization()]
    case "rms_norm", "_fused_rms_norm": return try meanSquareNormalization()
    default: return nil
    }
  }

  /// Whether only the first of what the operator makes is read.
  private func requireOnlyFirst() throws {
    guard call.names.dropFirst().allSatisfy({ !isRead($0) }) else { throw Untranslated() }
  }

  private var epsilon: Double { get throws { try call.number("eps", 1e-5) } }

  /// A parameter, or what stands for one that is left out.
  private mutating func parameter(_ name: String, _ number: Double, _ shape: [Int], _ type: ElementType)
    throws -> ValueID
  {
    if let value = try optional(name) { return value }
    guard let count = shape.checkedElementCount, count <= 1 << 20 else { throw Untranslated() }
    return constant(name, Tensor(type, [Double](repeating: number, count: count), shape: shape))
  }

  private mutating func batchNormalization(training: Bool) throws -> [ValueID?] {
    let data = try tensor("input")
    let shape = try shape(data)
    guard shape.count > 1, let channels = shape[1] else { throw Untranslated() }
    let type = type(data)
    let inputs = [
      data, try parameter("weight", 1, [channels], type), try parameter("bias", 0, [channels], type),
      try parameter("running_mean", 0, [channels], type), try parameter("running_var", 1, [channels], type),
    ]
    let isMeasured = training || !call.has("running_mean")
    var attributes: [String: Attribute] = ["epsilon": .float(Float(try epsilon))]
    guard isMeasured else {
      try requireOnlyFirst()
      return [one("BatchNormalization", inputs, attributes)]
    }
    attributes["training_mode"] = .int(1)
    // What ONNX keeps of a statistic is what PyTorch adds of the new one.
    attributes["momentum"] = .float(Float(1 - (try call.number("momentum", 0.1))))
    // The functional form gives the new statistics behind those of the batch.
    let statistics = call.names.dropFirst(3)
    guard call.names.dropFirst().prefix(2).allSatisfy({ !isRead($0) }) else { throw Untranslated() }
    guard statistics.count >= 2 else { return [one("BatchNormalization", inputs, attributes)] }
    let names = [call.names.first] + statistics.prefix(2).map(Optional.some)
    let outputs = many("BatchNormalization", inputs, attributes, names: names)
    return [outputs[0], nil, nil, outputs[1], outputs[2]]
  }

  private mutating func layerNormalization() throws -> [ValueID?] {
    try requireOnlyFirst()
    let data = try tensor("input")
    guard let shape = try call.ints("normalized_shape"), !shape.isEmpty else { throw Untranslated() }
    let scale = try parameter("weight", 1, shape, type(data))
    let bias = try optional("bias")
    return [
      one(
        "LayerNormalization", [data, scale] + (bias.map { [$0] } ?? []),
        ["axis": .int(-shape.count), "epsilon": .float(Float(try epsilon))])
    ]
  }

  private mutating func groupNormalization() throws -> [ValueID?] {
    try requireOnlyFirst()
    let data = try tensor("input")
    let shape = try shape(data)
    guard shape.count > 1, let channels = shape[1] else { throw Untranslated() }
    let groups = try call.int(call.op == "group_norm" ? "num_groups" : "group")
    return [
      one(
        "GroupNormalization",
        [
          data, try parameter("weight", 1, [channels], type(data)),
          try parameter("bias", 0, [channels], type(data)),
        ], ["num_groups": .int(groups), "epsilon": .float(Float(try epsilon))])
    ]
  }

  private mutating func instanceNormalization() throws -> ValueID {
    let data = try tensor("input")
    let shape = try shape(data)
    guard shape.count > 2, let channels = shape[1], try call.bool("use_input_stats", true) else {
      throw Untranslated()
    }
    return one(
      "InstanceNormalization",
      [
        data, try parameter("weight", 1, [channels], type(data)),
        try parameter("bias", 0, [channels], type(data)),
      ], ["epsilon": .float(Float(try epsilon))])
  }

  /// x / √(mean x² + ε), scaled; Zhang and Sennrich 2019.
  private mutating func meanSquareNormalization() throws -> [ValueID?] {
    try requireOnlyFirst()
    let data = try tensor("input")
    guard let shape = try call.ints("normalized_shape"), !shape.isEmpty else { throw Untranslated() }
    let epsilon = try call.number("eps", Double(Float.ulpOfOne))
    let squares = one("Mul", [data, data], step: "squares")
    let axes = integers("axes", Array(-shape.count..<0))
    let mean = one("ReduceMean", [squares, axes], ["keepdims": .int(1)], step: "mean")
    let sum = one("Add", [mean, scalar("epsilon", epsilon, type(data))], step: "sum")
    let root = one("Sqrt", [sum], step: "root")
    guard let weight = try optional("weight") else { return [one("Div", [data, root])] }
    return [one("Mul", [one("Div", [data, root], step: "normalized"), weight])]
  }
}
