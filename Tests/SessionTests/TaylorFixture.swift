import Foundation
import Testing

/// A network, data and what PyTorch computed of them; made by `Tests/CrossChecks/make_taylor_fixture.py`.
struct TaylorFixture: Decodable {
  struct LayerScores: Decodable {
    let mean: [Double]
    let standardError: [Double]

    enum CodingKeys: String, CodingKey {
      case mean
      case standardError = "standard_error"
    }
  }

  let losses: [Double]
  let correct: Int
  let scores: [String: LayerScores]
  let gradients: [String: [Double]]

  static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/taylor")
    return folder.appending(path: name).path
  }

  static func load() throws -> TaylorFixture {
    let data = try #require(FileManager.default.contents(atPath: try path("expected.json")))
    return try JSONDecoder().decode(TaylorFixture.self, from: data)
  }
}

/// The largest difference relative to the largest magnitude.
func relativeDifference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let scale = b.map(abs).max() ?? 0
  return zip(a, b).map { abs($0 - $1) }.max().map { $0 / max(scale, .leastNormalMagnitude) } ?? 0
}
