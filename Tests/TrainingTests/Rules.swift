import Foundation
import Testing

/// What PyTorch computes; made by `Tests/CrossChecks/make_training_fixture.py`.
struct Rules: Decodable {
  struct Optimizers: Decodable {
    let start: [Float]
    let gradients: [[Float]]
    /// The parameter after each step, by rule.
    let results: [String: [[Double]]]
  }

  struct LossCase: Decodable {
    let shape: [Int]
    let output: [Float]
    let losses: [Double]
    let gradient: [Double]
    var labels: [Int]?
    var targets: [Float]?
    var temperature: Double?
  }

  struct Clipping: Decodable {
    let norm: Double
    let limit: Double
    let before: [[Float]]
    let after: [[Double]]
  }

  let optimizers: Optimizers
  /// Factors of the learning rate by epoch, for 12 epochs.
  let schedules: [String: [Double]]
  let losses: [String: LossCase]
  let clipping: Clipping

  static func load() throws -> Rules {
    let path = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/rules.json")
    return try JSONDecoder().decode(Rules.self, from: Data(contentsOf: path))
  }
}

/// Every element within a distance, relative where numbers are large.
func expectNear(
  _ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(found, expected).enumerated() {
    #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(what) \(index)", sourceLocation: sourceLocation)
  }
}
