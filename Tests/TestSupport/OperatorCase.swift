public import Graph

/// One operator with attributes and operands.
public struct OperatorCase: CustomStringConvertible, Sendable {
  /// The operator.
  public let op: String
  /// The attributes that are not left to their defaults.
  public var attributes: [String: Attribute] = [:]
  /// Operands; `nil` for an omitted one.
  public var operands: [OperandSource?]
  /// How many outputs are asked for.
  public var outputs = 1
  /// The version of ONNX's operators.
  public var opset = 17
  /// What tells the case from others of its operator.
  public var note = ""
  /// Comparisons and roundings pass no gradient.
  public var hasGradient = true
  /// Whether the batch's own statistics are taken.
  public var normalizesWithBatch = false
  /// The difference from the reference that rounding explains.
  public var tolerance = 1e-4

  /// The operator and the note.
  public var description: String { "\(op)\(note.isEmpty ? "" : " ")\(note)" }

  /// Where an operand comes from.
  public enum OperandSource: Sendable {
    /// Something computed from data, of random numbers in a range.
    case data([Int], Double = -1, Double = 1)
    /// The same, in the blocked layout that a convolution makes.
    case blocked([Int], Double = -1, Double = 1)
    /// A learned constant.
    case weight([Int], Double = -1, Double = 1)
    /// A constant list of whole numbers.
    case integers([Int])
    /// Constant numbers in a shape.
    case fixed([Float], [Int])
    /// A constant.
    case tensor(Tensor)
    /// Numbers that are known only when the data are, and no gradient of theirs is checked.
    case given([Float], [Int])
    /// Whole numbers that are known only when the data are.
    case indices([Float], [Int])
  }

  /// The network, its input and the parameters of which gradients are checked.
  ///
  /// - Parameter betweenLayers: whether convolutions stand before and behind the operator wherever there are channels,
  ///   so that it is something to prune through.
  public func build(
    betweenLayers: Bool = false
  ) -> (network: Network, input: ValueID, zeros: Int, parameters: [ValueID]) {
    var builder = NetworkBuilder(
      op, opset: opset, seed: (op + note).utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let input = builder.input("zero", [1])
    var parameters: [ValueID] = []
    var values: [ValueID?] = []
    for (number, operand) in operands.enumerated() {
      switch operand {
      case nil: values.append(nil)
      case .data(let shape, let lower, let upper)?, .blocked(let shape, let lower, let upper)?:
        let parameter = builder.constant("p\(number)", shape, from: lower, to: upper)
        parameters.append(parameter)
        var value = builder.node("Add", parameter, input)
        var isBlocked = betweenLayers && shape.count > 2
        if case .blocked? = operand { isBlocked = true }
        if isBlocked {
          // A convolution with the identity.
          let channels = shape[1]
          let area = shape.dropFirst(2).map { _ in 1 }
          let identity = (0..<channels * channels).map { Float($0 / channels == $0 % channels ? 1 : 0) }
          let weight = builder.constant("id\(number)", Tensor(identity, shape: [channels, channels] + area))
          value = builder.node("Conv", value, weight)
        }
        values.append(value)
      case .weight(let shape, let lower, let upper)?:
        let parameter = builder.constant("p\(number)", shape, from: lower, to: upper)
        parameters.append(parameter)
        values.append(parameter)
      case .integers(let list)?: values.append(builder.constant("i\(number)", Tensor(list)))
      case .fixed(let list, let shape)?:
        values.append(builder.constant("f\(number)", Tensor(list, shape: shape)))
      case .tensor(let tensor)?: values.append(builder.constant("t\(number)", tensor))
      case .given(let list, let shape)?:
        values.append(builder.node("Add", builder.constant("n\(number)", Tensor(list, shape: shape)), input))
      case .indices(let list, let shape)?:
        let numbers = builder.node("Add", builder.constant("n\(number)", Tensor(list, shape: shape)), input)
        values.append(builder.node("Cast", numbers, attributes: ["to": .int(7)]))
      }
    }
    let results = builder.nodes(op, values, attributes, outputs: outputs)
    let bound = betweenLayers ? try? BoundNetwork(builder.network) : nil
    for (number, result) in results.enumerated() {
      var output = result
      if let shape = bound?.shape(of: result), shape.count > 2, shape[1] > 0 {
        let area = shape.dropFirst(2).map { _ in 1 }
        output = builder.node("Conv", output, builder.constant("behind\(number)", [3, shape[1]] + area))
      }
      builder.output(output)
    }
    return (builder.network, input, 1, parameters)
  }
}
