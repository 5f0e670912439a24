import Compute
import Graph

/// Takes the statistics of the inputs of batch normalizations, each batch normalized by its own: true averages over the
/// calibration data, with what stands before a normalization already moved.
final class StatisticsPass {
  /// A batch normalization, by its node, and the constants that its statistics are.
  struct Site {
    let node: NodeID
    let mean: ValueID
    let variance: ValueID
  }

  private(set) var moments: [NodeID: ChannelMoments] = [:]
  private(set) var done = 0
  var steps: Int { sites.isEmpty ? 0 : calibration.batches.count }

  private let sites: [Site]
  private let calibration: CalibrationSet
  private let plans: PlanCache

  /// - Parameter nodes: batch normalizations whose statistics are constants, one a channel; others keep to theirs.
  init(_ network: Network, at nodes: Set<NodeID>, _ calibration: CalibrationSet) {
    var network = network
    var sites: [Site] = []
    for position in network.nodes.indices where nodes.contains(network.nodes[position].id) {
      // Nothing of the old statistics stays, so that what is written is the batch's own.
      network.nodes[position].attributes["momentum"] = .float(0)
      let node = network.nodes[position]
      let constants = node.inputs[3...4].compactMap { $0 }.map { value in
        network.addConstant("\(network.name(of: value))_batch", network.constants[value]!)
      }
      network.nodes[position].inputs.replaceSubrange(3...4, with: constants)
      sites.append(Site(node: node.id, mean: constants[0], variance: constants[1]))
      moments[node.id] = ChannelMoments(channels: network.constants[constants[0]]!.elementCount)
    }
    self.sites = sites
    self.calibration = calibration
    var options = calibration.options
    options.keepsStatistics = Set(network.nodes.map(\.id)).subtracting(nodes)
    plans = calibration.plans(
      of: network, purpose: .train(parameters: []), outputs: network.outputs, options: options)
  }

  /// Does one more batch; false when all is done.
  func step() throws -> Bool {
    guard done < steps else { return false }
    let plan = try calibration.forward(plans, batch: done)
    for site in sites {
      let (mean, variance) = (try plan.parameter(site.mean), try plan.parameter(site.variance))
      moments[site.node]?.add(mean: mean, variance: variance, share: calibration.share(of: done))
    }
    done += 1
    return done < steps
  }
}
