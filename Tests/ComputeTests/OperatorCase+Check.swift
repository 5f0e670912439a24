import Compute
import Graph
import TestSupport
import Testing

extension OperatorCase {
  /// Compares value and gradients with the reference, these by finite differences in double precision.
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
        let index = Int(generator.next() % UInt64(elements.count))
        func slope(_ step: Double) throws -> Double {
          var (above, below) = (elements, elements)
          above[index] += step
          below[index] -= step
          return (try loss(parameter, above) - loss(parameter, below)) / (2 * step)
        }
        let slopes = (try slope(step), try slope(step / 8))
        // Across a kink (two elements that change places as the larger one) there is no gradient to compare.
        if abs(slopes.0 - slopes.1) > 1e-5 * max(1, abs(slopes.0)) { continue }
        wanted.append(slopes.0)
        found.append(gradient[index])
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
  var position = 0
  for index in found.indices {
    let distance = abs(Double(found[index]) - expected[index])
    if !(distance <= worst) { (worst, position) = (distance, index) }
  }
  if !(worst <= tolerance * scale) {
    Issue.record(
      "\(what): element \(position) is \(found[position]), expected \(expected[position])",
      sourceLocation: sourceLocation)
  }
}
