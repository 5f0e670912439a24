import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Networks that were trained for quantization have roundings between their layers.
@Suite struct QuantizedScoringTests {
  /// Two layers with normalization, rounded at every step where asked for; without a rectifier the lower end of the
  /// integers' range is one.
  private func network(rounds: Bool) -> Network {
    var build = NetworkBuilder(name: "rounded", seed: 21)
    var value = build.input("input", shape: [2, 5, 5])
    let scale = build.constant("scale", Tensor([Float(0.001)], shape: []))
    func rounded(_ value: ValueID, _ name: String, channels: Int, from lowest: Double) -> ValueID {
      guard rounds else { return value }
      let zero = build.constant("\(name).zero", Tensor(.int16, [lowest], shape: []))
      let integers = build.node("QuantizeLinear", "\(name).q", [value, scale, zero], channels: channels)
      return build.node("DequantizeLinear", "\(name).dq", [integers, scale, zero], channels: channels)
    }
    value = rounded(value, "input", channels: 2, from: 0)
    for (name, kernels) in [("first", 6), ("second", 5)] {
      value = build.convolution(name, value, kernels: kernels, extent: 3)
      value = rounded(value, "\(name).conv", channels: kernels, from: 0)
      value = build.batchNormalization("\(name).norm", value)
      if !rounds { value = build.relu("\(name).relu", value) }
      value = rounded(value, "\(name).norm", channels: kernels, from: -32768)
    }
    build.output(build.linear("fc", build.pooledFeatures("pool", value), features: 3), shape: [3])
    return build.network
  }

  private func scores(_ network: Network, _ path: String) throws -> ScoreTable {
    let opened = try OpenNetwork(network)
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    configuration.loss = .outputEnergy
    let run = try ScoringRun(opened, dataset: Dataset(configuration), batchSize: 4)
    while try run.step() {}
    return run.table
  }

  @Test func scoresAreThoseOfTheNetworkWithoutRounding() throws {
    let folder = try TemporaryFolder()
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(
      shape: [8, 2, 5, 5], floats: (0..<400).map { Float($0 * 37 % 101) / 50 - 1 })
    try archive.write(to: folder.path("data.npz"))
    let plain = try scores(network(rounds: false), folder.path("data.npz"))
    let rounded = try scores(network(rounds: true), folder.path("data.npz"))
    for layer in ["first", "second"] {
      let expected = try #require(plain.layers[layer]?.mean)
      let found = try #require(rounded.layers[layer]?.mean)
      #expect(expected.contains { $0 > 0 })
      #expect(relativeDifference(found, expected) < 0.02, "\(layer)")
    }
  }
}
