import CPointwise
import Foundation
import Testing

/// A function of vectors with what it is in double precision, and the largest error that it may have.
private struct Function: Sendable, CustomTestStringConvertible {
  let name: String
  let operation: cpw_operation
  let exact: @Sendable (Double) -> Double
  /// Arguments between which it is tried.
  let range: ClosedRange<Float>
  /// In units in the last place of the result, or of 10⁻³⁰ where that is larger.
  let units: Double

  var testDescription: String { name }

  static let all: [Function] = [
    Function(name: "exp", operation: CPW_EXP, exact: exp, range: -87...88, units: 1.5),
    Function(name: "expm1", operation: CPW_EXPM1, exact: expm1, range: -30...80, units: 4),
    Function(name: "log", operation: CPW_LOG, exact: log, range: 1e-30...1e30, units: 1.5),
    Function(name: "log1p", operation: CPW_LOG1P, exact: log1p, range: -0.99...1e6, units: 4),
    Function(
      name: "logistic", operation: CPW_LOGISTIC, exact: { 1 / (1 + exp(-$0)) }, range: -80...80, units: 3),
    Function(name: "tanh", operation: CPW_TANH, exact: tanh, range: -20...20, units: 2),
    Function(name: "erf", operation: CPW_ERF, exact: erf, range: -6...6, units: 8),
  ]
}

/// Runs one instruction on some elements with at most a set of instructions.
private func run(_ most: cpw_instructions, _ operation: cpw_operation, _ elements: [Float]) -> [Float] {
  var elements = elements
  let count = Int64(elements.count)
  var results = [Float](repeating: 0, count: elements.count)
  var scratch = [Float](repeating: 0, count: 2 * Int(CPW_TILE) + 4)
  let instruction = cpw_instruction(operation: UInt8(operation.rawValue), target: 1, a: 0, b: 0, c: 0)
  elements.withUnsafeMutableBytes { from in
    results.withUnsafeMutableBytes { to in
      withUnsafePointer(to: instruction) { instruction in
        withUnsafePointer(to: UInt8(1)) { result in
          let program = cpw_program(
            instructions: instruction, constants: nil, results: result, instruction_count: 1,
            constant_count: 0,
            input_count: 1, output_count: 1, register_count: 2)
          let input = cpw_operand(address: from.baseAddress, row: count, lane: 1, narrow: 0, sums: 0)
          let output = cpw_operand(address: to.baseAddress, row: count, lane: 1, narrow: 0, sums: 0)
          cpw_run_with(most, [program], [input], [output], count, 0, count, &scratch)
        }
      }
    }
  }
  return results
}

private let sets = [CPW_PLAIN, CPW_AVX2, CPW_AVX512]

@Suite("Vector functions") struct FunctionTests {
  /// With every set of instructions that the processor has.
  @Test("are as exact as their documentation says", arguments: Function.all)
  fileprivate func accuracy(of function: Function) {
    let (low, high) = (function.range.lowerBound, function.range.upperBound)
    // Evenly, and more densely towards zero, where most activations are.
    var arguments = (0...20_000).map { low + (high - low) * Float($0) / 20_000 }
    for exponent in -20...6 {
      for step in 0..<200 {
        let value = Float(sign: .plus, exponent: exponent, significand: 1 + Float(step) / 200)
        arguments += [value, -value].filter(function.range.contains)
      }
    }
    for set in sets {
      let results = run(set, function.operation, arguments)
      for (argument, result) in zip(arguments, results) {
        let exact = function.exact(Double(argument))
        let unit = Double(max(Float(abs(exact)), 1e-30).ulp)
        #expect(
          abs(Double(result) - exact) <= function.units * unit,
          "\(function.name)(\(argument)) is \(result), not \(exact), with set \(set.rawValue)")
      }
    }
  }

  @Test("take infinities and NaN, and give what they should at the ends") func ends() {
    let (infinity, nan) = (Float.infinity, Float.nan)
    for set in sets {
      #expect(run(set, CPW_EXP, [infinity, -infinity, 100, -200, 0]) == [infinity, 0, infinity, 0, 1])
      #expect(run(set, CPW_LOG, [0, infinity, 1]) == [-infinity, infinity, 0])
      #expect(run(set, CPW_TANH, [infinity, -infinity, 0]) == [1, -1, 0])
      #expect(run(set, CPW_ERF, [infinity, -infinity, 0]) == [1, -1, 0])
      #expect(run(set, CPW_LOGISTIC, [infinity, -infinity, 0]) == [1, 0, 0.5])
      for function in Function.all {
        #expect(
          run(set, function.operation, [nan])[0].isNaN, "\(function.name) of NaN, with set \(set.rawValue)")
      }
      #expect(run(set, CPW_LOG, [-1])[0].isNaN)
    }
  }

  /// Tiles are padded: what stands beside the last element must not matter.
  @Test("compute as many elements as are asked for", arguments: [1, 3, 15, 16, 17, 511, 512, 513, 1025])
  func counts(of count: Int) {
    let elements = (0..<count).map { Float($0) / Float(count) - 0.5 }
    let expected = run(CPW_PLAIN, CPW_EXP, elements)
    for (element, result) in zip(elements, expected) { #expect(abs(result - exp(element)) < 1e-6) }
    for set in sets {
      let results = run(set, CPW_EXP, elements)
      #expect(zip(results, expected).allSatisfy { abs($0 - $1) <= 2 * $1.ulp })
    }
  }
}

@Suite("Softmax along an axis") struct SoftmaxTests {
  @Test(
    "sums to one and has the gradient of finite differences", arguments: [1, 5, 16, 64, 70, 131], [0, 1])
  func softmax(lanes: Int, logs: Int) {
    let count = 7
    let logs = Int32(logs)
    let axis = cpw_axis(count: Int64(count), step: Int64(lanes))
    let from = (0..<count * lanes).map { Float(($0 * 37) % 41) / 8 - 2 }
    let weights = (0..<count * lanes).map { Float(($0 * 29) % 17) / 9 - 1 }
    func results(_ from: [Float]) -> [Float] {
      var to = [Float](repeating: .nan, count: from.count)
      cpw_softmax([axis], logs, from, &to, Int64(lanes))
      return to
    }
    let result = results(from)
    var gradient = [Float](repeating: .nan, count: from.count)
    cpw_softmax_gradient([axis], logs, result, weights, &gradient, Int64(lanes))
    for lane in 0..<lanes {
      let indices = (0..<count).map { $0 * lanes + lane }
      let powers = indices.map { exp(Double(from[$0])) }
      let sum = powers.reduce(0, +)
      let shares = powers.map { $0 / sum }
      let mean = zip(indices, shares).reduce(0) { $0 + Double(weights[$1.0]) * $1.1 }
      let total = indices.reduce(0) { $0 + Double(weights[$1]) }
      for (index, share) in zip(indices, shares) {
        let weight = Double(weights[index])
        let (value, slope) =
          logs == 0 ? (share, share * (weight - mean)) : (log(share), weight - share * total)
        #expect(abs(Double(result[index]) - value) < 1e-5)
        #expect(abs(Double(gradient[index]) - slope) < 1e-5)
      }
    }
  }
}
