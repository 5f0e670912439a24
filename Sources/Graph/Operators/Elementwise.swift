import Foundation

/// An operator that maps each element by itself: shapes and channels pass through.
struct UnaryRule: OperatorRule {
  let traits: OperatorTraits
  /// The value of one element, given the node's attributes; `nil` for operators that are never folded.
  var function: (@Sendable (OperatorCall) -> (Double) -> Double)?
  /// The type of the result; the input's where `nil`.
  var result: ElementType?

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    return [TensorSpec(result ?? input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    guard let function else { return nil }
    let input = try call.constant(0)
    return [Tensor(result ?? input.elementType, input.doubles.map(function(call)), shape: input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    [.elementwise(inputs: [0], outputs: [0])]
  }
}

/// `Identity`, inference-time `Dropout`, `Cast`: the input's elements, perhaps in another type.
struct PassThroughRule: OperatorRule {
  let traits: OperatorTraits
  /// The type that the node asks for; the input's where `nil`.
  var target: (@Sendable (OperatorCall) throws -> ElementType)?

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    let type = try target?(call) ?? input.elementType
    let first = TensorSpec(type, input.shape)
    return call.node.outputs.count > 1 ? [first, TensorSpec(.bool, input.shape)] : [first]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    guard call.node.outputs.count == 1 else { return nil }
    let input = try call.constant(0)
    let type = try target?(call) ?? input.elementType
    return type == .string ? nil : [input.converted(to: type)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    [.elementwise(inputs: [0], outputs: Array(call.node.outputs.indices))]
  }

  /// `Identity`.
  static let identity = PassThroughRule(
    traits: OperatorTraits(.recoding(.copy), operands: [.value], keepsFirstAxis: false))

  /// `CastLike`: the type of the second input.
  static let castLike = PassThroughRule(
    traits: .other(.value, .value),
    target: { call in try call.input(1).elementType })

  /// `Cast`: the ONNX number of the type in the attribute `to`.
  static let cast = PassThroughRule(
    traits: OperatorTraits(.recoding(.cast), operands: [.value], keepsFirstAxis: false)
  ) { call in
    let number = call.int("to", default: 0)
    guard let type = ElementType(onnxNumber: number) else {
      throw call.invalid("it casts to the data type number \(number), which secateur does not know")
    }
    return type
  }
}

/// An operator on tensors that broadcast against each other in numpy's way.
struct BroadcastRule: OperatorRule {
  let traits: OperatorTraits
  /// Combines the elements at one position, first input first.
  var function: (@Sendable (OperatorCall) -> ([Double]) -> Double)?
  /// The type of the result; the first input's where `nil`.
  var result: ElementType?
  /// The input whose type the result has.
  var typeInput = 0
  /// How many inputs there are; any number from one on where `nil`.
  var inputCount: Int?

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    if let inputCount, call.inputs.count != inputCount {
      throw call.invalid("it has \(call.inputs.count) inputs, and takes \(inputCount)")
    }
    var shape: [Int] = []
    for number in call.inputs.indices {
      shape = try call.broadcast(shape, try call.broadcastShape(of: number))
    }
    let type = try call.input(typeInput).elementType
    return [TensorSpec(result ?? type, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    guard let function else { return nil }
    let output = try outputs(call)[0]
    var operands: [[Double]] = []
    for number in call.inputs.indices {
      let tensor = try call.constant(number)
      operands.append(
        [Movement.expand(output.shape)].apply(
          to: tensor.doubles, shape: try call.broadcastShape(of: number), fill: { $0 }))
    }
    let combine = function(call)
    var indices = operands.map { _ in 0.0 }
    let values = (0..<output.shape.elementCount).map { index in
      for number in operands.indices { indices[number] = operands[number][index] }
      return combine(indices)
    }
    return [Tensor(output.elementType, values, shape: output.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.broadcastRelations(outputs: outputs)
  }

  /// A vector that is added or multiplied was learned (a bias, a layer scale); a scalar was written down. Whole numbers that
  /// divide were counted: of how many elements a mean is taken.
  func learnableInputs(_ call: OperatorCall) -> [Int] {
    guard let arithmetic = traits.arithmetic else { return [] }
    return call.inputs.indices.filter { number in
      guard let input = call.inputs[number], input.shape.elementCount > 1 else { return false }
      let divides = arithmetic == .quotient && number > 0
      return !(divides && input.constant?.doubles.allSatisfy { $0 == $0.rounded() } ?? false)
    }
  }
}

/// `PRelu`: the slope broadcasts to the input, not the other way.
struct SlopeRule: OperatorRule {
  let traits = OperatorTraits.activation(.value, .slope)

  func learnableInputs(_ call: OperatorCall) -> [Int] { [1] }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    guard try call.broadcast(input.shape, try call.broadcastShape(of: 1)) == input.shape else {
      throw call.invalid("its slope of shape \(try call.shape(1).shapeText) does not broadcast to its input")
    }
    return [TensorSpec(input.elementType, input.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.broadcastRelations(outputs: outputs)
  }
}

extension OperatorCall {
  /// The shape two shapes broadcast to, aligned from the right.
  func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    let rank = max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let left = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let right = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      guard left == right || left == 1 || right == 1 else {
        throw invalid("the shapes \(a.shapeText) and \(b.shapeText) do not broadcast")
      }
      shape[axis] = left == 1 ? right : left
    }
    return shape
  }
}

extension ElementType {
  /// The type with ONNX's number for it (`TensorProto.DataType`).
  package init?(onnxNumber: Int) {
    switch onnxNumber {
    case 1: self = .float32
    case 2: self = .uint8
    case 3: self = .int8
    case 4: self = .uint16
    case 5: self = .int16
    case 6: self = .int32
    case 7: self = .int64
    case 8: self = .string
    case 9: self = .bool
    case 10: self = .float16
    case 11: self = .float64
    case 12: self = .uint32
    case 13: self = .uint64
    case 16: self = .bfloat16
    default: return nil
    }
  }
}

extension OperatorTable {
  /// One constant function of an element, whatever the attributes.
  private static func pure(_ function: @escaping @Sendable (Double) -> Double) -> UnaryRule {
    UnaryRule(traits: .other(.value), function: { _ in function })
  }

  /// A question about each element.
  private static func asking(_ function: @escaping @Sendable (Double) -> Double) -> UnaryRule {
    UnaryRule(traits: .other(.value), function: { _ in function }, result: .bool)
  }

  private static func pairwise(
    _ result: ElementType? = nil, _ function: @escaping @Sendable (Double, Double) -> Double
  ) -> BroadcastRule {
    BroadcastRule(
      traits: .other(.value, .value), function: { _ in { function($0[0], $0[1]) } }, result: result,
      inputCount: 2)
  }

  /// A function of any number of tensors.
  private static func joining(_ function: @escaping @Sendable ([Double]) -> Double) -> BroadcastRule {
    BroadcastRule(traits: .other(.value), function: { _ in function })
  }

  private static func arithmetic(
    _ kind: OperatorRole.Arithmetic, _ function: @escaping @Sendable (OperatorCall) -> ([Double]) -> Double
  ) -> BroadcastRule {
    BroadcastRule(
      traits: OperatorTraits(.arithmetic(kind), operands: [.value, .value], keepsFirstAxis: false),
      function: function, inputCount: 2)
  }

  /// Integer division truncates; on floats it divides.
  private static let division = arithmetic(.quotient) { call in
    let isInteger = call.inputs.first??.elementType.isFloatingPoint == false
    return { isInteger ? ($0[1] == 0 ? 0 : ($0[0] / $0[1]).rounded(.towardZero)) : $0[0] / $0[1] }
  }

  private static let modulo = BroadcastRule(
    traits: .other(.value, .value),
    function: { call in
      let truncates = call.int("fmod", default: 0) == 1
      return { operands in
        let (a, b) = (operands[0], operands[1])
        if b == 0 { return 0 }
        let remainder = a.truncatingRemainder(dividingBy: b)
        return truncates || remainder == 0 || (remainder < 0) == (b < 0) ? remainder : remainder + b
      }
    }, inputCount: 2)

  static let elementwise: [String: any OperatorRule] = [
    "Erf": pure(erf), "Exp": pure(exp), "Log": pure(log), "Sqrt": pure { $0.squareRoot() },
    "Abs": pure(abs), "Neg": pure { -$0 }, "Reciprocal": pure { 1 / $0 }, "Floor": pure { $0.rounded(.down) },
    "Ceil": pure { $0.rounded(.up) }, "Round": pure { $0.rounded(.toNearestOrEven) },
    "Sign": pure { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) },
    "Not": asking { $0 == 0 ? 1 : 0 }, "IsNaN": asking { $0.isNaN ? 1 : 0 },
    "Clip": ClipRule(),
    "Identity": PassThroughRule.identity, "Dropout": PassThroughRule(traits: .other(.value)),
    "Cast": PassThroughRule.cast,
    "Add": arithmetic(.sum) { _ in { $0[0] + $0[1] } },
    "Sub": arithmetic(.difference) { _ in { $0[0] - $0[1] } },
    "Mul": arithmetic(.product) { _ in { $0[0] * $0[1] } }, "Div": division,
    "Pow": pairwise { pow($0, $1) }, "Mod": modulo,
    "Equal": pairwise(.bool) { $0 == $1 ? 1 : 0 }, "Less": pairwise(.bool) { $0 < $1 ? 1 : 0 },
    "LessOrEqual": pairwise(.bool) { $0 <= $1 ? 1 : 0 }, "Greater": pairwise(.bool) { $0 > $1 ? 1 : 0 },
    "GreaterOrEqual": pairwise(.bool) { $0 >= $1 ? 1 : 0 },
    "And": pairwise(.bool) { $0 != 0 && $1 != 0 ? 1 : 0 },
    "Or": pairwise(.bool) { $0 != 0 || $1 != 0 ? 1 : 0 },
    "Xor": pairwise(.bool) { ($0 != 0) != ($1 != 0) ? 1 : 0 },
    "Max": joining { $0.max() ?? 0 }, "Min": joining { $0.min() ?? 0 },
    "Sum": joining { $0.reduce(0, +) },
    "Mean": joining { $0.reduce(0, +) / Double(max(1, $0.count)) },
    "Where": BroadcastRule(
      traits: .other(.value, .value, .value), function: { _ in { $0[0] != 0 ? $0[1] : $0[2] } }, typeInput: 1,
      inputCount: 3),
    "PRelu": SlopeRule(),
  ]
}

/// `Clip`: bounds as attributes before opset 11, as inputs since.
struct ClipRule: OperatorRule {
  let traits = OperatorTraits.activation(.value, .size, .size)

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let input = try call.input(0)
    return [TensorSpec(input.elementType, input.shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let (lower, upper) = try Self.bounds(call)
    return [
      Tensor(input.elementType, input.doubles.map { min(max($0, lower), upper) }, shape: input.shape)
    ]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) -> [ChannelRelation] {
    [.elementwise(inputs: [0], outputs: [0])]
  }

  static func bounds(_ call: OperatorCall) throws -> (lower: Double, upper: Double) {
    func bound(_ input: Int, _ name: String, _ otherwise: Double) throws -> Double {
      if call.has(input) { return try call.constant(input).doubles.first ?? otherwise }
      if case .float(let value)? = call.node.attributes[name] { return Double(value) }
      return otherwise
    }
    return (try bound(1, "min", -.infinity), try bound(2, "max", .infinity))
  }
}

extension OperatorCall {
  /// The bounds of a `Clip`, wherever its opset keeps them; infinite where there are none.
  package func clipBounds() throws -> (lower: Double, upper: Double) {
    try ClipRule.bounds(self)
  }
}
