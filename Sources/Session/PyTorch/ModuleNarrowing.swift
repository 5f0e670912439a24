import Compute
import Foundation
import Graph
import Pruning

/// What narrows the PyTorch module that a model was exported from, as the iterations narrowed the model: what stays of each
/// parameter, by the names that PyTorch has, and what the result computes.
struct ModuleNarrowing {
  /// A parameter that loses something.
  struct Parameter: Hashable {
    /// What PyTorch may call it, the likeliest first.
    let names: [String]
    /// Its shape in PyTorch, before.
    let shape: [Int]
    /// By axis: the indices that stay.
    let kept: [Int: [Int]]
    /// Whose it is.
    let owner: Owner
  }

  /// How sure it is that something is a parameter of the module's.
  enum Owner: String, Hashable {
    /// Its author's name stands in the file.
    case named
    /// Its name follows from where it is read.
    case placed
    /// It may be nobody's parameter.
    case perhaps
  }

  /// A layer behind which a batch normalization may have stood that was folded into it.
  struct FoldedLayer: Hashable {
    /// What PyTorch may call its weight.
    let names: [String]
    /// Some kernels, each with the sum of the magnitudes of its weights in the file.
    let sums: [(kernel: Int, sum: Double)]

    static func == (a: Self, b: Self) -> Bool { a.names == b.names }
    func hash(into hasher: inout Hasher) { hasher.combine(names) }
  }

  /// A size that the file states and that is another one now.
  struct Size: Hashable {
    let node: String
    /// The module that the node came from.
    let module: String
    let before: String
    let after: String
  }

  /// An output for the inputs that `example` says.
  struct Output {
    let shape: [Int]
    /// Elements at places evenly apart, the first among them.
    let samples: [Float]
    /// The mean of all magnitudes.
    let magnitude: Double
  }

  private(set) var parameters: [Parameter] = []
  private(set) var folded: [FoldedLayer] = []
  /// By module: as many groups as are left.
  private(set) var groups: [String: Int] = [:]
  private(set) var sizes: [Size] = []
  /// The inputs: shape, and whether they are whole numbers.
  let inputs: [(shape: [Int], isWhole: Bool)]
  /// What the narrow network computes; `nil` where it cannot be computed here.
  private(set) var outputs: [Output]?

  /// Most elements of an output that are kept to compare with.
  private static let mostSamples = 64
  /// Kernels by which a layer is known.
  fileprivate static let mostSums = 4

  /// - Parameter kept: by layer that lost kernels, those that stay, numbered as in the original.
  init(of original: OpenNetwork, keeping kept: [String: [Int]], options: ComputeOptions) throws {
    let selection = try original.selection(keeping: kept)
    let pruned = try original.removing(selection)
    let indices = KeptIndices(selection, groups: original.groups, bound: original.bound)
    let names = AuthorParameters(original.network, table: original.bound.table)
    inputs = original.network.inputs.map { input in
      let type = original.bound.specs[input.index]?.elementType ?? .float32
      return (original.bound.shape(of: input) ?? [], !type.isFloatingPoint)
    }
    let recurrent = RecurrentParameters.all(in: original.network)
    var seen = Set<Parameter>()
    for use in names.uses {
      let cut = indices.indices(ofInput: use.input, ofNode: use.node)
      guard !cut.isEmpty, let constant = original.network.constants[use.constant] else { continue }
      for parameter in Self.parameters(use, cut, constant, names, recurrent)
      where seen.insert(parameter).inserted {
        parameters.append(parameter)
      }
      if let layer = FoldedLayer(use, constant, names, original.bound) { folded.append(layer) }
    }
    for (before, after) in Self.pairs(original.network, pruned.network) {
      noteGroups(before, after, original, pruned, names)
      noteSizes(before, after, original.network, pruned.network)
    }
    outputs = try? Self.outputs(of: pruned, options: options)
  }

  // MARK: Parameters

  private static func parameters(
    _ use: AuthorParameters.Use, _ cut: [Int: [Int]], _ constant: Tensor, _ names: AuthorParameters,
    _ recurrent: [RecurrentParameters]
  ) -> [Parameter] {
    let own = names.ownName(of: use.constant)
    if own == nil, let layer = recurrent.first(where: { $0.node == use.node }),
      let parts = layer.parts.first(where: { $0.input == use.input })
    {
      // Hidden units feed back into each other and stay: only what the layer reads gets narrower, the last axis.
      return parts.names.map { name in
        Parameter(
          names: [name], shape: Array(constant.shape.dropFirst()),
          kept: cut.reduce(into: [:]) { $0[$1.key - 1] = $1.value }, owner: .placed)
      }
    }
    let isTurned = names.isTransposed(use)
    return [
      Parameter(
        names: names.names(of: use), shape: isTurned ? constant.shape.reversed() : constant.shape,
        kept: isTurned ? cut.reduce(into: [:]) { $0[1 - $1.key] = $1.value } : cut,
        owner: own != nil ? .named : names.mayBeNobodys(use.constant) ? .perhaps : .placed)
    ]
  }

  // MARK: Nodes

  /// The nodes that are in both networks.
  private static func pairs(_ original: Network, _ pruned: Network) -> [(Node, Node)] {
    let known = Dictionary(pruned.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return original.nodes.compactMap { node in known[node.id].map { (node, $0) } }
  }

  private mutating func noteGroups(
    _ before: Node, _ after: Node, _ original: OpenNetwork, _ pruned: OpenNetwork, _ names: AuthorParameters
  ) {
    guard let index = original.network.nodes.firstIndex(where: { $0.id == before.id }) else { return }
    for key in ["group", "num_groups"] {
      guard case .int(let left)? = after.attributes[key], before.attributes[key] != after.attributes[key]
      else {
        continue
      }
      let weight = names.uses.first { $0.node == index && [.weight, .scale].contains($0.role) }
      for module in Set(weight.map { names.names(of: $0).map(\.parentModule) } ?? []) {
        groups[module] = left
      }
    }
    // A group normalization may be written out: one of instances, of which each is a group.
    if before.op == "InstanceNormalization", let module = before.authorModule,
      let scale = before.inputs[safe: 1] ?? nil, names.ownName(of: scale) == nil,
      let left = (after.inputs[safe: 1] ?? nil).flatMap({ pruned.bound.shape(of: $0)?.first }),
      left != original.bound.shape(of: scale)?.first
    {
      groups[module] = left
    }
  }

  private mutating func noteSizes(_ before: Node, _ after: Node, _ original: Network, _ pruned: Network) {
    func integers(_ node: Node, _ number: Int, in network: Network) -> [Int]? {
      guard let value = node.inputs[safe: number] ?? nil, let tensor = network.constants[value],
        !tensor.elementType.isFloatingPoint, tensor.elementCount <= 16
      else { return nil }
      return tensor.integers
    }
    func note(_ before: [Int], _ after: [Int], _ node: Node) {
      guard before != after else { return }
      sizes.append(
        Size(node: node.name, module: node.authorModule ?? "", before: "\(before)", after: "\(after)"))
    }
    for number in before.inputs.indices {
      if let old = integers(before, number, in: original), let new = integers(after, number, in: pruned) {
        note(old, new, before)
      }
    }
    for (key, value) in before.attributes where !["group", "num_groups", "hidden_size"].contains(key) {
      if case .ints(let old) = value, case .ints(let new)? = after.attributes[key] { note(old, new, before) }
      if case .int(let old) = value, case .int(let new)? = after.attributes[key] {
        note([old], [new], before)
      }
    }
    if before.op != after.op {
      sizes.append(
        Size(
          node: before.name, module: before.authorModule ?? "", before: "the \(before.op)",
          after: "a choice of channels"))
    }
  }

  // MARK: Outputs

  /// The element of an input at a position, the same in Python: between −1 and 1, or 0 and 1 for whole numbers.
  static func example(_ index: Int, isWhole: Bool) -> Float {
    let bits = UInt32(truncatingIfNeeded: index &* 2_654_435_761)
    return isWhole ? Float(bits >> 31) : Float(Double(bits) / 0x1p31 - 1)
  }

  private static func outputs(of network: OpenNetwork, options: ComputeOptions) throws -> [Output] {
    var feeds: [ValueID: (shape: [Int], elements: [Float])] = [:]
    for input in network.network.inputs {
      let shape = network.bound.shape(of: input) ?? []
      let isWhole = network.bound.specs[input.index]?.elementType.isFloatingPoint == false
      feeds[input] = (shape, (0..<shape.elementCount).map { example($0, isWhole: isWhole) })
    }
    let results = try infer(network.network, inputs: feeds, options: options)
    return network.network.outputs.compactMap { output in
      results[output].map { shape, elements in
        let count = min(mostSamples, elements.count)
        return Output(
          shape: shape, samples: (0..<count).map { elements[$0 * elements.count / count] },
          magnitude: elements.reduce(0.0) { $0 + Double(abs($1)) } / Double(max(1, elements.count)))
      }
    }
  }
}

extension ModuleNarrowing.FoldedLayer {
  /// `nil` for what is no layer, or goes into a batch normalization of the file's own.
  fileprivate init?(
    _ use: AuthorParameters.Use, _ constant: Tensor, _ names: AuthorParameters, _ bound: BoundNetwork
  ) {
    guard let form = names.layerForm(of: use), !names.isNormalized(use.node) else { return nil }
    let call = bound.call(at: use.node)
    let axis = form.kernelAxis(call)
    // A transposed convolution in groups has several kernels at an index.
    guard form.groupsPerKernel(call) == 1, constant.elementCount > 0 else {
      return nil
    }
    let kernels = constant.shape[axis]
    var sums: [(kernel: Int, sum: Double)] = []
    let count = min(ModuleNarrowing.mostSums, kernels)
    for number in 0..<count {
      let kernel = number * kernels / count
      let slice = constant.taking([kernel], alongAxis: axis)
      sums.append((kernel, slice.doubles.reduce(0) { $0 + abs($1) }))
    }
    self.init(names: names.names(of: use), sums: sums)
  }
}
