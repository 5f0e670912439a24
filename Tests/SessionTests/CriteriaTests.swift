import Compute
import Foundation
import Datasets
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// Each criterion against what a slow evaluation in double precision says of the same network and data.
@Suite struct CriteriaTests {
  private let network: OpenNetwork
  private let dataset: Dataset
  private let batch: Batch
  private let points: [ScorePoint]

  init() throws {
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    network = workbench.current
    dataset = try workbench.open(configuration)
    batch = try dataset.batch(dataset.order().prefix(3))
    points = ScorePoint.points(
      of: network.groups.layers.filter(\.isPrunable).map(\.layer), in: network.bound)
  }

  private func table(_ criterion: Criterion, limit: Int = 3, batchSize: Int = 2) throws -> ScoreTable {
    let run = try ScoringRun(
      network, dataset: dataset, criterion: criterion, batchSize: batchSize, limit: limit)
    while try run.step() {}
    return run.table
  }

  /// An example of the batch as the network's input.
  private func example(_ number: Int) -> [Double] {
    let size = batch.inputs.count / batch.count
    return batch.inputs[number * size..<(number + 1) * size].map(Double.init)
  }

  /// The loss of an example in a network of the same outputs.
  private func loss(
    _ network: Network, _ number: Int, replacing: [ValueID: [Double]] = [:]
  ) throws -> Double {
    let bound = try BoundNetwork(network, foldsWeights: false)
    let values = try ReferenceEvaluator(bound).run(
      [network.inputs[0]: example(number)], replacing: replacing)
    let output = try #require(values[network.outputs[0]]).doubles
    return log(output.reduce(0) { $0 + exp($1) }) - output[try #require(batch.labels)[number]]
  }

  /// The network with a factor for each channel at every point, and the factors' values by layer.
  private func scaled() -> (network: Network, factors: [String: ValueID]) {
    var network = network.network
    var factors: [String: ValueID] = [:]
    for point in points {
      let shape = self.network.bound.shape(of: point.value)!
      let factor = network.addConstant(
        "\(point.layer).factor",
        Tensor([Float](repeating: 1, count: shape[1]), shape: [shape[1]] + shape[2...].map { _ in 1 }))
      let product = network.addValue(network.unusedValueName("\(point.layer).scaled"))
      for index in network.nodes.indices {
        network.nodes[index].inputs = network.nodes[index].inputs.map { $0 == point.value ? product : $0 }
      }
      let producer = network.nodes.firstIndex { $0.outputs.contains(point.value) }!
      network.nodes.insert(
        Node(
          id: network.unusedNodeID, name: "\(point.layer).scale", op: "Mul", inputs: [point.value, factor],
          outputs: [product]), at: producer + 1)
      factors[point.layer] = factor
    }
    return (network, factors)
  }

  /// The derivative of something of the scaled network by one factor for several kernels together.
  private func derivative(
    by kernels: [Kernel], _ factors: [String: ValueID],
    of function: (_ replacing: [ValueID: [Double]]) throws -> Double
  ) rethrows -> Double {
    let step = 1e-5
    func value(_ factor: Double) throws -> Double {
      var replaced: [ValueID: [Double]] = [:]
      for kernel in kernels {
        let layer = network.groups.layers[kernel.layer].layer
        guard let value = factors[layer.name] else { continue }
        replaced[value, default: [Double](repeating: 1, count: layer.kernels)][kernel.index] = factor
      }
      return try function(replaced)
    }
    return (try value(1 + step) - value(1 - step)) / (2 * step)
  }

  private func expect(
    _ found: ScoreTable, _ layer: String, _ kernel: Int, is expected: Double, tolerance: Double = 1e-3,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let scores = try #require(found.layers[layer])
    let scale = scores.mean.reduce(0) { max($0, abs($1)) }
    #expect(
      abs(scores.mean[kernel] - expected) < tolerance * scale,
      "\(layer) \(kernel): \(scores.mean[kernel]) for \(expected)", sourceLocation: sourceLocation)
  }

  /// The residual pair and the depthwise convolution of the fixture go together; their terms are summed before
  /// they are squared.
  @Test func gatesOfCoupledKernelsAreOne() throws {
    let found = try table(.taylorGate)
    let (scaled, factors) = scaled()
    #expect(network.groups.units.contains { $0.kernels.count > 2 })
    for unit in network.groups.units where unit.freezeReason == nil && unit.kernels[0].index < 2 {
      var mean = 0.0
      for number in 0..<3 {
        let gradient = try derivative(by: unit.kernels, factors) { try loss(scaled, number, replacing: $0) }
        mean += gradient * gradient / 3
      }
      for kernel in unit.kernels {
        try expect(found, network.groups.layers[kernel.layer].layer.name, kernel.index, is: mean)
      }
    }
  }

  @Test func outputEnergyIsTheSquaredChangeOfTheOutputs() throws {
    let found = try table(.outputEnergy, batchSize: 1)
    let (scaled, factors) = scaled()
    let bound = try BoundNetwork(scaled, foldsWeights: false)
    let output = scaled.outputs[0]
    for unit in network.groups.units where unit.freezeReason == nil && unit.kernels[0].index == 0 {
      var mean = 0.0
      for number in 0..<3 {
        let direction = try Loss.outputEnergy.evaluate(
          output: [0, 0, 0, 0], shape: [1, 4], targets: .none, seed: UInt64(number)
        ).gradient
        let gradient = try derivative(by: unit.kernels, factors) { replacing in
          let values = try ReferenceEvaluator(bound).run(
            [scaled.inputs[0]: example(number)], replacing: replacing)
          return zip(try #require(values[output]).doubles, direction).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        mean += gradient * gradient / 3
      }
      let kernel = unit.kernels[0]
      try expect(found, network.groups.layers[kernel.layer].layer.name, kernel.index, is: mean)
    }
  }

  @Test func weightsAreSquaredWithTheirGradients() throws {
    let found = try table(.taylorWeight, limit: 2)
    var checked = 0
    for coupled in network.groups.layers where coupled.isPrunable {
      let layer = coupled.layer
      let weight = try #require(network.network.constants[layer.weight])
      let perKernel = weight.elementCount / layer.kernels
      // One derivative a weight takes its time.
      guard perKernel <= 40 else { continue }
      let kernel = layer.kernels - 1
      var mean = 0.0
      for number in 0..<2 {
        for index in kernel * perKernel..<(kernel + 1) * perKernel {
          let step = 1e-4
          func shifted(_ by: Double) throws -> Double {
            checked += 1
            var values = weight.doubles
            values[index] += by
            return try loss(network.network, number, replacing: [layer.weight: values])
          }
          let product = weight.doubles[index] * (try shifted(step) - shifted(-step)) / (2 * step)
          mean += product * product / 2
        }
      }
      try expect(found, layer.name, kernel, is: mean)
    }
    #expect(checked > 60)
  }

  @Test func theOracleSaysWhatTheMaskedNetworkLoses() throws {
    let found = try table(.oracle)
    let before = try (0..<3).map { try loss(network.network, $0) }
    for (number, unit) in network.groups.units.enumerated() where unit.freezeReason == nil {
      let selection = Selection(
        removedUnits: [number], keptKernels: network.groups.layers.map { Array(0..<$0.layer.kernels) },
        asked: network.groups.layers.map { _ in 0 })
      let masked = try network.network.masked(selection, groups: network.groups, bound: network.bound)
      let change = try (0..<3).reduce(0.0) { $0 + abs(try loss(masked, $1) - before[$1]) / 3 }
      for kernel in unit.kernels {
        try expect(found, network.groups.layers[kernel.layer].layer.name, kernel.index, is: change)
      }
    }
  }

  @Test func theOracleCountsItsPasses() throws {
    let run = try ScoringRun(network, dataset: dataset, criterion: .oracle, batchSize: 2, limit: 5)
    let groups = network.groups.groups
    #expect(run.progress.total == 3 * groups.reduce(0) { $0 + $1.units.count + 1 })
    var shares: [Double] = []
    while try run.step() { shares.append(try #require(run.progress.share)) }
    #expect(shares == shares.sorted() && shares.allSatisfy { $0 < 1 })
    #expect(run.progress.done == run.progress.total)
    #expect(run.progress.secondsLeft.map { $0 < 1e-6 } == true)
    #expect(run.table.layers.values.allSatisfy { $0.count == 5 })
    #expect(try ScoringRun(network, dataset: dataset, criterion: .oracle, limit: nil).progress.total > 0)
  }

  @Test func activationsAreCountedBehindTheirFunctions() throws {
    let (zeros, means) = (try table(.apoz), try table(.meanActivation))
    for point in points {
      let kernels = network.bound.shape(of: point.value)![1]
      var (share, level) = (
        [Double](repeating: 0, count: kernels), [Double](repeating: 0, count: kernels)
      )
      for number in 0..<3 {
        let values = try ReferenceEvaluator(network.bound).run([network.network.inputs[0]: example(number)])
        let activations = try #require(values[point.value]).doubles
        let size = activations.count / kernels
        for kernel in 0..<kernels {
          let own = activations[kernel * size..<(kernel + 1) * size]
          share[kernel] += Double(own.count { $0 != 0 }) / Double(size) / 3
          level[kernel] += abs(own.reduce(0, +)) / Double(size) / 3
        }
      }
      for kernel in 0..<kernels {
        try expect(zeros, point.layer, kernel, is: share[kernel])
        try expect(means, point.layer, kernel, is: level[kernel])
      }
    }
    #expect(zeros.layers.values.contains { $0.mean.contains { $0 < 1 } })
  }

  @Test(arguments: Criterion.allCases.filter { $0.needsData && $0 != .outputEnergy })
  func scoresDoNotDependOnTheBatchSize(criterion: Criterion) throws {
    let (one, all) = (
      try table(criterion, limit: 7, batchSize: 1), try table(criterion, limit: 7, batchSize: 7)
    )
    #expect(!one.layers.isEmpty && one.examples == 7)
    for (layer, statistics) in one.layers {
      let other = try #require(all.layers[layer])
      #expect(relativeDifference(other.mean, statistics.mean) < 1e-3, "\(layer)")
      #expect(other.count == 7)
    }
  }

  /// Labels take no part: without them the same numbers come out.
  @Test(arguments: [Criterion.outputEnergy, .apoz, .meanActivation])
  func someCriteriaNeedNoLabels(criterion: Criterion) throws {
    let folder = try TemporaryFolder()
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [3] + dataset.exampleShape, floats: batch.inputs)
    try archive.write(to: folder.path("x.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("x.npz")]
    let workbench = try Workbench(opening: try TaylorFixture.path("model.onnx"))
    let bare = try workbench.open(configuration)
    let run = try ScoringRun(network, dataset: bare, criterion: criterion, batchSize: 2)
    while try run.step() {}
    #expect(run.table.examples == 3)
    if criterion != .outputEnergy {
      let labelled = try table(criterion)
      for (layer, statistics) in labelled.layers {
        #expect(relativeDifference(run.table.layers[layer]?.mean ?? [], statistics.mean) < 1e-5)
      }
    }
  }
}
