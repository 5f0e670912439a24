import Testing
import Training

@Suite struct LossTests {
  /// The derivative of each example's own loss, by central differences in double precision.
  private func numericalGradient(
    _ output: [Float], shape: [Int], _ loss: (_ output: [Float]) throws -> [Double]
  ) throws -> [Double] {
    let size = output.count / shape[0]
    return try output.indices.map { index in
      let step: Float = 1e-2
      var (up, down) = (output, output)
      up[index] += step
      down[index] -= step
      let distance = Double(up[index]) - Double(down[index])
      return (try loss(up)[index / size] - (try loss(down)[index / size])) / distance
    }
  }

  private let output: [Float] = [0.3, -1.2, 2.0, 0.1, 0.9, -0.4]

  @Test func crossEntropyAndItsGradient() throws {
    let targets = Targets.classes([2, 0])
    let found = try Loss.crossEntropy.evaluate(output: output, shape: [2, 3], targets: targets)
    let expected = try numericalGradient(output, shape: [2, 3]) {
      try Loss.crossEntropy.evaluate(output: $0, shape: [2, 3], targets: targets).losses
    }
    for (a, b) in zip(found.gradient, expected) { #expect(abs(Double(a) - b) < 1e-4) }
    #expect(found.correct == 1)
    #expect(found.correctInFive == 2)
  }

  @Test func meanSquaredErrorAndItsGradient() throws {
    let targets = Targets.values([0, 0, 1, 0, 1, 0])
    let found = try Loss.meanSquaredError.evaluate(output: output, shape: [2, 3], targets: targets)
    let expected = try numericalGradient(output, shape: [2, 3]) {
      try Loss.meanSquaredError.evaluate(output: $0, shape: [2, 3], targets: targets).losses
    }
    for (a, b) in zip(found.gradient, expected) { #expect(abs(Double(a) - b) < 1e-4) }
    #expect(abs(found.losses[0] - (0.09 + 1.44 + 1) / 3) < 1e-6)
  }

  @Test func hugeLogitsStayFinite() throws {
    let found = try Loss.crossEntropy.evaluate(
      output: [1e30, -1e30, 0], shape: [1, 3], targets: .classes([0]))
    #expect(found.losses == [0])
    #expect(found.gradient.allSatisfy { $0.isFinite })
  }

  /// A network that says the same of everything is right by chance at most.
  @Test func tiesAreNotCorrect() throws {
    let found = try Loss.crossEntropy.evaluate(output: [1, 1, 1, 1], shape: [1, 4], targets: .classes([0]))
    #expect(found.correct == 0)
  }

  @Test func outputEnergyRepeatsItselfForASeed() throws {
    func gradient(_ seed: UInt64) throws -> [Float] {
      try Loss.outputEnergy.evaluate(output: output, shape: [2, 3], targets: .none, seed: seed).gradient
    }
    let (first, again, other) = (try gradient(1), try gradient(1), try gradient(2))
    #expect(first == again)
    #expect(first != other)
  }

  @Test func whatDoesNotFitIsSaid() {
    #expect(throws: TrainingError.labelOutOfRange(label: 3, classes: 3)) {
      try Loss.crossEntropy.evaluate(output: output, shape: [2, 3], targets: .classes([0, 3]))
    }
    #expect(throws: TrainingError.lossNeeds("labels")) {
      try Loss.crossEntropy.evaluate(output: output, shape: [2, 3], targets: .none)
    }
    #expect(throws: TrainingError.targetsDoNotFit(expected: 6, given: 5)) {
      try Loss.meanSquaredError.evaluate(output: output, shape: [2, 3], targets: .values([0, 0, 0, 0, 0]))
    }
    #expect(throws: TrainingError.outputIsNotClasses(shape: [2, 1, 3])) {
      try Loss.crossEntropy.evaluate(output: output, shape: [2, 1, 3], targets: .classes([0, 0]))
    }
  }
}
