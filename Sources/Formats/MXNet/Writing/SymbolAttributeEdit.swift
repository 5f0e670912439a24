import Errors
import Graph

/// The attributes of one node that follow from numbers of channels, made true for an edited network.
struct SymbolAttributeEdit {
  let node: Symbol.Node
  let file: String
  /// The nodes of the network that say it, as they were, and where they stand now.
  let pairs: [(before: Node, index: Int)]
  let bound: BoundNetwork
  /// The network as it was.
  let old: Network
  let origins: [ValueID: Translation.Origin]

  private var attributes: SymbolAttributes { SymbolAttributes(node: node, file: file) }

  private func after(_ pair: (before: Node, index: Int)) -> Node { bound.network.nodes[pair.index] }

  private func unsayable(_ problem: String) -> FormatError {
    .notExpressible(node: node.name, format: "MXNet", problem: problem)
  }

  /// The node with its attributes renewed; the text of those that hold stays as it is.
  ///
  /// - Throws: `FormatError.notExpressible` where the operator cannot say what the network does.
  func renewed() throws -> Symbol.Node {
    var result = node
    switch node.op {
    case "Convolution", "Convolution_v1", "Deconvolution", "UpSampling": try renewFilters(&result)
    case "FullyConnected": try renewHidden(&result)
    case "Embedding": try renewEmbedding(&result)
    case "BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm", "_contrib_SyncBatchNorm": renewScale(&result)
    case "Reshape", "reshape": try renewReshape(&result)
    case "SliceChannel", "split", "_split_v2": try renewSplit(&result)
    case "slice_axis": try renewSliceAxis(&result)
    case "slice", "crop": try renewSlice(&result)
    case "broadcast_to": renewBroadcast(&result)
    default:
      for pair in pairs {
        guard isSame(pair.before, after(pair)) else {
          throw unsayable("its numbers follow from channels that go")
        }
      }
    }
    return result
  }

  /// Whether a node says what it said: constants that are arrays may differ.
  private func isSame(_ before: Node, _ after: Node) -> Bool {
    guard before.op == after.op, before.attributes == after.attributes,
      before.inputs.count == after.inputs.count
    else { return false }
    return zip(before.inputs, after.inputs).allSatisfy { was, now in
      guard let was, origins[was] == nil, let constant = old.constants[was] else { return true }
      return now.flatMap { bound.network.constants[$0] } == constant
    }
  }

  private func set(_ name: String, _ value: Int, default other: Int?, in node: inout Symbol.Node)
    throws
  {
    guard try attributes.int(name) ?? other != value else { return }
    node.attributes[name] = String(value)
  }

  // MARK: Layers

  private func renewFilters(_ result: inout Symbol.Node) throws {
    for pair in pairs {
      let now = after(pair)
      guard now.op == "Conv" || now.op == "ConvTranspose", now.inputs.count > 1, let weight = now.inputs[1],
        let shape = bound.shape(of: weight), shape.count > 1
      else { continue }
      let groups: Int
      if case .int(let number)? = now.attributes["group"] { groups = number } else { groups = 1 }
      let filters = now.op == "Conv" ? shape[0] : shape[1] * groups
      if pair.before.inputs.count == 2, now.inputs.count == 3 { result.attributes["no_bias"] = "False" }
      if node.op == "UpSampling" {
        if node.attributes["num_filter"] != nil { try set("num_filter", filters, default: nil, in: &result) }
      } else {
        try set("num_filter", filters, default: nil, in: &result)
        try set("num_group", groups, default: 1, in: &result)
      }
    }
  }

  private func renewHidden(_ result: inout Symbol.Node) throws {
    for pair in pairs {
      let now = after(pair)
      guard now.op == "Gemm" || now.op == "MatMul", now.inputs.count > 1, let weight = now.inputs[1],
        let shape = bound.shape(of: weight), shape.count == 2
      else { continue }
      if pair.before.inputs.count == 2, now.inputs.count == 3 { result.attributes["no_bias"] = "False" }
      try set("num_hidden", now.op == "Gemm" ? shape[0] : shape[1], default: nil, in: &result)
    }
  }

  private func renewEmbedding(_ result: inout Symbol.Node) throws {
    guard let last = pairs.last, let table = after(last).inputs.first ?? nil,
      let shape = bound.shape(of: table), shape.count == 2
    else { return }
    try set("input_dim", shape[0], default: shape[0], in: &result)
    try set("output_dim", shape[1], default: shape[1], in: &result)
  }

  /// A scale that is no longer one everywhere was trained, and must count.
  private func renewScale(_ result: inout Symbol.Node) {
    guard let pair = pairs.first(where: { $0.before.op == "BatchNormalization" }),
      let scale = after(pair).inputs[1], let was = pair.before.inputs[1], origins[was]?.form == .ones,
      let tensor = bound.network.constants[scale],
      tensor.floats.contains(where: { $0 != 1 })
    else { return }
    result.attributes["fix_gamma"] = "False"
  }

  // MARK: Movements

  private func shapes(_ pair: (before: Node, index: Int)) throws -> (
    source: [Int], result: [Int]
  ) {
    let now = after(pair)
    guard let data = now.inputs.first ?? nil, let output = now.outputs.first ?? nil,
      let source = bound.shape(of: data), let result = bound.shape(of: output)
    else { throw unsayable("its shapes are not known") }
    return (source, result)
  }

  private func renewReshape(_ result: inout Symbol.Node) throws {
    guard let last = pairs.last else { return }
    let (source, target) = try shapes(last)
    let codes = try SymbolTranslator.reshapeTarget(attributes)
    guard let renewed = codes.retargeted(from: source, to: target) else {
      throw unsayable("its target would be \(target.shapeText)")
    }
    guard renewed != codes else { return }
    if result.attributes["target_shape"] != nil, result.attributes["shape"] == nil {
      result.attributes["target_shape"] = nil
      result.attributes["keep_highest"] = nil
    }
    result.attributes["shape"] = SymbolAttributes.list(
      renewed.codes.map(Optional.some),
      like: node.attributes["shape"] ?? node.attributes["target_shape"] ?? "(")
    if codes.reversed, !renewed.reversed { result.attributes["reverse"] = "False" }
  }

  private func renewSplit(_ result: inout Symbol.Node) throws {
    guard let pair = pairs.first else { return }
    let sizes: [Int]
    let axis: Int
    do { (axis, sizes) = try bound.call(at: pair.index).splitSizes() } catch {
      throw unsayable(CaughtError(error).sentence)
    }
    let isEven = sizes.allSatisfy { $0 == sizes[0] }
    if node.op != "_split_v2" {
      if isEven { return }
      // The operator cuts into equal parts; its successor cuts anywhere.
      result.op = "_split_v2"
      result.attributes["num_outputs"] = nil
      result.attributes["axis"] = String(axis)
    } else if try attributes.int("sections", default: 0) > 0, isEven {
      return
    }
    let starts = sizes.dropLast().reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    if node.op == "_split_v2", try attributes.ints("indices") == starts { return }
    result.attributes["indices"] = SymbolAttributes.list(
      starts.map(Optional.some), like: node.attributes["indices"] ?? "(")
    if result.attributes["sections"] != nil { result.attributes["sections"] = "0" }
  }

  /// Where the slices that the network makes begin and end.
  private func narrowings() throws -> [(axis: Int, start: Int, count: Int, step: Int)] {
    guard let last = pairs.last else { return [] }
    let movements: [Movement]?
    do { movements = try OperatorTable.movements(of: bound.call(at: last.index)) } catch {
      throw unsayable(CaughtError(error).sentence)
    }
    return (movements ?? []).compactMap { movement in
      if case .narrow(let axis, let start, let count, let step) = movement {
        (axis, start, count, step)
      } else {
        nil
      }
    }
  }

  private func renewSliceAxis(_ result: inout Symbol.Node) throws {
    guard let last = pairs.last, let cut = try narrowings().first else { return }
    let extent = try shapes(last).source[cut.axis]
    let begin = try attributes.int("begin", default: 0)
    let end = try attributes.int("end")
    let first = begin < 0 ? begin + extent : begin
    let beyond = end.map { $0 < 0 ? $0 + extent : min($0, extent) } ?? extent
    if first == cut.start, beyond == cut.start + cut.count { return }
    guard cut.step == 1 else { throw unsayable("it would take every \(cut.step). channel") }
    result.attributes["begin"] = String(cut.start)
    let stop = cut.start + cut.count
    if end != nil || stop != extent { result.attributes["end"] = String(stop) }
  }

  private func renewSlice(_ result: inout Symbol.Node) throws {
    guard let last = pairs.last else { return }
    guard !isSame(last.before, after(last)) else { return }
    var begin = try attributes.optionalInts("begin") ?? []
    var end = try attributes.optionalInts("end") ?? []
    var step = try attributes.optionalInts("step") ?? []
    for cut in try narrowings() {
      guard begin.indices.contains(cut.axis), end.indices.contains(cut.axis) else {
        throw unsayable("it cuts axis \(cut.axis)")
      }
      let stop = cut.start + cut.count * cut.step
      begin[cut.axis] = cut.start
      end[cut.axis] = stop < 0 ? nil : stop
      if cut.step != 1 || !step.isEmpty {
        while step.count < begin.count { step.append(nil) }
        step[cut.axis] = cut.step
      }
    }
    result.attributes["begin"] = SymbolAttributes.list(begin, like: node.attributes["begin"] ?? "(")
    result.attributes["end"] = SymbolAttributes.list(end, like: node.attributes["end"] ?? "(")
    if !step.isEmpty {
      result.attributes["step"] = SymbolAttributes.list(step, like: node.attributes["step"] ?? "(")
    }
  }

  private func renewBroadcast(_ result: inout Symbol.Node) {
    guard let last = pairs.last, let target = try? shapes(last).result,
      let said = try? attributes.ints("shape"), said.count == target.count
    else { return }
    let renewed = zip(said, target).map { $0 == 0 ? 0 : $1 }
    guard renewed != said else { return }
    result.attributes["shape"] = SymbolAttributes.list(
      renewed.map(Optional.some), like: node.attributes["shape"] ?? "(")
  }
}
