import Errors
import Foundation
import Graph

/// The numbers of a node that follow from numbers of channels, made true for an edited network.
extension ProgramEdit {
  /// Renews the sizes of one node; those that hold stay as they are.
  mutating func editSizes(of number: Int) throws {
    let call = ProgramCall(program.nodes[number])
    if call.isInPlace { try renewPart(number) }
    switch call.op {
    case "conv1d", "conv2d", "conv3d", "convolution", "conv_transpose1d", "conv_transpose2d",
      "conv_transpose3d":
      renewAttribute("groups", "group", of: number, "Conv", "ConvTranspose")
    case "group_norm": renewAttribute("num_groups", "num_groups", of: number, "GroupNormalization")
    case "native_group_norm":
      renewAttribute("group", "num_groups", of: number, "GroupNormalization")
      if let channels = inputShapes(of: number)?.map({ $0[safe: 1] ?? 0 }), let given = call.node["C"],
        case .integer(let integer) = given
      {
        set("C", .integer(try renewed(integer, to: channels, for: number)), of: number)
      }
    case "layer_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm": try renewNormalizedShape(number)
    case "view", "reshape", "_unsafe_view", "view_copy", "_reshape_alias", "reshape_copy", "expand",
      "expand_copy",
      "broadcast_to", "zeros", "ones", "full", "new_zeros", "new_ones", "new_full":
      try renewSizes(call.node["size"] != nil ? "size" : "shape", from: 0, of: number)
    case "view_as", "reshape_as", "expand_as": try renewLike(number, call)
    case "unflatten":
      if let axis = try? call.int("dim"), let shapes = inputShapes(of: number), let rank = shapes.first?.count
      {
        try renewSizes("sizes", from: axis < 0 ? axis + rank : axis, of: number)
      }
    case "slice", "slice_copy": try renewSlice(number)
    case "narrow", "narrow_copy": try renewSlice(number, length: "length")
    case "select", "select_copy": try renewPosition(number)
    case "chunk", "unsafe_chunk", "split", "unsafe_split", "split_copy", "split_with_sizes",
      "unsafe_split_with_sizes", "split_with_sizes_copy":
      try renewParts(number, call)
    case "pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
      "replication_pad1d", "replication_pad2d", "replication_pad3d":
      try renewPads(number)
    case "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu",
      "_scaled_dot_product_efficient_attention", "_scaled_dot_product_flash_attention",
      "_scaled_dot_product_attention_math":
      renewScale(number)
    case "lstm", "gru", "rnn_tanh", "rnn_relu": try renewStates(number)
    default: break
    }
  }

  private mutating func set(_ name: String, _ argument: ProgramArgument, of number: Int) {
    guard items[number].node?[name] != argument else { return }
    items[number].node?.set(name, argument)
  }

  /// The shapes of what a node reads first, by binding; as they are now.
  private func inputShapes(of number: Int) -> [[Int]]? {
    guard let name = program.nodes[number].inputs.first?.argument.names.first,
      let value = translation.reads[number]?[name]
    else { return nil }
    let shapes = bindings.compactMap { $0.after.shape(of: value) }
    return shapes.count == bindings.count ? shapes : nil
  }

  private mutating func renewAttribute(_ name: String, _ attribute: String, of number: Int, _ ops: String...)
  {
    for op in ops {
      for pair in nodes(of: number, op) {
        guard case .int(let value)? = new.nodes[pair.index].attributes[attribute],
          pair.before.attributes[attribute] != .int(value)
        else { continue }
        set(name, .integer(.literal(value)), of: number)
      }
    }
  }

  private mutating func renewNormalizedShape(_ number: Int) throws {
    guard case .integers(let list)? = program.nodes[number]["normalized_shape"],
      let shapes = inputShapes(of: number)
    else { return }
    try renew("normalized_shape", list, to: shapes.map { Array($0.suffix(list.count)) }, of: number)
  }

  /// Sizes that are extents of what the node makes, from an axis on.
  private mutating func renewSizes(_ name: String, from axis: Int, of number: Int) throws {
    guard case .integers(let list)? = program.nodes[number][name], let output = output(of: number) else {
      return
    }
    let shapes = bindings.compactMap { $0.after.shape(of: output) }
    guard axis >= 0, shapes.count == bindings.count, shapes.allSatisfy({ $0.count >= axis + list.count })
    else { return }
    let before = bindings.compactMap {
      $0.before.shape(of: translation.values[program.nodes[number].names[0]] ?? output)
    }
    if before == shapes { return }
    try renew(name, list, to: shapes.map { Array($0[axis..<axis + list.count]) }, of: number)
  }

  /// The shape of another tensor, which no longer has the one that is wanted, is written down.
  private mutating func renewLike(_ number: Int, _ call: ProgramCall) throws {
    guard let name = call.node["other"]?.names.first, let other = translation.reads[number]?[name],
      let output = output(of: number), var node = items[number].node, let data = node.inputs.first
    else { return }
    let wanted = bindings.map { $0.after.shape(of: output) }
    guard let shape = wanted[0], wanted != bindings.map({ $0.after.shape(of: other) }) else { return }
    guard wanted.allSatisfy({ $0 == shape }) else {
      throw unsayable(number, "one of its sizes would follow from what is open")
    }
    let isExpanded = call.op == "expand_as"
    node.target = "torch.ops.aten.\(isExpanded ? "expand" : "reshape").default"
    node.inputs = [
      data,
      .init(name: isExpanded ? "size" : "shape", argument: .integers(shape.map(ProgramInteger.literal))),
    ]
    items[number].node = node
  }

  private mutating func renew(
    _ name: String, _ list: [ProgramInteger], to wanted: [[Int]], of number: Int
  ) throws {
    var result: [ProgramInteger] = []
    for (place, integer) in list.enumerated() {
      do {
        result.append(try renewed(integer, to: wanted.map { $0[safe: place] ?? 0 }, for: number))
      } catch {
        // One size may be whatever is left.
        guard name != "normalized_shape", !list.contains(.literal(-1)), !result.contains(.literal(-1)) else {
          throw error
        }
        result.append(.literal(-1))
      }
    }
    set(name, .integers(result), of: number)
  }

  // MARK: Parts of an axis

  /// What a node takes of an axis before and after.
  private func taken(_ pair: (before: Node, index: Int)) -> [(before: [Movement]?, after: [Movement]?)] {
    guard let index = indexBefore(pair.before) else { return [] }
    return bindings.map {
      (
        (try? OperatorTable.movements(of: $0.before.call(at: index))).flatMap { $0 },
        (try? OperatorTable.movements(of: $0.after.call(at: pair.index))).flatMap { $0 }
      )
    }
  }

  private mutating func renewSlice(_ number: Int, length: String? = nil) throws {
    guard let pair = nodes(of: number, "Slice").last else { return }
    let taken = taken(pair)
    if taken.allSatisfy({ $0.before == $0.after }) { return }
    let runs = taken.map { run -> [Int] in
      guard let found = run.after, found.count == 1,
        case .narrow(_, let start, let count, let step) = found[0]
      else {
        return []
      }
      return [start, count, step]
    }
    // A slice that takes all is no movement where nothing moves.
    let isWhole = taken.allSatisfy { $0.after?.isEmpty ?? false }
    if isWhole {
      set("start", .integer(.literal(0)), of: number)
      set("end", .integer(.literal(Int.max)), of: number)
      return
    }
    guard let run = runs.first, run.count == 3, runs.allSatisfy({ $0 == run }),
      let shapes = inputShapes(of: number)
    else { throw unsayable(number, "what it takes would follow from what is open") }
    set("start", .integer(.literal(run[0])), of: number)
    if let length {
      set(length, .integer(.literal(run[1])), of: number)
      return
    }
    let end = run[0].plus(run[1].times(run[2]))
    var wasWhole = false
    if case .integer(.literal(let last))? = program.nodes[number]["end"] { wasWhole = last == Int.max }
    let isEnd =
      (try? ProgramCall(program.nodes[number]).int("dim", 0)).flatMap { axis in
        shapes[0][safe: axis < 0 ? axis + shapes[0].count : axis].map { $0 <= end }
      } ?? false
    if !(wasWhole && isEnd) { set("end", .integer(.literal(end)), of: number) }
  }

  /// The run of a parameter that a node changes in place, and the parameter, of which every part was narrowed by itself.
  private mutating func renewPart(_ number: Int) throws {
    let slices = nodes(of: number, "Slice").filter { pair in
      pair.before.inputs.first.flatMap { $0 }.map { model.network.constants[$0] != nil } ?? false
    }
    guard let whole = nodes(of: number, "Concat").last, let parameter = slices.first?.before.inputs[0],
      slices.contains(where: { $0.before.inputs[0] != new.nodes[$0.index].inputs[0] })
    else { return }
    let joined = new.nodes[whole.index]
    guard case .int(let axis)? = joined.attributes["axis"], let output = joined.outputs[0],
      let tensor = try constant(of: output),
      let place = program.nodes[number].inputs.first?.argument.names.first.flatMap(maker),
      ["slice", "narrow"].contains(ProgramCall(program.nodes[place]).op)
    else { throw unsayable(number, "it changes a part of a parameter") }
    // The part that is changed is the one that is no slice of the parameter.
    let kept = Set(slices.compactMap { new.nodes[$0.index].outputs[0] })
    var (start, count) = (0, 0)
    for part in joined.inputs {
      guard let part, let extent = bindings[0].after.shape(of: part)?[safe: axis] else { continue }
      if !kept.contains(part) {
        count = extent
      } else if part == joined.inputs[0] {
        start = extent
      }
    }
    set("start", .integer(.literal(start)), of: place)
    if ProgramCall(program.nodes[place]).op == "narrow" {
      set("length", .integer(.literal(count)), of: place)
    } else {
      set("end", .integer(.literal(start.plus(count))), of: place)
    }
    reassembled[parameter] = tensor
  }

  /// The elements of a value that follows from constants alone; `nil` for another one.
  private mutating func constant(of value: ValueID) throws -> Tensor? {
    do {
      let network = try folded ?? BoundNetwork(new, inputShapes: translation.exampleShapes)
      folded = network
      return network.constant(of: value)
    } catch { throw FormatError.invalidNetwork(problem: CaughtError(error).sentence) }
  }

  private mutating func renewPosition(_ number: Int) throws {
    guard let pair = nodes(of: number, "Gather").last, let was = pair.before.inputs[safe: 1] ?? nil,
      let now = new.nodes[pair.index].inputs[safe: 1] ?? nil, was != now,
      case .integer(.literal)? = program.nodes[number]["index"]
    else { return }
    let positions = bindings.map { $0.after.constant(of: now)?.integers.first }
    guard let first = positions[0], positions.allSatisfy({ $0 == first }) else {
      throw unsayable(number, "what it takes would follow from what is open")
    }
    set("index", .integer(.literal(first)), of: number)
  }

  private mutating func renewParts(_ number: Int, _ call: ProgramCall) throws {
    guard let pair = nodes(of: number, "Split").last, let index = indexBefore(pair.before) else { return }
    let before = bindings.map { try? $0.before.call(at: index).splitSizes().sizes }
    let after = bindings.map { try? $0.after.call(at: pair.index).splitSizes().sizes }
    if before == after { return }
    guard let sizes = after[0], after.allSatisfy({ $0 == sizes }) else {
      throw unsayable(number, "the parts of an axis that is open would change")
    }
    let extent = sizes.reduce(0) { $0.plus($1) }
    switch call.op {
    case "chunk", "unsafe_chunk":
      if let count = try? call.int("chunks"), extent.chunks(count) == sizes { return }
    case "split", "unsafe_split", "split_copy":
      if call.variant == "sizes" {
        set("split_size", .integers(sizes.map(ProgramInteger.literal)), of: number)
        return
      }
      if let first = sizes.first, extent.pieces(of: first) == sizes {
        set("split_size", .integer(.literal(first)), of: number)
        return
      }
    default:
      set("split_sizes", .integers(sizes.map(ProgramInteger.literal)), of: number)
      return
    }
    // Parts that are not equal have an operator of their own.
    guard var node = items[number].node, let data = node.inputs.first else { return }
    node.target = "torch.ops.aten.split_with_sizes.default"
    node.inputs =
      [data, .init(name: "split_sizes", argument: .integers(sizes.map(ProgramInteger.literal)))]
      + node.inputs.filter { $0.name == "dim" }
    items[number].node = node
  }

  private mutating func renewPads(_ number: Int) throws {
    guard let pair = nodes(of: number, "Pad").last else { return }
    let taken = taken(pair)
    if taken.allSatisfy({ $0.before == $0.after }) { return }
    let pads = taken.map { run -> [Int] in
      guard case .pad(let first, let last, _)? = run.after?.first else { return [] }
      return zip(first, last).reversed().flatMap { [$0, $1] }
    }
    let name = program.nodes[number]["pad"] != nil ? "pad" : "padding"
    guard case .integers(let list)? = program.nodes[number][name], let first = pads.first,
      first.count >= list.count,
      pads.allSatisfy({ $0.count == first.count })
    else { throw unsayable(number, "what it adds would change") }
    let isOld = zip(list, first).allSatisfy { $0.0.literal == nil || $0.0.literal == $0.1 }
    if isOld { return }
    guard pads.allSatisfy({ $0 == first }) else {
      throw unsayable(number, "what it adds would follow from what is open")
    }
    set(name, .integers(first.prefix(list.count).map(ProgramInteger.literal)), of: number)
  }

  // MARK: Layers

  /// Attention divides by the root of how many features there are, unless it is told otherwise.
  private mutating func renewScale(_ number: Int) {
    let call = ProgramCall(program.nodes[number])
    guard !call.has("scale"), let name = call.node["query"]?.names.first,
      let value = translation.reads[number]?[name], let before = bindings[0].before.shape(of: value)?.last,
      bindings[0].after.shape(of: value)?.last != before, before > 0
    else { return }
    set("scale", .float(1 / Double(before).squareRoot()), of: number)
  }

  /// The zeros that a recurrent layer begins with have as many hidden units as its weights.
  private mutating func renewStates(_ number: Int) throws {
    let node = program.nodes[number]
    guard let states = node["hx"], case .tensors(let parameters)? = node["params"],
      let weight = parameters[safe: 1].flatMap({ translation.reads[number]?[$0] }),
      let before = bindings[0].before.shape(of: weight)?.last,
      let after = bindings[0].after.shape(of: weight)?.last, before != after
    else { return }
    for name in states.names {
      guard let maker = maker(of: name), case .integers(var list)? = items[maker].node?["size"],
        list.last?.literal == before || list.last?.literal == after
      else { throw unsayable(number, "the state that it begins with would change") }
      list[list.count - 1] = .literal(after)
      set("size", .integers(list), of: maker)
    }
  }
}
