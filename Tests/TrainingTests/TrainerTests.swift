import Compute
import Datasets
import Graph
import Testing
import Training

@Suite struct TrainerTests {
  /// Images whose class is the half that is bright.
  private func batch(_ count: Int, seed: UInt64) -> Batch {
    var generator = SeededGenerator(seed: seed)
    var inputs: [Float] = []
    var labels: [Int] = []
    for _ in 0..<count {
      let label = Int.random(in: 0..<2, using: &generator)
      labels.append(label)
      for row in 0..<28 {
        for _ in 0..<28 {
          inputs.append(((row < 14) == (label == 0) ? 1 : 0) + Float(0.3 * generator.normal()))
        }
      }
    }
    var batch = Batch(shape: [count, 1, 28, 28], inputs: inputs)
    batch.labels = labels
    return batch
  }

  @Test(arguments: [SampleNetwork.reference, .residual]) func trainingLearns(sample: SampleNetwork) throws {
    let trainer = try Trainer(
      sample.untrained(), loss: .crossEntropy, batchSize: 8, exampleShape: [1, 28, 28], optimizer: Adam())
    var losses: [Double] = []
    for step in 0..<12 { losses.append(try trainer.step(batch(8, seed: UInt64(step)), rate: 2e-3).loss) }
    let (first, last) = (losses.prefix(3).reduce(0.0, +), losses.suffix(3).reduce(0.0, +))
    #expect(last < 0.5 * first)
    let before = sample.untrained()
    let after = try trainer.trained()
    for (value, tensor) in before.constants where !tensor.shape.isEmpty {
      #expect(after.constants[value] != tensor, "\(before.name(of: value)) was not trained")
    }
  }

  @Test func adamMovesByTheRateAtFirstAndFindsAMinimum() {
    var adam = Adam()
    var values: [Float] = [5, -3]
    adam.step(ValueID(0), values: &values, gradient: [2, -9], rate: 0.1)
    #expect(abs(values[0] - 4.9) < 1e-4 && abs(values[1] + 2.9) < 1e-4)
    for _ in 0..<400 {
      adam.step(ValueID(0), values: &values, gradient: values.map { 2 * ($0 - 1) }, rate: 0.05)
    }
    #expect(values.allSatisfy { abs($0 - 1) < 1e-2 })
  }

  @Test func decayShrinksWeightsWithoutGradients() {
    var adam = Adam(weightDecay: 0.5)
    var values: [Float] = [2]
    adam.step(ValueID(0), values: &values, gradient: [0], rate: 0.1)
    #expect(abs(values[0] - 1.9) < 1e-6)
  }
}
