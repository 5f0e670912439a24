import Compute
import Graph
import TestSupport
import Testing

/// One operator with attributes and operands, checked against the reference: value, and gradient by finite
/// differences in double precision.
struct OperatorCase: CustomTestStringConvertible, Sendable {
  let op: String
  var attributes: [String: Attribute] = [:]
  /// Operands; `nil` for an omitted one.
  var operands: [OperandSource?]
  var outputs = 1
  var opset = 17
  var note = ""
  /// Comparisons and roundings pass no gradient.
  var hasGradient = true
  var normalizesWithBatch = false
  var tolerance = 1e-4

  var testDescription: String { "\(op)\(note.isEmpty ? "" : " ")\(note)" }

  /// Where an operand comes from.
  enum OperandSource: Sendable {
    /// Something computed from data, of random numbers in a range.
    case data([Int], Double = -1, Double = 1)
    /// The same, in the blocked layout that a convolution makes.
    case blocked([Int], Double = -1, Double = 1)
    /// A learned constant.
    case weight([Int], Double = -1, Double = 1)
    case integers([Int])
    case fixed([Float], [Int])
    case tensor(Tensor)
    /// Numbers that are known only when the data are, and no gradient of theirs is checked.
    case given([Float], [Int])
    /// Whole numbers that are known only when the data are.
    case indices([Float], [Int])
  }

  /// The network, its input and the parameters of which gradients are checked.
  func build() -> (network: Network, input: ValueID, zeros: Int, parameters: [ValueID]) {
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
        if case .blocked? = operand {
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
    for output in builder.nodes(op, values, attributes, outputs: outputs) { builder.output(output) }
    return (builder.network, input, 1, parameters)
  }

  /// Compares value and gradients with the reference.
  func check() throws {
    let (network, input, _, parameters) = build()
    let bound = try BoundNetwork(network, foldsWeights: false)
    #expect(bound.failures.isEmpty)
    var reference = ReferenceEvaluator(bound)
    reference.normalizesWithBatch = normalizesWithBatch
    let expected = try reference.run([input: [0]])
    var options = ComputeOptions()
    options.exact = true
    options.normalizesWithBatch = normalizesWithBatch
    if !normalizesWithBatch {
      let plan = try ExecutionPlan(bound, purpose: .infer, options: options)
      try plan.forward([input: [0]])
      for output in network.outputs {
        expectClose(try plan.value(output), expected[output]!.doubles, tolerance, "\(self) inferred")
      }
    }
    guard hasGradient else { return }
    let plan = try ExecutionPlan(bound, purpose: .train(parameters: parameters), options: options)
    try plan.forward([input: [0]])
    var generator = RandomNumbers(seed: 5)
    var weights: [ValueID: [Float]] = [:]
    for output in network.outputs {
      expectClose(try plan.value(output), expected[output]!.doubles, tolerance, "\(self) trained")
      weights[output] = generator.numbers(expected[output]!.elementCount)
    }
    try plan.backward(weights)
    func loss(_ parameter: ValueID, _ elements: [Double]) throws -> Double {
      let values = try reference.run([input: [0]], replacing: [parameter: elements])
      return network.outputs.reduce(0) { sum, output in
        zip(values[output]!.doubles, weights[output]!).reduce(sum) { $0 + $1.0 * Double($1.1) }
      }
    }
    for parameter in parameters {
      let gradient = try plan.gradient(of: parameter)
      let elements = network.constants[parameter]!.doubles
      let step = 1e-5
      var (found, wanted): ([Float], [Double]) = ([], [])
      for _ in 0..<min(12, elements.count) {
        let place = Int(generator.next() % UInt64(elements.count))
        func slope(_ step: Double) throws -> Double {
          var (above, below) = (elements, elements)
          above[place] += step
          below[place] -= step
          return (try loss(parameter, above) - loss(parameter, below)) / (2 * step)
        }
        let slopes = (try slope(step), try slope(step / 8))
        // Across a kink (two elements that change places as the larger one) there is no gradient to compare.
        if abs(slopes.0 - slopes.1) > 1e-5 * max(1, abs(slopes.0)) { continue }
        wanted.append(slopes.0)
        found.append(gradient[place])
      }
      #expect(wanted.count > min(12, elements.count) / 2, "\(self): gradients at kinks only")
      expectClose(
        found, wanted, 10 * tolerance, "\(self) gradient of \(network.name(of: parameter))")
    }
  }
}

/// Every element within a fraction of the largest one.
func expectClose(
  _ found: [Float], _ expected: [Double], _ tolerance: Double, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record("\(what): \(found.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let scale = max(1e-3, expected.reduce(0) { max($0, abs($1)) })
  var worst = 0.0
  var place = 0
  for index in found.indices {
    let distance = abs(Double(found[index]) - expected[index])
    if !(distance <= worst) { (worst, place) = (distance, index) }
  }
  if !(worst <= tolerance * scale) {
    Issue.record(
      "\(what): element \(place) is \(found[place]), expected \(expected[place])",
      sourceLocation: sourceLocation)
  }
}
