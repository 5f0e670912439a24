import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Training

/// How far a network's outputs are from those of the original, without labels.
struct OutputChange {
  let measure: LossCurves.Measure
  /// The values that are compared.
  let values: [ValueID]
  /// The classes' axis and the batch's of the one value of a divergence.
  private let term: Objective.Term?

  /// - Parameters:
  ///   - dataset: by whose loss the outputs are classes; without labels one row of numbers an example is taken for
  ///     classes too.
  ///   - other: what is compared with the network, where it may have lost channels of a value that is compared: then only
  ///     values of the same shape are.
  init(_ network: OpenNetwork, dataset: Dataset, comparing other: OpenNetwork? = nil) throws {
    func compares(_ value: ValueID) -> Bool {
      other.map { $0.bound.shape(of: value) == network.bound.shape(of: value) } ?? true
    }
    let outputs = network.comparedValues
    let isRow =
      network.network.outputs.count == 1 && network.bound.shape(of: network.network.outputs[0])?.count == 2
    if dataset.loss == .crossEntropy || (dataset.loss == .outputEnergy && isRow),
      dataset.configuration.lossAt == nil
    {
      let objective = try Objective(network.bound, loss: .crossEntropy)
      if objective.shape.first ?? 0 > 1, compares(objective.value) {
        (measure, values, term) = (.divergence, [objective.value], objective.terms[0])
        return
      }
    }
    let compared = (outputs.isEmpty ? network.network.outputs : outputs).filter(compares)
    (measure, values, term) = (.outputError, compared, nil)
  }

  /// The outputs of a plan that has run.
  func outputs(of plan: ExecutionPlan) throws -> [ValueID: [Float]] {
    var found: [ValueID: [Float]] = [:]
    for value in values { found[value] = try plan.value(value) }
    return found
  }

  /// What a batch's outputs are compared with.
  struct Reference {
    /// By value: the original's, of a divergence the logarithms of its probabilities.
    fileprivate var values: [ValueID: [Float]]
    fileprivate var energies: [ValueID: Double]
    let examples: Int
  }

  /// The reference that the original's values make.
  func reference(_ found: [ValueID: [Float]], examples: Int) -> Reference {
    var reference = Reference(values: [:], energies: [:], examples: examples)
    for (value, numbers) in found {
      if let term {
        reference.values[value] = logarithms(numbers, term, examples)
      } else {
        let mean = numbers.reduce(0.0) { $0 + Double($1) } / Double(max(1, numbers.count))
        reference.values[value] = numbers
        reference.energies[value] = numbers.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      }
    }
    return reference
  }

  /// What was lost on a batch, a mean over its examples.
  func loss(_ found: [ValueID: [Float]], _ reference: Reference) -> Double {
    var sum = 0.0
    for (value, numbers) in found {
      guard let before = reference.values[value], before.count == numbers.count else { return .infinity }
      if let term {
        let now = logarithms(numbers, term, reference.examples)
        var divergence = 0.0
        for (p, q) in zip(before, now) { divergence += exp(Double(p)) * Double(p - q) }
        let positions = before.count / max(1, term.shape.first ?? 1)
        sum += divergence / Double(max(1, positions))
      } else {
        var error = 0.0
        for (a, b) in zip(before, numbers) { error += Double(a - b) * Double(a - b) }
        sum += error / max(reference.energies[value] ?? 0, .leastNormalMagnitude) / Double(values.count)
      }
    }
    return sum.isFinite ? sum : .infinity
  }

  /// log softmax over the classes, which stand first in each example.
  private func logarithms(_ numbers: [Float], _ term: Objective.Term, _ examples: Int) -> [Float] {
    let shape = BatchedShape(example: term.shape, axis: term.batchAxis)
    var values = shape.examplesFirst(numbers, examples: examples)
    let classes = max(1, term.shape.first ?? 1)
    let positions = max(1, term.shape.dropFirst().reduce(1, *))
    values.withUnsafeMutableBufferPointer { values in
      for example in 0..<examples {
        for position in 0..<positions {
          let start = example * classes * positions + position
          var largest = -Float.infinity
          for index in 0..<classes { largest = max(largest, values[start + index * positions]) }
          var sum: Float = 0
          for index in 0..<classes { sum += exp(values[start + index * positions] - largest) }
          let offset = largest + log(sum)
          for index in 0..<classes { values[start + index * positions] -= offset }
        }
      }
    }
    return values
  }
}
