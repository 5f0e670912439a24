import Compute
import Errors
import Foundation
import Graph
import Pruning
import Session
import TensorFiles
import TestSupport
import Testing

/// Weights that were trained elsewhere come into the iterations, under the names that PyTorch has for them.
@Suite struct AdoptionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  // MARK: Networks and files

  private typealias Tensors = [(name: String, tensor: Tensor)]

  /// Convolutions with a batch normalization between them, as PyTorch's exporters write it: kept, or folded under names that
  /// they make up.
  private func network(folded: Bool) -> Network {
    var builder = NetworkBuilder()
    var x = builder.input("x", [nil, 3, 6, 6])
    if folded {
      x = builder.node(
        "Conv", x, builder.constant("onnx::Conv_7", [4, 3, 3, 3]), builder.constant("onnx::Conv_8", [4]))
    } else {
      x = builder.node("Conv", x, builder.constant("block.conv1.weight", [4, 3, 3, 3]))
      let parts = ["weight", "bias", "running_mean", "running_var"].map {
        builder.constant("block.bn1.\($0)", [4], from: 0.5)
      }
      x = builder.nodes("BatchNormalization", [x] + parts, outputs: 1)[0]
    }
    x = builder.node(
      "Conv", builder.node("Relu", x), builder.constant("block.conv2.weight", [5, 4, 3, 3]),
      builder.constant("block.conv2.bias", [5]))
    x = builder.node("GlobalAveragePool", x)
    builder.output(
      builder.node("MatMul", builder.node("Flatten", x), builder.constant("onnx::MatMul_9", [5, 2])))
    var network = builder.network
    let names =
      folded
      ? ["/block/conv1/Conv", "/block/Relu", "/block/conv2/Conv", "/pool/P", "/F", "/fc/MatMul"]
      : [
        "/block/conv1/Conv", "/block/bn1/BN", "/block/Relu", "/block/conv2/Conv", "/pool/P", "/F",
        "/fc/MatMul",
      ]
    for (index, name) in names.enumerated() { network.nodes[index].name = name }
    return network
  }

  /// The state_dict of the module behind `network`.
  private var state: Tensors {
    var numbers = RandomNumbers(seed: 5)
    func tensor(_ shape: [Int], from lower: Double = -1) -> Tensor {
      Tensor(numbers.numbers(shape.reduce(1, *), lower, 1.5), shape: shape)
    }
    return [
      ("block.conv1.weight", tensor([4, 3, 3, 3])), ("block.bn1.weight", tensor([4])),
      ("block.bn1.bias", tensor([4])),
      ("block.bn1.running_mean", tensor([4])), ("block.bn1.running_var", tensor([4], from: 0.5)),
      ("block.bn1.num_batches_tracked", Tensor([12], shape: [])),
      ("block.conv2.weight", tensor([5, 4, 3, 3])),
      ("block.conv2.bias", tensor([5])), ("fc.weight", tensor([2, 5])),
    ]
  }

  private func file(_ tensors: Tensors) throws -> String {
    let path = folder.path("weights.safetensors")
    try Safetensors.encoded(tensors).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func bench(_ network: Network) throws -> Workbench { Workbench(try OpenNetwork(network)) }

  private func outputs(_ workbench: Workbench) throws -> [Float] {
    let x = (0..<108).map { Float($0 % 7) / 7 - 0.4 }
    let found = try infer(workbench.current.network, inputs: ["x": ([1, 3, 6, 6], x)])
    return try #require(found.values.first).elements
  }

  // MARK: Joining

  /// What is folded under made-up names computes what the batch normalization would.
  @Test func aFoldedNormalizationIsFoldedAgain() throws {
    let path = try file(state)
    let kept = try bench(network(folded: false))
    let first = try kept.adoptWeights(from: path)
    let folded = try bench(network(folded: true))
    let before = try outputs(folded)
    let second = try folded.adoptWeights(from: path)
    #expect(first.folded.isEmpty && second.folded == ["block.bn1 into block.conv1"])
    #expect(first.leftOver.isEmpty && second.leftOver.isEmpty)
    for (one, other) in zip(try outputs(kept), try outputs(folded)) { #expect(abs(one - other) < 1e-5) }
    #expect(try outputs(folded) != before)
    #expect(folded.history.current == 1 && folded.history.now.title == "weights of weights.safetensors")
    // Another epsilon is another network.
    let wide = try bench(network(folded: true))
    try wide.adoptWeights(from: path, epsilons: NormalizationEpsilons(usual: 0.5))
    #expect(try outputs(wide) != outputs(folded))
    // It may be that of a part of the model; a name that only begins alike is another part.
    for (module, isMeant) in [("block", true), ("block.bn1", true), ("bloc", false), ("other", false)] {
      let parts = try bench(network(folded: true))
      try parts.adoptWeights(from: path, epsilons: NormalizationEpsilons(ofModules: [module: 0.5]))
      #expect(try outputs(parts) == outputs(isMeant ? wide : folded), "\(module)")
    }
  }

  /// A normalization for another number of channels than the layer has is named, whichever part of it is wrong.
  @Test(arguments: ["weight", "bias", "running_mean", "running_var"])
  func aNormalizationOfAnotherSizeIsNamed(part: String) throws {
    let tensors = state.map { name, tensor in
      (name: name, tensor: name == "block.bn1.\(part)" ? Tensor([1, 2, 3], shape: [3]) : tensor)
    }
    let workbench = try bench(network(folded: true))
    let path = try file(tensors)
    let error = #expect(throws: AdoptionError.self) { try workbench.adoptWeights(from: path) }
    #expect(error?.sentence.contains("block.bn1") == true, "\(error?.sentence ?? "")")
    #expect(workbench.history.current == 0)
  }

  @Test(arguments: ["", "module.", "_orig_mod.", "state_dict.module.", "net.model."])
  func prefixesAreUnderstood(prefix: String) throws {
    var tensors = state.map { (name: prefix + $0.name, tensor: $0.tensor) }
    if prefix.hasPrefix("state_dict") {
      tensors.append(("optimizer.state.0.momentum", Tensor([1], shape: [1])))
    }
    let workbench = try bench(network(folded: true))
    let adoption = try workbench.adoptWeights(from: try file(tensors))
    #expect(adoption.leftOver.isEmpty && adoption.tensors == 8)
    let plain = try bench(network(folded: true))
    try plain.adoptWeights(from: try file(state))
    #expect(try outputs(workbench) == outputs(plain))
  }

  @Test func twoOfAKindHaveToBeChosenFrom() throws {
    let twice =
      state.map { (name: "model." + $0.name, tensor: $0.tensor) }
      + state.map { (name: "ema." + $0.name, tensor: $0.tensor) }
    let path = try file(twice)
    let workbench = try bench(network(folded: true))
    #expect(throws: AdoptionError.ambiguous(file: path, prefixes: ["ema.", "model."])) {
      try workbench.adoptWeights(from: path)
    }
    try workbench.adoptWeights(from: path, prefix: "ema")
    #expect(throws: AdoptionError.noSuchPrefix(file: path, prefix: "x.", known: ["ema.", "model."])) {
      try workbench.adoptWeights(from: path, prefix: "x")
    }
  }

  /// Nothing is half taken: what is wrong is said by name, and no iteration comes of it.
  @Test func whatDoesNotFitIsNamed() throws {
    let workbench = try bench(network(folded: true))
    func expect(_ tensors: Tensors, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation)
      throws
    {
      let error = #expect(throws: AdoptionError.self, sourceLocation: sourceLocation) {
        try workbench.adoptWeights(from: try file(tensors))
      }
      for word in words {
        #expect(
          error?.sentence.contains(word) == true, "\(error?.sentence ?? "")", sourceLocation: sourceLocation)
      }
    }
    try expect(state.filter { $0.name != "block.conv2.bias" }, "no tensor for block.conv2.bias")
    try expect(state.filter { $0.name != "fc.weight" }, "fc.weight (onnx::MatMul_9)")
    try expect(
      state.map {
        $0.name == "block.conv2.weight"
          ? ($0.name, Tensor([Float](repeating: 0, count: 18), shape: [2, 1, 3, 3])) : $0
      },
      "block.conv2.weight (2×1×3×3 instead of 5×4×3×3)")
    try expect([("other.weight", Tensor([1, 2], shape: [2]))], "by the name of a parameter")
    // Six channels, which no layer has.
    let stranger: Tensors = ["weight", "bias", "running_mean", "running_var"].map {
      ("extra.\($0)", Tensor([1, 1, 1, 1, 1, 1], shape: [6]))
    }
    try expect(state + stranger, "extra")
    #expect(workbench.history.iterations.count == 1)
    let partly = state.filter { $0.name != "block.conv2.bias" } + [("spare", Tensor([1], shape: [1]))]
    let adoption = try workbench.adoptWeights(from: try file(partly), allowsMissing: true)
    #expect(adoption.unchanged == ["block.conv2.bias"] && adoption.leftOver == ["spare"])
    #expect(adoption.notes.contains { $0.contains("Left over in the file: spare.") })
  }

  /// Exporters make one constant of equal ones; trained, they differ.
  @Test func aSharedConstantIsDivided() throws {
    var builder = NetworkBuilder()
    var x = builder.input("x", [nil, 3, 6, 6])
    let ones = builder.constant("norm1.weight", Tensor([1, 1, 1], shape: [3]))
    let zeros = builder.constant("norm1.bias", Tensor([0, 0, 0], shape: [3]))
    for _ in 0..<2 { x = builder.node("InstanceNormalization", x, ones, zeros) }
    builder.output(x)
    var network = builder.network
    for index in 0..<2 { network.nodes[index].name = "/norm\(index + 1)/InstanceNormalization" }
    let workbench = try bench(network)
    let tensors: Tensors = ["norm1", "norm2"].enumerated().flatMap { number, name -> Tensors in
      let scale = Float(number + 2)
      return [
        ("\(name).weight", Tensor([scale, scale, scale], shape: [3])),
        ("\(name).bias", Tensor([0, 0, 0], shape: [3])),
      ]
    }
    try workbench.adoptWeights(from: try file(tensors))
    let nodes = workbench.current.network.nodes
    let scales = nodes.compactMap { node in
      node.inputs[1].flatMap { workbench.current.network.constants[$0]?.floats[0] }
    }
    #expect(scales == [2, 3])
    #expect(nodes[0].inputs[2] == nodes[1].inputs[2], "what is equal stays one")
  }

  /// A module that is called twice has one weight; exporters number its calls, fold the weight and take its name. Numbers that
  /// stand in a forward are nobody's weights.
  @Test func aModuleThatIsCalledTwiceHasOneWeight() throws {
    var builder = NetworkBuilder()
    var x = builder.input("x", [nil, 3, 6, 6])
    let scale = builder.constant("onnx::Mul_7", [3, 1, 1])
    let table = builder.constant("/place/Constant_2_output_0", [3, 1, 1])
    // The older exporter hands the weight of the first call on to the second.
    let copy = builder.node("Identity", scale)
    x = builder.node("Mul", builder.node("Mul", x, scale), copy)
    builder.output(builder.node("Add", x, table))
    var network = builder.network
    for (index, name) in ["Identity_7", "/norm/Mul", "/norm_1/Mul", "/place/Add"].enumerated() {
      network.nodes[index].name = name
    }
    let before = try #require(network.constants[table])
    let workbench = try bench(network)
    try workbench.adoptWeights(from: try file([("norm.weight", Tensor([2, 3, 4], shape: [3]))]))
    #expect(workbench.current.network.constants[scale]?.floats == [2, 3, 4])
    #expect(workbench.current.network.constants[table] == before)
  }

  /// A token that an exporter wrote down for each example has lost its name: with the token left over nothing is adopted, and
  /// the table is named.
  @Test func whatIsLeftOverMayBeInATable() throws {
    var builder = NetworkBuilder()
    let x = builder.input("x", [2, 3, 4])
    let token = builder.constant("expand", [2, 1, 4])
    let joined = builder.node("Concat", token, x, attributes: ["axis": .int(1)])
    builder.output(builder.node("Mul", joined, builder.constant("scale", [4])))
    let workbench = try bench(builder.network)
    let scale = ("scale", Tensor([2, 3, 4, 5], shape: [4]))
    let path = try file([scale, ("cls_token", Tensor([1, 2, 3, 4], shape: [1, 1, 4]))])
    let error = #expect(throws: AdoptionError.self) { try workbench.adoptWeights(from: path) }
    #expect(error?.sentence.contains("has no tensor for expand") == true, "\(error?.sentence ?? "")")
    // Without anything left a table is a forward's own.
    try workbench.adoptWeights(from: try file([scale]))
  }

  /// PyTorch's gates and ONNX's stand in different orders.
  @Test(arguments: [("LSTM", [0, 3, 1, 2]), ("GRU", [1, 0, 2]), ("RNN", [0])])
  func gatesOfRecurrentLayers(op: String, order: [Int]) throws {
    var builder = NetworkBuilder()
    let (hidden, features, gates) = (2, 3, order.count)
    let x = builder.input("x", [4, 1, features])
    let w = builder.constant("onnx::\(op)_1", [2, gates * hidden, features])
    let r = builder.constant("onnx::\(op)_2", [2, gates * hidden, hidden])
    let b = builder.constant("onnx::\(op)_3", [2, 2 * gates * hidden])
    builder.output(
      builder.node(
        op, x, w, r, b, attributes: ["hidden_size": .int(hidden), "direction": .string("bidirectional")]))
    var network = builder.network
    network.nodes[0].name = "/rnn/\(op)"
    var numbers = RandomNumbers(seed: 9)
    var tensors: Tensors = []
    for ending in ["", "_reverse"] {
      for (name, columns) in [("weight_ih", features), ("weight_hh", hidden)] {
        let count = gates * hidden * columns
        tensors.append(
          ("rnn.\(name)_l0\(ending)", Tensor(numbers.numbers(count), shape: [gates * hidden, columns])))
      }
      for name in ["bias_ih", "bias_hh"] {
        tensors.append(
          ("rnn.\(name)_l0\(ending)", Tensor(numbers.numbers(gates * hidden), shape: [gates * hidden])))
      }
    }
    let workbench = try bench(network)
    try workbench.adoptWeights(from: try file(tensors))
    let weight = try #require(workbench.current.network.constants[w]).floats
    for (place, gate) in order.enumerated() {
      let block = hidden * features
      #expect(
        Array(weight[place * block..<(place + 1) * block])
          == Array(tensors[0].tensor.floats[gate * block..<(gate + 1) * block]))
    }
    let bias = try #require(workbench.current.network.constants[b]).floats
    #expect(
      Array(bias[gates * hidden..<(gates + 1) * hidden])
        == Array(tensors[3].tensor.floats[order[0] * hidden..<(order[0] + 1) * hidden]))
    // And back to PyTorch's.
    let written = AuthorParameters(workbench.current.network).tensors()
    #expect(Set(written.map(\.name)) == Set(tensors.map(\.name)))
    for (name, tensor) in tensors { #expect(written.first { $0.name == name }?.tensor == tensor, "\(name)") }
  }

  // MARK: Written and kept

  /// Weights that are written come back as they were, transposed where PyTorch has them so.
  @Test func writtenWeightsComeBack() throws {
    let workbench = try bench(network(folded: false))
    try workbench.adoptWeights(from: try file(state))
    let path = folder.path("written.safetensors")
    try workbench.writeWeights(to: path)
    let written = try TensorFormat.open(path)
    for (name, tensor) in state where !name.hasSuffix("tracked") {
      #expect(try written.tensor(name) == tensor, "\(name)")
    }
    let other = try bench(network(folded: false))
    try other.adoptWeights(from: path)
    #expect(try outputs(other) == outputs(workbench))
  }

  /// A session has the weights again, also those of an iteration that was pruned from there.
  @Test func aSessionHasThemAgain() throws {
    func open() throws -> Workbench {
      var options = ComputeOptions()
      options.threads = 1
      let workbench = try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
      try workbench.keep(in: SessionFolder(folder.path("session")))
      return workbench
    }
    let first = try open()
    let proposal = try PruningSettings().proposal(
      .percent(30), scope: .layer, scores: first.scores, groups: first.current.groups,
      bound: first.current.bound)
    try first.prune(proposal.selection, settings: proposal.settings)
    let tensors = AuthorParameters(first.current.network).tensors().map { name, tensor in
      (name: "module." + name, tensor: Tensor(tensor.floats.map { $0 * 1.25 }, shape: tensor.shape))
    }
    try first.adoptWeights(from: try file(tensors))
    try first.prune(
      try PruningSettings().proposal(
        .percent(20), scope: .layer, scores: first.scores, groups: first.current.groups,
        bound: first.current.bound
      ).selection, settings: PruningSettings())
    #expect(first.history.iterations.map(\.parent) == [nil, 0, 1, 2])
    let networks = first.history.iterations.map(\.network.network)
    first.stopKeeping()
    let second = try open()
    #expect(second.history.iterations.map(\.origin) == first.history.iterations.map(\.origin))
    for (one, other) in zip(networks, second.history.iterations.map(\.network.network)) {
      #expect(one.constants == other.constants)
    }
    #expect(second.plan.yaml.contains("weights: weights.safetensors"))
    _ = try PruningPlan(yaml: second.plan.yaml, path: "plan.yaml")
  }
}
