import Graph
import Pruning
import Session
import Testing

/// Iterations side by side: their order, and the front.
@Suite struct IterationSheetTests {
  private func iteration(_ id: Int, macs: Int, accuracy: Double? = nil, deviation: Double? = nil)
    -> IterationSummary
  {
    var iteration = IterationSummary(
      id: id, parent: id == 0 ? nil : 0, origin: "made \(9 - id)", parameters: 10 * macs,
      multiplyAccumulates: macs)
    iteration.evaluation = accuracy.map { Evaluation(examples: 100, loss: 1 - $0, accuracy: $0) }
    iteration.outputDeviation = deviation.map {
      OutputDeviation(measure: .outputError, value: $0, examples: 10)
    }
    return iteration
  }

  private func sheet(_ iterations: [IterationSummary]) -> IterationSheet {
    IterationSheet(iterations, current: 0, conditions: nil)
  }

  @Test func whatIsNotKnownComesLastEitherWay() {
    let sheet = sheet([
      iteration(0, macs: 100, accuracy: 0.9), iteration(1, macs: 50), iteration(2, macs: 60, accuracy: .nan),
      iteration(3, macs: 70, accuracy: 0.95), iteration(4, macs: 70, accuracy: 0.9),
    ])
    #expect(sheet.sorted(by: .accuracy, ascending: false).map(\.id) == [3, 0, 4, 1, 2])
    #expect(sheet.sorted(by: .accuracy, ascending: true).map(\.id) == [0, 4, 3, 1, 2])
    #expect(sheet.sorted(by: .macs, ascending: true).map(\.id) == [1, 2, 3, 4, 0])
    #expect(sheet.sorted(by: .latency, ascending: true).map(\.id) == [0, 1, 2, 3, 4])
    #expect(sheet.sorted(by: .title, ascending: true).map(\.id) == [4, 3, 2, 1, 0])
  }

  /// By the definition of the front, over many seeded sheets.
  @Test func theFrontHasNoneThatAnotherBeats() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      let iterations = (0..<Int.random(in: 1...12, using: &generator)).map { id in
        iteration(
          id, macs: .random(in: 1...5, using: &generator),
          accuracy: Bool.random(using: &generator)
            ? Double(Int.random(in: 1...5, using: &generator)) / 8 : nil,
          deviation: Double(Int.random(in: 1...5, using: &generator)) / 8)
      }
      let sheet = sheet(iterations)
      for worth in [IterationFigure.accuracy, .deviation] {
        let places = sheet.places(.macs, worth)
        let sign = worth == .accuracy ? 1.0 : -1
        let unbeaten = places.filter { place in
          !places.contains { other in
            let better = sign * (other.worth - place.worth)
            return other.cost <= place.cost && better >= 0 && (other.cost < place.cost || better > 0)
          }
        }
        #expect(Set(sheet.front(.macs, worth)) == Set(unbeaten))
        #expect(sheet.front(.macs, worth).map(\.cost) == unbeaten.map(\.cost).sorted())
      }
    }
  }

  @Test func figuresOfOtherKindsCompareWithNothing() {
    var one = iteration(1, macs: 5, deviation: 0.25)
    one.latency = MeasuredLatency(seconds: 0.0042, conditions: nil)
    var other = iteration(2, macs: 5)
    other.outputDeviation = OutputDeviation(measure: .divergence, value: 3, examples: 10)
    let sheet = sheet([iteration(0, macs: 9), other, one])
    #expect(sheet.value(of: other, by: .deviation) == nil && sheet.text(of: other, by: .deviation) == "3.00")
    #expect(sheet.value(of: one, by: .deviation) == 25 && sheet.text(of: one, by: .deviation) == "25%")
    #expect(sheet.value(of: sheet.iterations[0], by: .deviation) == 0)
    #expect(sheet.value(of: one, by: .latency) == nil && sheet.text(of: one, by: .latency) == "(4.20 ms)")
    #expect(sheet.text(of: one, by: .accuracy) == nil)
  }
}
