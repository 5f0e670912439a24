/// Messages of one length, at most one from and to each rank: a rank goes on when it has sent its own and received the other's.
package struct MessagePhase: Sendable, Hashable {
  /// By rank: whom it sends to; −1 where it sends nothing.
  package let targets: [Int]
  /// Bytes of each message.
  package let bytes: Double
  /// Whether what comes is added to what is there, or takes its place.
  package let adds: Bool

  /// A phase.
  init(_ targets: [Int], bytes: Double, adds: Bool) {
    self.targets = targets
    self.bytes = bytes
    self.adds = adds
  }
}

/// How numbers of all ranks are added so that every rank has the sums.
package enum AllReduce: String, Sendable, Hashable, CaseIterable, Codable {
  /// Each rank sends every other its piece, one after another, and adds what it gets in the order of the ranks; the sums go
  /// round. The order of additions depends on nothing: so this program adds.
  case pairwise
  /// Pieces go round and are added on the way, then go round once more (Patarasuk & Yuan 2009).
  case ring
  /// Everything goes to rank 0 along a binomial tree, and the sums come back the same way.
  case tree
  /// Halves are exchanged with ever farther ranks and gathered the same way back (Rabenseifner 2004).
  case halving
  /// The ranks of a host add first, each a piece; pieces go round among the hosts, then the host puts them together.
  case hierarchical

  /// What it is called in a sentence.
  package var title: String {
    switch self {
    case .pairwise: "pairwise exchange"
    case .ring: "a ring"
    case .tree: "a tree"
    case .halving: "recursive halving"
    case .hierarchical: "hierarchical reduce"
    }
  }

  /// The messages, phase by phase; none where there is one rank.
  package func phases(_ bytes: Double, on cluster: Cluster) -> [MessagePhase] {
    let count = cluster.ranks
    guard count > 1 else { return [] }
    switch self {
    case .pairwise: return Self.pairwise(bytes, count)
    case .ring: return Self.ring(bytes, rings: 1, stride: 1, count)
    case .tree: return Self.tree(bytes, count)
    case .halving: return Self.halving(bytes, count)
    case .hierarchical: return Self.hierarchical(bytes, block: cluster.block, count)
    }
  }

  private static func pairwise(_ bytes: Double, _ count: Int) -> [MessagePhase] {
    let exchange = (1..<count).map { distance in
      MessagePhase((0..<count).map { ($0 + distance) % count }, bytes: bytes / Double(count), adds: true)
    }
    return exchange + ring(bytes, rings: 1, stride: 1, count).suffix(count - 1)
  }

  /// `rings` rings side by side, whose members lie `stride` ranks apart.
  private static func ring(_ bytes: Double, rings: Int, stride: Int, _ count: Int) -> [MessagePhase] {
    let members = count / rings
    let targets: [Int]
    if stride == 1 {
      targets = (0..<count).map { $0 / members * members + ($0 + 1) % members }
    } else {
      targets = (0..<count).map { ($0 + stride) % count }
    }
    let piece = bytes / Double(members)
    let adding = [MessagePhase](
      repeating: MessagePhase(targets, bytes: piece, adds: true), count: members - 1)
    let gathering = [MessagePhase](
      repeating: MessagePhase(targets, bytes: piece, adds: false), count: members - 1)
    return adding + gathering
  }

  private static func tree(_ bytes: Double, _ count: Int) -> [MessagePhase] {
    var phases: [MessagePhase] = []
    var distances: [Int] = []
    var distance = 1
    while distance < count {
      distances.append(distance)
      distance *= 2
    }
    for distance in distances {
      let targets = (0..<count).map { $0 % (2 * distance) == distance ? $0 - distance : -1 }
      phases.append(MessagePhase(targets, bytes: bytes, adds: true))
    }
    for distance in distances.reversed() {
      let targets = (0..<count).map { rank in
        rank % (2 * distance) == 0 && rank + distance < count ? rank + distance : -1
      }
      phases.append(MessagePhase(targets, bytes: bytes, adds: false))
    }
    return phases
  }

  /// Ranks beyond the largest power of two give their numbers to one within it, and get the sums from there.
  private static func halving(_ bytes: Double, _ count: Int) -> [MessagePhase] {
    var power = 1
    while 2 * power <= count { power *= 2 }
    var phases: [MessagePhase] = []
    if power < count {
      let targets = (0..<count).map { $0 >= power ? $0 - power : -1 }
      phases.append(MessagePhase(targets, bytes: bytes, adds: true))
    }
    // The nearest first: what is exchanged within a host is the larger part.
    var back: [MessagePhase] = []
    var (distance, piece) = (1, bytes / 2)
    while distance < power {
      let targets = (0..<count).map { $0 < power ? $0 ^ distance : -1 }
      phases.append(MessagePhase(targets, bytes: piece, adds: true))
      back.append(MessagePhase(targets, bytes: piece, adds: false))
      (distance, piece) = (2 * distance, piece / 2)
    }
    phases += back.reversed()
    if power < count {
      let targets = (0..<count).map { $0 + power < count && $0 < power ? $0 + power : -1 }
      phases.append(MessagePhase(targets, bytes: bytes, adds: false))
    }
    return phases
  }

  private static func hierarchical(_ bytes: Double, block: Int, _ count: Int) -> [MessagePhase] {
    let blocks = count / block
    let within = block > 1 ? ring(bytes, rings: blocks, stride: 1, count) : []
    guard blocks > 1 else { return within }
    let among = ring(bytes / Double(block), rings: block, stride: block, count)
    return within.prefix(block - 1) + among + within.dropFirst(block - 1)
  }
}

// MARK: On paper

extension AllReduce {
  /// Seconds on paper, where every rank is a host of its own, none is late and nothing waits for a network card.
  ///
  /// With α the latency, β the seconds a byte, γ those of adding one, n ranks and B bytes: pairwise and ring 2(n−1)·α +
  /// 2(n−1)/n·B·β + (n−1)/n·B·γ; tree 2⌈log₂ n⌉·(α + B·β) + ⌈log₂ n⌉·B·γ; halving 2·log₂ n·α and the rest as the ring, for
  /// powers of two (Thakur, Rabenseifner & Gropp 2005). A hierarchical reduce of such hosts is a ring.
  package func paperSeconds(_ bytes: Double, on cluster: Cluster) -> Double {
    let n = Double(cluster.ranks)
    guard cluster.ranks > 1 else { return 0 }
    let alpha = cluster.network.latency
    let moved = 2 * (n - 1) / n * cluster.network.seconds(sending: bytes)
    let added = (n - 1) / n * cluster.seconds(adding: bytes)
    let depth = Double(Self.depth(cluster.ranks))
    switch self {
    case .pairwise, .ring, .hierarchical: return 2 * (n - 1) * alpha + moved + added
    case .tree:
      return 2 * depth * (alpha + cluster.network.seconds(sending: bytes))
        + depth * cluster.seconds(adding: bytes)
    case .halving: return 2 * depth * alpha + moved + added
    }
  }

  /// ⌈log₂ count⌉
  private static func depth(_ count: Int) -> Int { Int.bitWidth - (count - 1).leadingZeroBitCount }
}
