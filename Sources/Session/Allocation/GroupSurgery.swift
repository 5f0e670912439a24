import Compute
import Graph
import Pruning

/// Takes the atoms of one group out in the order in which it costs least where what reads them is refitted, and refits it.
struct GroupSurgery {
  /// A reader with what stays of what it reads.
  fileprivate struct Reading {
    let reader: ChannelReader
    let moments: ReaderMoments
    /// By place: the weights that read it, `[rows, channels]`.
    let rows: [Float]
    var elimination: ChannelElimination
    /// By atom of the group: its places.
    let places: [Int: [Int]]
  }

  /// Atoms that are gone, in order.
  private(set) var order: [Int] = []
  /// Atoms that may still go.
  private(set) var left: [Int]
  private var readings: [Reading] = []
  private let bound: BoundNetwork

  init(
    _ group: Int, of opened: OpenNetwork, readers: [ChannelReader], _ moments: MomentsOfReaders
  ) throws(SessionError) {
    bound = opened.bound
    let atoms = opened.groups.groups[group].atoms
    let own = Set(atoms)
    left = atoms
    for reader in readers {
      var places: [Int: [Int]] = [:]
      for (place, atom) in reader.atoms.enumerated() where own.contains(atom) {
        places[atom, default: []].append(place)
      }
      guard !places.isEmpty, let seen = moments.moments(of: reader) else { continue }
      let (rows, products) = try Self.products(reader, seen, variances: moments.variances(of: reader), bound)
      let covariances = reader.apart(seen.covariances)
      guard
        let elimination = ChannelElimination(
          covariances: covariances, readers: products, channels: reader.channels)
      else { continue }
      readings.append(
        Reading(
          reader: reader, moments: ReaderMoments(means: seen.means, covariances: covariances), rows: rows,
          elimination: elimination, places: places))
    }
  }

  /// Takes atoms out until so many are gone.
  mutating func remove(until count: Int) {
    while order.count < count, !left.isEmpty {
      var best: (cost: Double, place: Int)?
      for (place, atom) in left.enumerated() {
        var cost = 0.0
        for reading in readings {
          for channel in reading.places[atom] ?? [] { cost += reading.elimination.cost(of: channel) }
        }
        if best.map({ cost < $0.cost }) ?? true { best = (cost, place) }
      }
      guard let best else { return }
      let atom = left.remove(at: best.place)
      order.append(atom)
      for number in readings.indices {
        for channel in readings[number].places[atom] ?? [] { readings[number].elimination.eliminate(channel) }
      }
    }
  }

  /// The layers that read the group, with the weights and biases that make up for what is gone.
  func refits() throws(SessionError) -> [LayerRefit] {
    try SessionError.compute { () throws(ComputeError) in
      var result: [LayerRefit] = []
      for reading in readings {
        guard let map = reading.reader.map else { continue }
        let elimination = reading.elimination
        result.append(
          try reading.reader.refit(
            map, rows: reading.rows, means: reading.moments.means, left: elimination.left,
            replacements: elimination.replacements(reading.moments.covariances),
            shape: bound.constant(of: map.weights)?.shape ?? []))
      }
      return result
    }
  }

  /// The reader's weights as rows, and K.
  private static func products(
    _ reader: ChannelReader, _ moments: ReaderMoments, variances: [Double], _ bound: BoundNetwork
  ) throws(SessionError) -> (rows: [Float], products: [Double]) {
    let count = reader.channels
    guard let map = reader.map, let weights = bound.constant(of: map.weights)?.floats else {
      // Nobody knows what a product of two values makes of a channel: what counts is what the others do not say of it.
      let total = (0..<count).reduce(0.0) { $0 + moments.covariances[$1 * (count + 1)] }
      var unit = [Double](repeating: 0, count: count * count)
      for place in 0..<count { unit[place * (count + 1)] = 1 / max(total, .leastNormalMagnitude) }
      return ([], unit)
    }
    let rows = reader.rows(of: map.matrix(of: weights), kernels: 0..<map.kernels)
    let least = 1e-6 * (variances.max() ?? 0)
    var scaled = rows
    let perKernel = reader.rowsPerKernel * count
    for kernel in 0..<map.kernels {
      let variance = max(
        variances.indices.contains(kernel) ? variances[kernel] : 1, least, .leastNormalMagnitude)
      let factor = Float((1 / (variance * Double(map.kernels))).squareRoot())
      for place in kernel * perKernel..<(kernel + 1) * perKernel { scaled[place] *= factor }
    }
    let products = try SessionError.compute { () throws(ComputeError) in
      let gram = try ChannelGram(channels: count)
      try gram.add(scaled)
      return gram.squares
    }
    return (rows, products)
  }
}
