import Compute
import Foundation
import Graph
import Session
import TestSupport
import Testing
import Training

@Suite struct BenchmarkTests {
  /// Forward; forward and the gradients that points need; forward and both gradients of each product.
  @Test(arguments: Benchmark.Work.allCases) func passesAreCountedAndTimed(work: Benchmark.Work) throws {
    let network = SampleNetwork.reference.untrained(seed: 1)
    var options = ComputeOptions()
    options.profiles = true
    let result = try Benchmark(work, batchSize: 2, duration: 0).run(OpenNetwork(network), options: options)
    #expect(result.seconds.count == 5)
    #expect(result.examplesPerSecond > 0)
    #expect(result.secondsByStep["Conv"] != nil)
    #expect((result.secondsByStep["Conv.weights"] != nil) == (work == .train))
    // Layers of 5×5 and 3×3 convolutions on 24×24 places, and a product with 11,520 × 10 weights, for two examples.
    let (first, others, last) = (24 * 24 * 20 * 25, 24 * 24 * 20 * 20 * 9, 11_520 * 10)
    let expected =
      switch work {
      case .infer: first + 2 * others + last
      case .score: first + 4 * others + 2 * last
      case .train: 2 * first + 6 * others + 3 * last
      }
    #expect(result.multiplyAccumulates == 2 * expected)
    #expect(result.residentBytes > result.planBytes)
  }

  @Test func aBatchThatTheFileFixesIsTheOneMeasured() throws {
    var builder = TestSupport.NetworkBuilder()
    let image = builder.input("image", [3, 2, 8, 8])
    builder.output(builder.node("Conv", image, builder.constant("w", [4, 2, 3, 3])))
    let result = try Benchmark(.infer, batchSize: 16, duration: 0).run(OpenNetwork(builder.network))
    #expect(result.batchSize == 3)
    #expect(result.examplesPerSecond == 3 / result.medianSeconds)
  }

  @Test(.enabled(if: (try? ElementType.bfloat16.checkIsComputed()) != nil, "this processor computes no bf16"))
  func scoresInHalfOrderKernelsAsFloatsDo() throws {
    let network = try OpenNetwork(SampleNetwork.residual.untrained(seed: 3))
    var options = ComputeOptions()
    options.precision = .bfloat16
    let result = try Benchmark(.score, batchSize: 8, duration: 0).run(network, options: options)
    #expect(result.rankCorrelations.count > 5)
    for (layer, correlation) in result.rankCorrelations {
      #expect(correlation > 0.98 && correlation <= 1, "\(layer)")
    }
    options.precision = .float32
    #expect(
      try Benchmark(.score, batchSize: 1, duration: 0).run(network, options: options).rankCorrelations.isEmpty
    )
  }

  /// A machine that has more to do than on another day makes a network no slower, and one that has less makes it faster.
  @Test func theShortestTimeOfANetworkCounts() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("latency.json")
    var builder = TestSupport.NetworkBuilder()
    builder.head(builder.conv(builder.input("x", [1, 2, 4, 4]), 2, 4, "conv"), 4)
    let network = try OpenNetwork(builder.network)
    func measured() throws -> Double {
      let run = LatencyRun(
        tableOf: network, options: ComputeOptions(), cache: LatencyCache(path: path))
      while try run.step() {}
      return try #require(run.seconds.first)
    }
    func remember(_ seconds: Double) throws {
      let file = URL(fileURLWithPath: path)
      let kept = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
      var fields = try #require(kept as? [String: Any])
      let networks = try #require(fields["networks"] as? [String: Any])
      fields["networks"] = networks.mapValues { _ in seconds }
      try JSONSerialization.data(withJSONObject: fields).write(to: file)
    }
    let first = try measured()
    try remember(first / 1000)
    #expect(try measured() < first / 500)
    try remember(1000)
    #expect(try measured() < 1000)
  }

  @Test func thePeakOfTheMachineIsANumber() throws {
    let peak = try MachinePeak.matrixProduct()
    #expect(peak.isFinite && peak > 0)
  }
}
