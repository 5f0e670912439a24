import Testing
import Training

/// Losses and gradients against PyTorch's.
@Suite struct LossRuleTests {
  @Test(arguments: [
    ("cross-entropy 0.0", Loss.crossEntropy), ("cross-entropy 0.1", .crossEntropy), ("maps", .crossEntropy),
    ("mse", .meanSquaredError), ("l1", .absoluteError), ("charbonnier", .charbonnier),
    ("bce", .binaryCrossEntropy),
  ])
  func lossesAreThoseOfPyTorch(name: String, loss: Loss) throws {
    let item = try #require(try Rules.load().losses[name])
    let targets = try item.labels.map(Targets.classes) ?? .values(#require(item.targets))
    let found = try loss.evaluate(
      output: item.output, shape: item.shape, targets: targets,
      labelSmoothing: name.hasSuffix("0.1") ? 0.1 : 0)
    expectNear(found.losses, item.losses, 1e-5, name)
    expectNear(found.gradient.map(Double.init), item.gradient, 1e-5, name)
  }

  @Test func distillationIsThatOfPyTorch() throws {
    let item = try #require(try Rules.load().losses["distillation"])
    let distillation = Distillation(temperature: try #require(item.temperature))
    let found = try distillation.evaluate(
      student: item.output, teacher: try #require(item.targets), shape: item.shape, by: .logits)
    expectNear(found.losses, item.losses, 1e-5)
    expectNear(found.gradient.map(Double.init), item.gradient, 1e-5)
  }

  @Test(arguments: Distillation.Measure.allCases) func whoAnswersAsTheTeacherHasNothingToLearn(
    measure: Distillation.Measure
  ) throws {
    let output: [Float] = [1, 2, -3, 0.5, 60, -60]
    let found = try Distillation().evaluate(student: output, teacher: output, shape: [2, 3], by: measure)
    #expect(found.losses.allSatisfy { abs($0) < 1e-9 } && found.gradient.allSatisfy { abs($0) < 1e-7 })
    #expect(throws: TrainingError.targetsDoNotFit(expected: 6, given: 3)) {
      try Distillation().evaluate(student: output, teacher: [1, 2, 3], shape: [2, 3], by: measure)
    }
  }

  @Test func placesWithoutAClassDoNotCount() throws {
    let item = try #require(try Rules.load().losses["maps"])
    let labels = try #require(item.labels)
    let found = try Loss.crossEntropy.evaluate(
      output: item.output, shape: item.shape, targets: .classes(labels))
    #expect(labels.contains(255))
    #expect(found.decisions == labels.count { $0 != 255 })
    #expect(try #require(found.correct) <= found.decisions)
    let same = try Loss.crossEntropy.evaluate(
      output: item.output, shape: item.shape,
      targets: .classes(labels.map { $0 == 255 ? Targets.unlabelled : $0 }))
    #expect(same.losses == found.losses)
    let none = try Loss.crossEntropy.evaluate(
      output: item.output, shape: item.shape, targets: .classes(labels.map { _ in Targets.unlabelled }))
    #expect(none.losses == [0, 0] && none.gradient.allSatisfy { $0 == 0 })
    #expect(throws: TrainingError.labelOutOfRange(label: 3, classes: 3)) {
      try Loss.crossEntropy.evaluate(
        output: item.output, shape: item.shape, targets: .classes(labels.map { _ in 3 }))
    }
  }

  @Test func largeLogitsOfYesAndNoStayFinite() throws {
    let found = try Loss.binaryCrossEntropy.evaluate(
      output: [1e30, -1e30, -1e30], shape: [1, 3], targets: .values([1, 0, 1]))
    #expect(found.losses[0] > 1e29 && found.gradient.allSatisfy(\.isFinite))
  }
}
