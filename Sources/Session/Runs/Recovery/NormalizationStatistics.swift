import Graph

/// Gives batch normalizations behind a removal the statistics that their inputs have now.
final class NormalizationStatistics: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0
  private let pass: StatisticsPass

  var progress: (done: Int, total: Int) { (pass.done, pass.steps) }

  init(_ subject: RecoverySubject, _ network: Network) throws {
    self.network = network
    let nodes = network.nodes.filter { node in
      guard OperatorTable.standard.traits(of: node).hasRunningStatistics, subject.changed.contains(node.id),
        node.inputs.count > 4
      else { return false }
      return node.inputs[3...4].allSatisfy { $0.flatMap { network.constants[$0]?.shape.count } == 1 }
    }
    pass = StatisticsPass(network, at: Set(nodes.map(\.id)), subject.calibration)
  }

  func step() throws -> Bool {
    if try pass.step() { return true }
    for (node, moments) in pass.moments {
      let count = moments.mean.count
      guard (moments.mean + moments.variance).allSatisfy(\.isFinite) else { continue }
      network.setConstant(Tensor(.float32, moments.mean, shape: [count]), readBy: node, input: 3)
      network.setConstant(Tensor(.float32, moments.variance, shape: [count]), readBy: node, input: 4)
      layers += 1
    }
    return false
  }
}
