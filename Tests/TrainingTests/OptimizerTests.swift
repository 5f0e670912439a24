import Graph
import Testing
import Training

@Suite struct OptimizerTests {
  private static let settings: [String: OptimizerSettings] = {
    var plain = OptimizerSettings(.sgd, weightDecay: 0.05)
    plain.momentum = 0
    plain.isNesterov = false
    var heavy = OptimizerSettings(.sgd, weightDecay: 0.05)
    heavy.isNesterov = false
    return [
      "sgd": plain, "sgd momentum": heavy, "sgd nesterov": OptimizerSettings(.sgd, weightDecay: 0.05),
      "adam": OptimizerSettings(.adam, weightDecay: 0.05),
      "adamw": OptimizerSettings(.adamw, weightDecay: 0.05),
    ]
  }()

  @Test(arguments: settings.keys.sorted()) func stepsAreThoseOfPyTorch(name: String) throws {
    let rules = try Rules.load().optimizers
    let settings = try #require(Self.settings[name])
    var optimizer = settings.makeOptimizer()
    var values = rules.start
    for (gradient, expected) in zip(rules.gradients, try #require(rules.results[name])) {
      optimizer.step(
        ValueID(0), values: &values, gradient: gradient,
        size: StepSize(rate: 0.1, weightDecay: settings.weightDecay(of: [3, 2])))
      expectNear(values.map(Double.init), expected, 1e-5, name)
    }
  }

  /// Each parameter has a state of its own.
  @Test(arguments: OptimizerSettings.Method.allCases) func parametersDoNotMix(
    method: OptimizerSettings.Method
  ) {
    var (alone, both) = (OptimizerSettings(method).makeOptimizer(), OptimizerSettings(method).makeOptimizer())
    var (values, again, other): ([Float], [Float], [Float]) = ([1, 2], [1, 2], [5, 5, 5])
    for step in 0..<5 {
      let gradient: [Float] = [Float(step), 1]
      alone.step(ValueID(0), values: &values, gradient: gradient, size: StepSize(rate: 0.1))
      both.step(ValueID(1), values: &other, gradient: [3, -3, 9], size: StepSize(rate: 0.3))
      both.step(ValueID(0), values: &again, gradient: gradient, size: StepSize(rate: 0.1))
    }
    #expect(values == again)
    #expect(other != [5, 5, 5])
  }

  @Test func vectorsDecayOnlyWhereAsked() {
    var settings = OptimizerSettings(.sgd, weightDecay: 0.1)
    #expect(settings.weightDecay(of: [4, 3, 3, 3]) == 0.1)
    #expect(settings.weightDecay(of: [4]) == 0 && settings.weightDecay(of: []) == 0)
    settings.decaysVectors = true
    #expect(settings.weightDecay(of: [4]) == 0.1)
  }

  @Test func aScaledGradientIsASmallerOne() {
    var (first, second) = (GradientDescent(momentum: 0.9), GradientDescent(momentum: 0.9))
    var (a, b): ([Float], [Float]) = ([1], [1])
    for _ in 0..<3 {
      first.step(ValueID(0), values: &a, gradient: [4], size: StepSize(rate: 0.1, gradientScale: 0.25))
      second.step(ValueID(0), values: &b, gradient: [1], size: StepSize(rate: 0.1))
    }
    #expect(a == b)
  }
}
