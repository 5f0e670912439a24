import Testing
import Training

@Suite struct ScheduleTests {
  private static let decays: [String: LearningRateSchedule.Decay] = [
    "step": .step(every: 4, factor: 0.3), "multistep": .multiStep(at: [3, 7], factor: 0.2),
    "exponential": .exponential(factor: 0.8), "cosine": .cosine(floor: 0),
    "polynomial": .polynomial(power: 2),
    "cosine floor": .cosine(floor: 0.1),
  ]

  @Test(arguments: decays.keys.sorted(), [false, true]) func factorsAreThoseOfPyTorch(
    name: String, warms: Bool
  ) throws {
    guard let expected = try Rules.load().schedules[warms ? name + " warm" : name] else {
      // PyTorch cannot chain a floor with a warm-up: it would be warmed too.
      #expect(name == "cosine floor")
      return
    }
    let schedule = LearningRateSchedule(try #require(Self.decays[name]), warmUp: warms ? 4 : 0)
    let found = (0..<12).map { schedule.factor(at: Double($0), of: 12) }
    expectNear(found, expected, 1e-9, name)
  }

  @Test func constantStays() {
    let schedule = LearningRateSchedule(.constant)
    #expect([0.0, 0.3, 7, 12].allSatisfy { schedule.factor(at: $0, of: 12) == 1 })
  }

  /// Within an epoch cosines, polynomials and the warm-up move, the others do not; nothing ever leaves 0 … 1.
  @Test(arguments: decays.keys.sorted()) func factorsFallEvenly(name: String) throws {
    let schedule = LearningRateSchedule(try #require(Self.decays[name]))
    let factors = stride(from: 0.0, through: 12, by: 0.125).map { schedule.factor(at: $0, of: 12) }
    #expect(zip(factors, factors.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(factors.allSatisfy { 0...1 ~= $0 } && factors[0] == 1)
    let moves = schedule.factor(at: 5.5, of: 12) != schedule.factor(at: 5.25, of: 12)
    #expect(moves == (name.hasPrefix("cosine") || name == "polynomial"))
  }
}
