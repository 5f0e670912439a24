import Foundation
import Graph
import TensorFiles
import Training

/// Puts tensors of a file in the place of a network's parameters.
///
/// Parameters and tensors join by the author's names (`AuthorParameters`). What an exporter made of several tensors is made of
/// them again: batch normalizations are folded into the layers before them (`FoldedNormalizations`), the matrices of recurrent
/// layers are stacked and their gates put in order (`RecurrentParameters`).
struct WeightAdoption {
  /// How names are joined, and what may be left out.
  struct Settings: Sendable, Hashable {
    /// What the names in the file begin with; found out where `nil`.
    var prefix: String?
    /// What batch normalizations that are folded add to variances.
    var epsilons = NormalizationEpsilons()
    /// Whether parameters without a tensor stay as they are.
    var allowsMissing = false
  }

  let bound: BoundNetwork
  let parameters: AuthorParameters
  let file: any TensorFile
  let names: TensorNames
  let settings: Settings
  /// The tensors that nothing was made of yet, by the author's names.
  private(set) var left: Set<String>
  /// What each use becomes.
  private var values: [AuthorParameters.Use: Tensor] = [:]
  /// The tensor that each use was made of, where it was one.
  private(set) var origins: [AuthorParameters.Use: String] = [:]
  /// Constants that no node reads by itself: a body does.
  private var alone: [ValueID: Tensor] = [:]
  /// Numbers that layers add which added none before, by the index of the node.
  private var newBiases: [Int: Tensor] = [:]
  private var otherShapes: [String] = []
  /// The batch normalizations that were folded, each with its layer.
  private var folded: [String] = []

  var network: Network { parameters.network }

  /// Makes everything of the file that the network needs.
  ///
  /// - Parameter bound: the network, bound without its weights folded.
  /// - Throws: `AdoptionError`, and where the file cannot be read.
  init(_ file: any TensorFile, into bound: BoundNetwork, settings: Settings) throws {
    (self.file, self.bound, self.settings) = (file, bound, settings)
    let parameters = AuthorParameters(bound.network, table: bound.table)
    self.parameters = parameters
    let recurrent = RecurrentParameters.all(in: bound.network)
    let expected = Set(
      parameters.uses.flatMap { parameters.names(of: $0) } + recurrent.flatMap(\.names)
        + bound.network.constants.keys.map(bound.network.name(of:)))
    let names = try TensorNames(file, expected: expected, prefix: settings.prefix)
    self.names = names
    left = Set(names.ordered)
    try joinByNames()
    try joinRecurrent(recurrent)
    try joinWhatIsLeft()
    try checkShapes()
    try foldNormalizations()
    try addBiases()
    try check()
  }

  // MARK: By names

  /// Whether a module has running statistics in the file: its other tensors are those of a normalization.
  private func isNormalization(_ module: String) -> Bool { names.inFile[module + ".running_mean"] != nil }

  private mutating func joinByNames() throws {
    for use in parameters.uses {
      let own = parameters.ownName(of: use.constant)
      for name in parameters.names(of: use) where names.inFile[name] != nil {
        // A layer that took a normalization in may bear the name of its module.
        let isLayer = parameters.table.traits(of: network.nodes[use.node]).layer != nil
        if name != own, isLayer, isNormalization(name.parentModule) { continue }
        if try join(use, name, isCertain: name == own) { break }
      }
    }
    let read = Set(parameters.uses.map(\.constant))
    for (constant, tensor) in network.constants where !read.contains(constant) {
      let name = network.name(of: constant)
      guard names.inFile[name] != nil, let found = try tensorIfShaped(name, tensor.shape) else { continue }
      alone[constant] = found.converted(to: tensor.elementType)
      left.remove(name)
    }
  }

  private func tensorIfShaped(_ name: String, _ shape: [Int]) throws -> Tensor? {
    guard let stored = names.inFile[name], file.shape(of: stored) == shape else { return nil }
    return try file.tensor(stored)
  }

  /// Takes a tensor for a use; `false` where it has another shape.
  private mutating func join(_ use: AuthorParameters.Use, _ name: String, isCertain: Bool) throws -> Bool {
    guard let stored = names.inFile[name], let shape = file.shape(of: stored),
      let constant = network.constants[use.constant]
    else { return false }
    guard let arrangement = parameters.arrangement(of: shape, as: use) else {
      if isCertain {
        otherShapes.append("\(name) (\(shape.shapeText) instead of \(constant.shape.shapeText))")
        left.remove(name)
      }
      return false
    }
    values[use] = arrangement.constant(of: try file.tensor(stored), shape: constant.shape)
      .converted(to: constant.elementType)
    origins[use] = name
    left.remove(name)
    return true
  }

  // MARK: Recurrent layers

  private mutating func joinRecurrent(_ layers: [RecurrentParameters]) throws {
    for layer in layers {
      for (input, parts) in layer.parts {
        guard let use = parameters.uses.first(where: { $0.node == layer.node && $0.input == input }),
          values[use] == nil, let constant = network.constants[use.constant],
          parts.allSatisfy({ names.inFile[$0] != nil })
        else { continue }
        let tensors = try parts.compactMap { try names.inFile[$0].map { try file.tensor($0) } }
        guard let stacked = layer.stacked(tensors, as: constant.shape) else {
          otherShapes.append(contentsOf: parts)
          left.subtract(parts)
          continue
        }
        values[use] = stacked.converted(to: constant.elementType)
        left.subtract(parts)
      }
    }
  }

  // MARK: What is left of a module

  /// Joins what is the only one left on both sides: a module's only unnamed constant and its only tensor of as many elements;
  /// and the three matrices that an attention's one was divided into.
  private mutating func joinWhatIsLeft() throws {
    var open: [String: [AuthorParameters.Use]] = [:]
    for use in parameters.uses where values[use] == nil {
      // A name that the file does not have is an exporter's.
      if let own = parameters.ownName(of: use.constant), names.inFile[own] != nil { continue }
      guard let module = network.nodes[use.node].authorModule,
        (network.constants[use.constant]?.elementCount ?? 0) > 1
      else { continue }
      open[module, default: []].append(use)
    }
    for (module, uses) in open {
      let prefix = module.isEmpty ? "" : module + "."
      try joinThirds(of: prefix + "in_proj_weight", uses.filter { $0.role == .weight })
      try joinThirds(of: prefix + "in_proj_bias", uses.filter { $0.role != .weight })
      let direct = left.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".") }
      guard !isNormalization(module) else { continue }
      for name in direct.sorted() {
        let fitting = uses.filter { use in
          values[use] == nil
            && names.inFile[name].flatMap(file.shape).flatMap { parameters.arrangement(of: $0, as: use) }
              != nil
        }
        let constants = Set(fitting.map(\.constant))
        guard constants.count == 1, let use = fitting.first else { continue }
        let rivals = direct.filter { other in
          names.inFile[other].flatMap(file.shape).flatMap { parameters.arrangement(of: $0, as: use) } != nil
        }
        guard rivals.count == 1 else { continue }
        for use in fitting { _ = try join(use, name, isCertain: false) }
      }
    }
  }

  /// Attention between different sequences multiplies by a third of the matrix each: query, key and value.
  private mutating func joinThirds(of name: String, _ uses: [AuthorParameters.Use]) throws {
    guard left.contains(name), uses.count == 3, let stored = names.inFile[name],
      let shape = file.shape(of: stored), shape[0] % 3 == 0
    else { return }
    let third = [shape[0] / 3] + shape.dropFirst()
    let arrangements = uses.compactMap { parameters.arrangement(of: third, as: $0) }
    guard arrangements.count == 3 else { return }
    let whole = try file.tensor(stored)
    for (number, use) in uses.enumerated() {
      guard let constant = network.constants[use.constant] else { continue }
      let part = whole.taking(Array(number * third[0]..<(number + 1) * third[0]), alongAxis: 0)
      values[use] = arrangements[number].constant(of: part, shape: constant.shape)
        .converted(to: constant.elementType)
    }
    left.remove(name)
  }

  // MARK: Batch normalizations

  private mutating func foldNormalizations() throws {
    let found = FoldedNormalizations(self)
    var unplaced: [String] = []
    for normalization in found.normalizations {
      guard let index = found.layer(of: normalization),
        let weight = parameters.uses.first(where: { $0.node == index && $0.role == .weight }),
        let form = parameters.layerForm(of: weight), let value = values[weight],
        let old = network.constants[weight.constant]
      else {
        unplaced.append(normalization)
        continue
      }
      let node = network.nodes[index]
      let call = bound.call(at: index)
      let statistics = try Statistics(
        normalization, of: self, channels: form.kernels(of: value.shape, call),
        epsilon: settings.epsilons[normalization])
      let scaled = statistics.scaling(value, call, form)
      let bias = parameters.table.traits(of: node).input(.bias)
      let use = parameters.uses.first { $0.node == index && $0.input == bias }
      // A bias of the layer's own that was joined, or is left because the graph has none of that name.
      var own = use.flatMap { values[$0] }
      if own == nil, let name = origins[weight]?.droppingEnding("weight").map({ $0 + "bias" }),
        left.contains(name),
        let stored = names.inFile[name]
      {
        own = try file.tensor(stored)
        left.remove(name)
      }
      if let own, own.elementCount != statistics.scale.count {
        throw AdoptionError.otherShapes(
          file: file.path, tensors: ["the bias before \(normalization) (\(own.shape.shapeText))"])
      }
      let shift = statistics.shift(own).converted(to: old.elementType)
      values[weight] = scaled.converted(to: old.elementType)
      if let use { values[use] = shift } else { newBiases[index] = shift }
      for part in ["weight", "bias", "running_mean", "running_var"] {
        left.remove("\(normalization).\(part)")
      }
      folded.append("\(normalization) into \(origins[weight]?.droppingEnding(".weight") ?? node.name)")
    }
    if !unplaced.isEmpty { throw AdoptionError.unplaced(file: file.path, normalizations: unplaced) }
  }

  /// What a batch normalization does to each channel.
  private struct Statistics {
    let scale: [Double]
    let offset: [Double]
    let mean: [Double]

    /// - Parameter channels: how many the layer makes.
    /// - Throws: `AdoptionError.otherShapes` where a part of the normalization is for another number of channels.
    init(_ name: String, of adoption: WeightAdoption, channels: Int, epsilon: Double) throws {
      func numbers(_ part: String) throws -> [Double]? {
        guard let stored = adoption.names.inFile["\(name).\(part)"] else { return nil }
        let found = try adoption.file.tensor(stored).doubles
        guard found.count == channels else {
          throw AdoptionError.otherShapes(
            file: adoption.file.path,
            tensors: ["\(name).\(part) (\(found.count) instead of \(channels))"])
        }
        return found
      }
      guard let variance = try numbers("running_var") else {
        throw AdoptionError.missing(
          file: adoption.file.path, parameters: ["\(name).running_var"], hasAny: true)
      }
      mean = try numbers("running_mean") ?? [Double](repeating: 0, count: channels)
      let weight = try numbers("weight") ?? [Double](repeating: 1, count: channels)
      scale = zip(weight, variance).map { $0 / ($1 + epsilon).squareRoot() }
      offset = try numbers("bias") ?? [Double](repeating: 0, count: channels)
    }

    /// A layer's weight with every kernel multiplied.
    func scaling(_ weight: Tensor, _ call: OperatorCall, _ form: LayerForm) -> Tensor {
      let (axis, groups) = (form.kernelAxis(call), form.groupsPerKernel(call))
      let (extent, inner) = (weight.shape[axis], weight.shape[(axis + 1)...].elementCount)
      // A transposed convolution's weight has the kernels of one group, for the inputs of each.
      let perGroup = max(1, weight.shape[0] / groups)
      var values = weight.doubles
      for index in values.indices {
        let group = groups > 1 ? index / (weight.shape[1...].elementCount) / perGroup : 0
        values[index] *= scale[group * extent + index / inner % extent]
      }
      return Tensor(.float64, values, shape: weight.shape)
    }

    /// What is added behind it.
    func shift(_ bias: Tensor?) -> Tensor {
      let bias = bias?.doubles ?? [Double](repeating: 0, count: scale.count)
      let values = scale.indices.map { (bias[$0] - mean[$0]) * scale[$0] + offset[$0] }
      return Tensor(.float64, values, shape: [values.count])
    }
  }

  // MARK: Biases

  /// Layers whose bias was left out because it was nothing but zeros.
  private mutating func addBiases() throws {
    for use in parameters.uses where use.role == .weight {
      let node = network.nodes[use.node]
      guard let bias = parameters.table.traits(of: node).input(.bias),
        (node.inputs[safe: bias] ?? nil) == nil,
        newBiases[use.node] == nil, let weight = origins[use]?.droppingEnding("weight"),
        left.contains(weight + "bias"), let stored = names.inFile[weight + "bias"],
        let form = parameters.layerForm(of: use), let old = network.constants[use.constant]
      else { continue }
      let tensor = try file.tensor(stored)
      guard tensor.shape == [old.shape[form.kernelAxis(bound.call(at: use.node))]] else { continue }
      newBiases[use.node] = tensor.converted(to: old.elementType)
      left.remove(weight + "bias")
    }
  }

  // MARK: The end

  /// Parameters without a tensor: their names, and the author's where these are others.
  private(set) var missing: [String] = []

  /// Something must go by the name of a parameter, and have its shape. A name that follows from a node is the parameter's too,
  /// where nothing else was made of its tensor.
  private mutating func checkShapes() throws {
    for use in parameters.uses where values[use] == nil && use.role.stateName != nil {
      guard let constant = network.constants[use.constant],
        let name = parameters.names(of: use).first(where: left.contains), !isNormalization(name.parentModule),
        let shape = names.inFile[name].flatMap(file.shape)
      else { continue }
      otherShapes.append("\(name) (\(shape.shapeText) instead of \(constant.shape.shapeText))")
      left.remove(name)
    }
    guard !values.isEmpty || !alone.isEmpty || !otherShapes.isEmpty else {
      throw AdoptionError.missing(file: file.path, parameters: [], hasAny: false)
    }
    if !otherShapes.isEmpty {
      throw AdoptionError.otherShapes(file: file.path, tensors: otherShapes.sorted())
    }
  }

  private mutating func check() throws {
    let learned = TrainableConstants(bound)
    let needed = Set(learned.parameters + learned.statistics)
    var seen = Set<ValueID>()
    // A tensor that is left may be what an exporter computed a table from that nobody named, such as a token for each example.
    let hasLeft = !leftOver.isEmpty
    for use in parameters.uses
    where values[use] == nil && (needed.contains(use.constant) || hasLeft && use.role == .value) {
      guard seen.insert(use.constant).inserted, !parameters.mayBeNobodys(use.constant) else { continue }
      let isMadeUp = parameters.ownName(of: use.constant) == nil
      let name = network.name(of: use.constant)
      let stated = parameters.names(of: use).first { $0 != name }
      missing.append(isMadeUp ? stated.map { "\($0) (\(name))" } ?? name : name)
    }
    if !missing.isEmpty, !settings.allowsMissing {
      throw AdoptionError.missing(file: file.path, parameters: missing, hasAny: true)
    }
  }

  /// The network with the file's weights.
  func adopted() -> Network {
    var network = network
    for (constant, tensor) in alone { network.constants[constant] = tensor }
    for (constant, uses) in Dictionary(grouping: values.keys, by: \.constant) {
      // In the order of the nodes, so that the same file gives the same network.
      let ordered = uses.sorted { ($0.node, $0.input) < ($1.node, $1.input) }
      guard let first = ordered.first.flatMap({ values[$0] }) else { continue }
      network.constants[constant] = first
      for use in ordered.dropFirst() {
        guard let value = values[use], value != first else { continue }
        network.nodes[use.node].inputs[use.input] = network.addConstant(
          "\(network.name(of: constant))_own", value)
      }
    }
    for (index, bias) in newBiases.sorted(by: { $0.key < $1.key }) {
      let node = network.nodes[index]
      guard let input = parameters.table.traits(of: node).input(.bias) else { continue }
      network.nodes[index].inputs =
        Array(node.inputs.prefix(input)) + [network.addConstant("\(node.name)_bias", bias)]
    }
    return network
  }

  /// The file's tensors that nothing was made of.
  private var leftOver: [String] {
    names.ordered.filter { left.contains($0) && !$0.hasSuffix("num_batches_tracked") }
  }

  /// What was done, for whoever asked for it.
  var summary: Adoption {
    Adoption(
      tensors: names.ordered.count - left.count, prefix: names.prefix, folded: folded,
      leftOver: leftOver,
      outside: names.outside.count, unchanged: missing, epsilons: folded.isEmpty ? nil : settings.epsilons)
  }
}
