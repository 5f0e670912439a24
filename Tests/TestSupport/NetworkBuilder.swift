public import Graph

/// Writes small networks for tests.
///
/// ```swift
/// var builder = NetworkBuilder()
/// let x = builder.input("x", [1, 3, 8, 8])
/// let w = builder.constant("w", [4, 3, 3, 3])
/// builder.output(builder.node("Conv", x, w))
/// ```
public struct NetworkBuilder {
  /// What was written so far.
  public private(set) var network: Network
  private var generator: RandomNumbers

  /// An empty network whose random constants follow from a seed.
  public init(_ name: String = "test", opset: Int = 17, seed: UInt64 = 1) {
    network = Network(name: name, opsets: ["": opset])
    generator = RandomNumbers(seed: seed)
  }

  /// Adds an input; `nil` for its first extent leaves the batch free, `nil` for another one leaves that open.
  @discardableResult
  public mutating func input(_ name: String, _ shape: [Int?], type: ElementType = .float32) -> ValueID {
    let dimensions = shape.enumerated().map { axis, extent in
      extent.map(Dimension.fixed) ?? (axis == 0 ? .symbolic("batch") : .unknown)
    }
    let value = network.addValue(name, type: DeclaredType(elementType: type, dimensions: dimensions))
    network.inputs.append(value)
    return value
  }

  /// Adds an initializer of random numbers between `lower` and `upper`.
  public mutating func constant(
    _ name: String, _ shape: [Int], from lower: Double = -1, to upper: Double = 1
  ) -> ValueID {
    let values = (0..<shape.elementCount).map { _ in Float(generator.number(lower, upper)) }
    return network.addConstant(name, Tensor(values, shape: shape))
  }

  /// Adds an initializer.
  public mutating func constant(_ name: String, _ tensor: Tensor) -> ValueID {
    network.addConstant(name, tensor)
  }

  /// Adds a node with several outputs.
  public mutating func nodes(
    _ op: String, _ inputs: [ValueID?], _ attributes: [String: Attribute] = [:], outputs count: Int
  ) -> [ValueID] {
    let id = network.unusedNodeID
    let name = "\(op)_\(id.number)"
    let outputs = (0..<count).map { number in
      network.addValue(network.unusedValueName(number == 0 ? name : "\(name):\(number)"))
    }
    network.nodes.append(
      Node(id: id, name: name, op: op, inputs: inputs, outputs: outputs, attributes: attributes))
    return outputs
  }

  /// Adds a node with one output.
  public mutating func node(
    _ op: String, _ inputs: ValueID?..., attributes: [String: Attribute] = [:]
  ) -> ValueID {
    nodes(op, inputs, attributes, outputs: 1)[0]
  }

  /// Makes a value an output of the network.
  @discardableResult
  public mutating func output(_ value: ValueID) -> ValueID {
    network.outputs.append(value)
    return value
  }
}

/// Random numbers between bounds, the same everywhere.
public struct RandomNumbers: RandomNumberGenerator {
  private var generator: SeededGenerator

  /// The numbers that follow from a seed.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// 64 random bits.
  public mutating func next() -> UInt64 { generator.next() }

  /// A number between two bounds.
  public mutating func number(_ lower: Double, _ upper: Double) -> Double {
    lower + (upper - lower) * generator.unit()
  }

  /// A list of numbers between two bounds.
  public mutating func numbers(_ count: Int, _ lower: Double = -1, _ upper: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(number(lower, upper)) }
  }
}
