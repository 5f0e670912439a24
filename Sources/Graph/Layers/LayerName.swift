/// What the author of a network calls its layers, told from what exporters leave of that.
///
/// PyTorch's exporters name a weight after its module (`layer1.0.conv1.weight`) unless they folded or transposed it; the node
/// still has the module's path then (`/layer1/layer1.0/conv1/Conv`), or a bias beside it has its name. TensorFlow's have paths
/// of scopes (`model/block_1_expand/Conv2D`), MXNet's `conv0_weight`.
package enum LayerName: Sendable {
  /// The best name that there is.
  ///
  /// - Parameters:
  ///   - weight: the initializer that the weight comes from.
  ///   - bias: the one that is added behind.
  package static func name(weight: String, bias: String?, node: Node) -> String {
    if let stated = stated(weight, endings: [".weight", "_weight"]) { return stated }
    if let bias, let stated = stated(bias, endings: [".bias", "_bias"], needsEnding: true) { return stated }
    if let path = node.layerPath { return path }
    if !node.name.isEmpty, node.name.hasPrefix("/") || !isMadeUp(node.name) || isMadeUp(weight) {
      return node.name
    }
    return weight
  }

  /// An initializer's name without what says that it is a weight; `nil` where an exporter made it up.
  private static func stated(_ initializer: String, endings: [String], needsEnding: Bool = false) -> String? {
    guard !isMadeUp(initializer) else { return nil }
    var name = withoutMark(initializer)
    // onnxruntime's quantization writes the first behind the others.
    name = name.droppingSuffix("_quantized") ?? name
    // torch.export writes parameters as `p_layer1_0_conv1_weight`.
    let isLowered = name.hasPrefix("p_") && endings.contains { name.hasSuffix($0) }
    if isLowered { name.removeFirst(2) }
    let stem = endings.lazy.compactMap { name.droppingSuffix($0) }.first { !$0.isEmpty }
    guard stem != nil || !needsEnding else { return nil }
    name = stem ?? name
    return ScopePath(name).map(\.text) ?? name
  }

  /// What stands behind the name of a constant that only some of its readers had cut.
  package static let prunedMark = "_pruned"

  /// A constant's name before it was cut for some of its readers: `conv1.weight` for `conv1.weight_pruned_2`.
  private static func withoutMark(_ name: String) -> String {
    name.trimmingNumber.droppingSuffix(prunedMark).map(withoutMark) ?? name
  }

  /// Whether nobody gave the name: it is a number, or a word for what it is with one.
  package static func isMadeUp(_ name: String) -> Bool {
    let name = withoutMark(name)
    // What starts like a path is the output of a node that held a constant.
    if name.contains("::") || name.hasPrefix("/") { return true }
    let stem = name.prefix { $0 != "#" }
    return madeUpWords.contains(stem.lowercased().filter(\.isLetter)) && stem.contains(where: \.isNumber)
      || Int(stem) != nil
  }

  /// Whether PyTorch's exporter wrote the constant as a node: numbers that stand in a forward. Parameters are initializers.
  package static func isOfForward(_ name: String) -> Bool {
    name.hasPrefix("/") && name.split(separator: "/").last?.hasPrefix("Constant") == true
  }

  /// Words that exporters and optimisers number, as letters alone.
  private static let madeUpWords: Set<String> = [
    "", "val", "const", "constant", "constfoldopt", "kerneloih", "initializer", "tensor", "arg", "node",
    "nodeconv",
    "nodematmul", "nodegemm", "conv", "matmul", "gemm", "onnxconv", "onnxmatmul",
  ]
}

/// A path of scopes as TensorFlow and Keras write them: `StatefulPartitionedCall/model/block_1_expand/Conv2D`.
private struct ScopePath {
  /// The scopes that name the layer: `block_1_expand`.
  let text: String

  /// The scopes of a name; `nil` where it is no such path.
  init?(_ name: String) {
    var parts = name.split(separator: "/")
    guard !name.hasPrefix("/"), parts.count > 1 else { return nil }
    if parts.count > 1, let last = parts.last, Self.kinds.contains(last.trimmingNumber) { parts.removeLast() }
    while parts.count > 1, let last = parts.last, Self.isOperation(last) { parts.removeLast() }
    while parts.count > 1, let first = parts.first, Self.isWhole(first) { parts.removeFirst() }
    text = parts.joined(separator: "/")
  }

  /// Whether a part says what is computed, or read, and not where.
  private static func isOperation(_ part: Substring) -> Bool {
    let word = part.prefix { $0 != ":" }
    return operations.contains(word.trimmingNumber)
  }

  /// Whether a part stands for the whole network.
  private static func isWhole(_ part: Substring) -> Bool {
    ["StatefulPartitionedCall", "PartitionedCall", "model", "functional", "sequential"].contains(
      part.prefix { $0 != ":" }.trimmingNumber)
  }

  private static let operations: Set<Substring> = [
    "Conv2D", "Conv1D", "Conv3D", "Conv2DBackpropInput", "DepthwiseConv2dNative", "depthwise",
    "separable_conv2d", "MatMul", "Tensordot", "BiasAdd", "ReadVariableOp", "kernel", "depthwise_kernel",
    "weights", "read",
  ]

  /// Operators of ONNX, which a layer may be called too: nodes are named after them at the very end.
  private static let kinds: Set<Substring> = ["Conv", "ConvTranspose", "Gemm"]
}

extension Node {
  /// The PyTorch module that exported the node: `/layer1/layer1.0/conv1/Conv` comes from `layer1.0.conv1`.
  ///
  /// A child of a sequence is named with its parent's name before its own; `nil` where the name is no such path.
  package var moduleName: String? {
    let parts = name.split(separator: "/").map(String.init)
    guard name.hasPrefix("/"), parts.count > 1 else { return nil }
    var modules: [String] = []
    for part in parts.dropLast() {
      if let last = modules.last, part.hasPrefix(last + ".") { modules.removeLast() }
      modules.append(part)
    }
    return modules.joined(separator: ".")
  }

  /// The module that the node comes from: as the file says beside it, or as its name does.
  package var authorModule: String? { module ?? moduleName }

  /// The module or the scopes that the node comes from, as a layer's name; `nil` where its name is no path.
  fileprivate var layerPath: String? {
    guard let moduleName else { return ScopePath(name)?.text }
    // A module that computes several products numbers them from the second one on: `attn/MatMul_1`.
    guard let last = name.split(separator: "/").last, last != op[...], last.hasPrefix(op) else {
      return moduleName
    }
    return "\(moduleName).\(last)"
  }
}

extension StringProtocol {
  /// The text without an ending; `nil` where it does not end so.
  fileprivate func droppingSuffix(_ ending: String) -> String? {
    hasSuffix(ending) ? String(dropLast(ending.count)) : nil
  }
}

extension StringProtocol where SubSequence == Substring {
  /// The text without a number that an underscore sets off.
  package var trimmingNumber: Substring {
    let whole = self[startIndex...]
    guard let mark = lastIndex(of: "_"), mark > startIndex else { return whole }
    let number = self[index(after: mark)...]
    return !number.isEmpty && number.allSatisfy(\.isNumber) ? self[..<mark] : whole
  }
}
