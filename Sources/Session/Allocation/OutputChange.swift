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
  private let form: Form

  /// What the values are, which says how they are compared.
  private enum Form {
    /// One value of classes before their softmax: its classes' axis and the batch's.
    case logits(Objective.Term)
    /// What a softmax, or its logarithm, made of classes at every position.
    case probabilities([ValueID: Distributions])
    /// Numbers.
    case numbers
  }

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
        (measure, values, form) = (.divergence, [objective.value], .logits(objective.terms[0]))
        return
      }
    }
    values = (outputs.isEmpty ? network.network.outputs : outputs).filter(compares)
    let topology = Topology(network.network)
    let distributions = values.map { Distributions($0, in: network.bound, topology) }
    if dataset.configuration.lossAt == nil, !values.isEmpty, !distributions.contains(where: { $0 == nil }) {
      measure = .divergence
      form = .probabilities(
        Dictionary(zip(values, distributions.compactMap(\.self)), uniquingKeysWith: { $1 }))
    } else {
      (measure, form) = (.outputError, .numbers)
    }
  }

  /// The outputs of a plan that has run.
  func outputs(of plan: ExecutionPlan) throws -> [ValueID: [Float]] {
    var found: [ValueID: [Float]] = [:]
    for value in values { found[value] = try plan.value(value) }
    return found
  }

  /// What a batch's outputs are compared with.
  struct Reference {
    /// By value: the original's; of logits the logarithms of their probabilities.
    fileprivate var values: [ValueID: [Float]]
    /// By value, of numbers: the sum of the squares of their distances from the mean.
    fileprivate var energies: [ValueID: Double]
    let examples: Int
  }

  /// The reference that the original's values make.
  func reference(_ found: [ValueID: [Float]], examples: Int) -> Reference {
    var reference = Reference(values: found, energies: [:], examples: examples)
    switch form {
    case .logits(let term):
      reference.values = found.mapValues { logarithms($0, term, examples) }
    case .probabilities: break
    case .numbers:
      reference.energies = found.mapValues { numbers in
        let mean = numbers.reduce(0.0) { $0 + Double($1) } / Double(max(1, numbers.count))
        return numbers.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      }
    }
    return reference
  }

  /// What was lost on a batch, a mean over its examples.
  func loss(_ found: [ValueID: [Float]], _ reference: Reference) -> Double {
    var sum = 0.0
    for (value, numbers) in found {
      guard let before = reference.values[value], before.count == numbers.count else { return .infinity }
      switch form {
      case .logits(let term):
        let now = logarithms(numbers, term, reference.examples)
        var divergence = 0.0
        for (p, q) in zip(before, now) { divergence += exp(Double(p)) * Double(p - q) }
        let positions = before.count / max(1, term.shape.first ?? 1)
        sum += divergence / Double(max(1, positions))
      case .probabilities(let distributions):
        guard let form = distributions[value] else { return .infinity }
        sum += form.divergence(of: numbers, from: before) / Double(values.count)
      case .numbers:
        var error = 0.0
        for (a, b) in zip(before, numbers) { error += Double(a - b) * Double(a - b) }
        sum += error / max(reference.energies[value] ?? 0, .leastNormalMagnitude) / Double(values.count)
      }
    }
    return sum.isFinite ? sum : .infinity
  }

  /// The derivatives of `loss` by what a batch's outputs are.
  func gradients(_ found: [ValueID: [Float]], _ reference: Reference) -> [ValueID: [Float]] {
    var gradients: [ValueID: [Float]] = [:]
    for (value, numbers) in found {
      guard let before = reference.values[value], before.count == numbers.count else { continue }
      switch form {
      case .logits(let term):
        let scale = Float(max(1, term.shape.first ?? 1)) / Float(max(1, before.count))
        let slopes = zip(logarithms(numbers, term, reference.examples), before).map { now, was in
          scale * (exp(now) - exp(was))
        }
        gradients[value] = BatchedShape(example: term.shape, axis: term.batchAxis)
          .inPlace(slopes, examples: reference.examples)
      case .probabilities(let distributions):
        gradients[value] = distributions[value]?.gradient(
          of: numbers, from: before, weight: 1 / Float(values.count))
      case .numbers:
        let energy = max(reference.energies[value] ?? 0, .leastNormalMagnitude) * Double(values.count)
        let scale = Float(min(2 / energy, Double(Float.greatestFiniteMagnitude)))
        gradients[value] = zip(numbers, before).map { scale * ($0 - $1) }
      }
    }
    return gradients
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

/// Probabilities of classes, or their logarithms, at every position of a value.
private struct Distributions {
  /// Numbers that are one distribution.
  let classes: Int
  let areLogarithms: Bool

  /// What the softmax that makes the value normalises over; `nil` where none makes it. Moved elements are the same
  /// distributions.
  init?(_ value: ValueID, in bound: BoundNetwork, _ topology: Topology) {
    var value = value
    while let producer = topology.producer(of: value) {
      let node = bound.network.nodes[producer]
      switch bound.traits(at: producer).role {
      case .probabilities:
        guard let axes = try? bound.call(at: producer).softmaxAxes(),
          let shape = bound.shape(of: value)
        else { return nil }
        (classes, areLogarithms) = (shape[axes].reduce(1, *), node.op == "LogSoftmax")
        guard classes > 1 else { return nil }
        return
      case .movement(.regrouping), .movement(.transposition), .recoding(.copy):
        guard let source = node.inputs.first ?? nil else { return nil }
        value = source
      default: return nil
      }
    }
    return nil
  }

  /// The mean over the positions of the Kullback–Leibler divergence Σ p·log(p / q), in nats.
  ///
  /// Positions and classes may stand in any order: the sum runs over all of them. A class that was as good as impossible
  /// adds nothing, and most of thousands are.
  func divergence(of numbers: [Float], from before: [Float]) -> Double {
    var sum = 0.0
    for (was, now) in zip(before, numbers) {
      if areLogarithms {
        if was > -16 { sum += exp(Double(was)) * Double(was - now) }
      } else if was > 1e-7 {
        sum += Double(was) * log(Double(was) / Double(max(now, .leastNormalMagnitude)))
      }
    }
    return max(0, sum) / Double(max(1, before.count / classes))
  }

  /// The derivative of the divergence by the numbers. The softmax before them makes q − p of it.
  func gradient(of numbers: [Float], from before: [Float], weight: Float) -> [Float] {
    let scale = -weight / Float(max(1, before.count / classes))
    return zip(before, numbers).map { was, now in
      areLogarithms ? scale * exp(was) : scale * was / max(now, 1e-7)
    }
  }
}
