/// Messages among the ranks of a cluster, each with the moments at which it leaves and arrives.
///
/// A message between hosts waits until both network cards are free, keeps them for its length and arrives a latency later;
/// one within a host keeps only its sender. Within a phase whoever is ready first is first to use a card.
package struct MessageSimulation: Sendable {
  /// The ranks.
  package let cluster: Cluster
  /// By rank: bytes that it sent so far.
  package private(set) var sentBytes: [Double]
  /// By host: bytes that its network card sent so far.
  package private(set) var cardBytes: [Double]

  /// By host: when its card has sent, and received, the last message.
  private var sending: [Double]
  private var receiving: [Double]
  /// The ranks, the ones that were ready first in the last phase first.
  private var order: [Int]

  /// A cluster in which nothing was sent yet.
  package init(_ cluster: Cluster) {
    self.cluster = cluster
    sentBytes = [Double](repeating: 0, count: cluster.ranks)
    cardBytes = [Double](repeating: 0, count: cluster.hosts)
    sending = cardBytes
    receiving = cardBytes
    order = Array(0..<cluster.ranks)
  }

  /// Exchanges messages.
  ///
  /// - Parameter starts: by rank, in seconds: when it joins.
  /// - Returns: by rank: when it has sent, received and added everything.
  package mutating func run(_ phases: [MessagePhase], starts: [Double]) -> [Double] {
    var ready = starts
    for phase in phases { ready = run(phase, starts: ready) }
    return ready
  }

  private mutating func run(_ phase: MessagePhase, starts: [Double]) -> [Double] {
    // When a rank has sent its message, and when it has the other's.
    var (sent, arrived) = (starts, starts)
    let local = cluster.local.seconds(sending: phase.bytes)
    let remote = cluster.network.seconds(sending: phase.bytes)
    let adding = phase.adds ? cluster.seconds(adding: phase.bytes) : 0
    sortOrder(by: starts)
    for rank in order where phase.targets[rank] >= 0 {
      let target = phase.targets[rank]
      let (from, to) = (cluster.host(of: rank), cluster.host(of: target))
      sentBytes[rank] += phase.bytes
      if from == to {
        sent[rank] = starts[rank] + local
        arrived[target] = max(arrived[target], sent[rank] + cluster.local.latency) + adding
      } else {
        // The receiving card is asked when the first byte comes.
        let begin = max(starts[rank], sending[from], receiving[to] - cluster.network.latency)
        sent[rank] = begin + remote
        sending[from] = sent[rank]
        receiving[to] = sent[rank] + cluster.network.latency
        cardBytes[from] += phase.bytes
        arrived[target] = max(arrived[target], receiving[to]) + adding
      }
    }
    return starts.indices.map { max(sent[$0], arrived[$0]) }
  }

  /// By insertion: from phase to phase little changes.
  private mutating func sortOrder(by starts: [Double]) {
    for index in order.indices.dropFirst() {
      let rank = order[index]
      var place = index
      while place > 0, starts[order[place - 1]] > starts[rank] {
        order[place] = order[place - 1]
        place -= 1
      }
      order[place] = rank
    }
  }
}
