/// What an operator is, beside its shapes and channels: readers of a network ask this of its rule, so that none of them
/// has to list operators by name.
///
/// There are no defaults, so that a rule leaves no question open.
package struct OperatorTraits: Sendable {
  /// What it does with its data.
  package let role: OperatorRole
  /// What its inputs are, in their order; those beyond the last are values.
  package let operands: [OperandRole]
  /// Whether each index of the first axis of input 0 is computed by itself though the rule's relations do not speak of
  /// that axis.
  ///
  /// True is a promise; where it is false, the relations tell or the indices count as mixed.
  package let keepsFirstAxis: Bool

  /// All answers.
  package init(_ role: OperatorRole, operands: [OperandRole], keepsFirstAxis: Bool) {
    self.role = role
    self.operands = operands
    self.keepsFirstAxis = keepsFirstAxis
  }
}

/// What an operator does with its data.
package enum OperatorRole: Sendable {
  /// It multiplies data, its input 0, by kernels, its input 1, and perhaps adds a number to each kernel's result.
  case layer(LayerForm)
  /// It takes a mean off its data and divides by a deviation; then it scales and shifts each channel.
  ///
  /// - Parameter mixesChannels: whether several channels have their mean and deviation in common.
  case normalization(mixesChannels: Bool)
  /// A function of each element that stands behind layers, so that channels are judged by what it makes of them.
  case activation
  /// It moves elements without arithmetic.
  case movement(MovementKind)
  /// It computes a picture of another size from one.
  case resampling
  /// Arithmetic of two operands that broadcast.
  case arithmetic(Arithmetic)
  /// It writes the same numbers in another way.
  case recoding(Recoding)
  /// It makes probabilities, or their logarithms, of numbers.
  case probabilities
  /// None of these.
  case other

  /// What is computed of two operands.
  package enum Arithmetic: Sendable {
    /// Their sum, difference, product or quotient.
    case sum, difference, product, quotient
  }

  /// How numbers are written.
  package enum Recoding: Sendable {
    /// As they are; in another type; as integers of a scale; as what such integers stand for.
    case copy, cast, quantization, dequantization
  }

  /// What a movement does, by what its integers say.
  package enum MovementKind: Sendable {
    /// The same elements in C order under another shape.
    case regrouping
    /// The axes in another order.
    case transposition
    /// Runs of an axis by their bounds; positions of an axis by their indices.
    case slicing, gathering
    /// An axis in pieces; pieces in one axis.
    case splitting, joining
    /// Elements repeated up to a shape; a number of times.
    case expansion, tiling
    /// A border is added; the middle is cut out or given a border, up to a shape.
    case padding, cropping
    /// Blocks of a picture become channels, or channels blocks.
    case blocking
  }
}

/// Where a layer has its kernels.
package struct LayerForm: Sendable {
  /// How a convolution's window goes over its data.
  package enum Window: Sendable {
    /// Over the input; over the output, as in a transposed convolution.
    case overInput, overOutput
  }

  /// The window; `nil` for a product with a matrix. Channels are axis 1 behind a window, else the last axis.
  package let window: Window?
  /// The axis of a weight of at least two axes that runs over the kernels.
  package let kernelAxis: @Sendable (OperatorCall) -> Int
  /// Whether it only multiplies and adds, rather than scaling or transposing its data too.
  package let isPlain: @Sendable (OperatorCall) -> Bool

  /// A form of a layer.
  package init(
    window: Window?, kernelAxis: @escaping @Sendable (OperatorCall) -> Int,
    isPlain: @escaping @Sendable (OperatorCall) -> Bool
  ) {
    self.window = window
    self.kernelAxis = kernelAxis
    self.isPlain = isPlain
  }

  /// Groups that have kernels of their own at each index of the weight's kernel axis: those of a transposed convolution.
  package func groupsPerKernel(_ call: OperatorCall) -> Int {
    window == .overOutput ? max(1, call.int("group", default: 1)) : 1
  }

  /// How many kernels a weight of a shape has.
  package func kernels(of shape: [Int], _ call: OperatorCall) -> Int {
    shape[kernelAxis(call)].times(groupsPerKernel(call))
  }

  /// The axis of data or output of a rank that runs over the channels.
  func channelAxis(ofRank rank: Int) -> Int { window == nil ? rank - 1 : 1 }
}

/// What an input is to its operator, above all where a constant stands there.
package enum OperandRole: String, Sendable, Hashable {
  /// Data, or numbers of no other role.
  case value
  /// A layer's kernels, and the number that is added to each.
  case weight, bias
  /// What a normalization multiplies each channel by, and adds to it.
  case scale, shift
  /// A normalization's running statistics.
  case mean, variance
  /// What an activation multiplies by below zero.
  case slope
  /// How large, how far or where, not what: it must be known before any data are.
  case size
}

extension OperatorTraits {
  /// Those of an operator of which nothing is known.
  static let unknown = OperatorTraits(.other, operands: [], keepsFirstAxis: false)
  /// Those of an operator of no role whose relations speak of its first axis.
  static func other(_ operands: OperandRole...) -> OperatorTraits {
    OperatorTraits(.other, operands: operands, keepsFirstAxis: false)
  }
  /// Those of an activation, which keeps all axes as its relations say.
  static func activation(_ operands: OperandRole...) -> OperatorTraits {
    OperatorTraits(.activation, operands: operands, keepsFirstAxis: false)
  }

  /// What an input is.
  package func operand(_ input: Int) -> OperandRole { operands[safe: input] ?? .value }

  /// The first input of a role.
  package func input(_ operand: OperandRole) -> Int? { operands.firstIndex(of: operand) }

  /// Where the kernels are, of a layer.
  package var layer: LayerForm? { if case .layer(let form) = role { form } else { nil } }

  /// What it moves, of a movement.
  package var movement: OperatorRole.MovementKind? {
    if case .movement(let kind) = role { kind } else { nil }
  }

  /// How it writes its numbers, of an operator that does no more.
  package var recoding: OperatorRole.Recoding? { if case .recoding(let kind) = role { kind } else { nil } }

  /// What it computes, of arithmetic.
  package var arithmetic: OperatorRole.Arithmetic? {
    if case .arithmetic(let kind) = role { kind } else { nil }
  }

  /// Whether it stands behind layers, so that channels are judged by what it makes of them.
  package var isActivation: Bool { if case .activation = role { true } else { false } }

  /// Whether it normalizes each channel by itself.
  package var normalizesChannels: Bool {
    if case .normalization(mixesChannels: false) = role { true } else { false }
  }

  /// Whether it is a normalization that may take its statistics from training.
  package var hasRunningStatistics: Bool { operands.contains(.mean) }
}

extension OperatorTable {
  /// What the node's operator is; nothing in particular where no rule is known.
  package func traits(of node: Node) -> OperatorTraits { rule(for: node)?.traits ?? .unknown }

  /// A node's input of a role, where it has one.
  package func input(_ operand: OperandRole, of node: Node) -> ValueID? {
    traits(of: node).input(operand).flatMap { node.inputs[safe: $0] ?? nil }
  }

  /// The inputs of a node that say how large, how far or where, not what.
  package func sizeInputs(of node: Node) -> [Int] {
    let operands = traits(of: node).operands
    return node.inputs.indices.filter { operands[safe: $0] == .size }
  }
}

extension BoundNetwork {
  /// What the operator of the node at an index is.
  package func traits(at index: Int) -> OperatorTraits { table.traits(of: network.nodes[index]) }
}
