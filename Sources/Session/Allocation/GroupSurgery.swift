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
      let covariances = Self.apart(seen.covariances, reader)
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
        result.append(try reading.refit(map, shape: bound.constant(of: map.weights)?.shape ?? []))
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
      let variance = max(variances.indices.contains(kernel) ? variances[kernel] : 1, least, .leastNormalMagnitude)
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

  /// Channels of different groups of a grouped layer say nothing of each other: no kernel reads both.
  private static func apart(_ covariances: [Double], _ reader: ChannelReader) -> [Double] {
    guard let map = reader.map, map.groups > 1 else { return covariances }
    let (count, block) = (reader.channels, map.channelsInGroup / reader.repeats)
    var result = covariances
    for row in 0..<count {
      for column in 0..<count where row / block != column / block { result[row * count + column] = 0 }
    }
    return result
  }
}

extension GroupSurgery.Reading {
  fileprivate func refit(_ map: LinearMap, shape: [Int]) throws(ComputeError) -> LayerRefit {
    let count = reader.channels
    let left = elimination.left
    let stays = Set(left)
    let gone = (0..<count).filter { !stays.contains($0) }
    let replacements = elimination.replacements(moments.covariances)
    let rowCount = rows.count / max(1, count)
    var lost = [Float](repeating: 0, count: rowCount * gone.count)
    for row in 0..<rowCount {
      for (place, channel) in gone.enumerated() { lost[row * gone.count + place] = rows[row * count + channel] }
    }
    let given = try matrixProduct(
      lost, replacements, rows: rowCount, inner: gone.count, columns: left.count)
    // What the means of those that went were beyond what stands in for them.
    let missing = gone.indices.map { place in
      let said = left.enumerated().reduce(0.0) {
        $0 + Double(replacements[place * left.count + $1.offset]) * moments.means[$1.element]
      }
      return moments.means[gone[place]] - said
    }
    var fitted = [Float](repeating: 0, count: rows.count)
    var shift = [Double](repeating: 0, count: map.kernels)
    for row in 0..<rowCount {
      for (place, channel) in left.enumerated() {
        fitted[row * count + channel] = rows[row * count + channel] + given[row * left.count + place]
      }
      var sum = 0.0
      for place in gone.indices { sum += Double(lost[row * gone.count + place]) * missing[place] }
      shift[row / reader.rowsPerKernel] += sum
    }
    return LayerRefit(map: map, matrix: reader.weights(ofRows: fitted), shape: shape, shift: shift)
  }
}
