import Compute
import Graph
import Pruning

/// A reader whose channels go one after another, and which is refitted to those that stay.
struct ReaderSurgery {
  private let reader: ChannelReader
  private let means: [Double]
  private let covariances: [Double]
  /// By position: the weights that read it, `[rows, channels]`.
  private let rows: [Float]
  private let weightShape: [Int]
  /// What is left, and what each of that costs.
  var elimination: ChannelElimination

  /// Everything is there yet.
  ///
  /// - Returns: `nil` where nothing is known of what is read, or nothing of it varies.
  init?(_ reader: ChannelReader, _ moments: MomentsOfReaders, _ bound: BoundNetwork) throws {
    guard let seen = moments.moments(of: reader) else { return nil }
    let (rows, products) = try Self.products(reader, seen, variances: moments.variances(of: reader), bound)
    covariances = reader.apart(seen.covariances)
    guard
      let elimination = ChannelElimination(
        covariances: covariances, readers: products, channels: reader.channels)
    else { return nil }
    self.reader = reader
    self.rows = rows
    self.elimination = elimination
    means = seen.means
    weightShape = reader.map.flatMap { bound.constant(of: $0.weights)?.shape } ?? []
  }

  /// The layer with the weights and the bias that make up for what is gone; `nil` for a product of two values.
  func refit() throws -> LayerRefit? {
    guard let map = reader.map else { return nil }
    return try reader.refit(
      map, rows: rows, means: means, left: elimination.left,
      replacements: elimination.replacements(covariances), shape: weightShape)
  }

  /// The reader's weights as rows, and K.
  private static func products(
    _ reader: ChannelReader, _ moments: ReaderMoments, variances: [Double], _ bound: BoundNetwork
  ) throws -> (rows: [Float], products: [Double]) {
    let count = reader.channels
    guard let map = reader.map, let weights = bound.constant(of: map.weights)?.floats else {
      // Nobody knows what a product of two values makes of a channel: what counts is what the others do not say of it.
      let total = (0..<count).reduce(0.0) { $0 + moments.covariances[$1 * (count + 1)] }
      var unit = [Double](repeating: 0, count: count * count)
      for position in 0..<count { unit[position * (count + 1)] = 1 / max(total, .leastNormalMagnitude) }
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
      for position in kernel * perKernel..<(kernel + 1) * perKernel { scaled[position] *= factor }
    }
    let gram = try ChannelGram(channels: count)
    try gram.add(scaled)
    let products = gram.squares
    return (rows, products)
  }
}

/// What the surgery of every group begins with, made once for all groups that a reader reads: where many layers are joined,
/// one reader reads many groups.
final class ReaderSurgeries {
  let readers: [ChannelReader]
  private let moments: MomentsOfReaders
  private let bound: BoundNetwork
  /// By reader: how it is before anything goes; `nil` in it where nothing can be said.
  private var made: [Int: ReaderSurgery?] = [:]

  init(_ readers: [ChannelReader], _ moments: MomentsOfReaders, _ bound: BoundNetwork) {
    self.readers = readers
    self.moments = moments
    self.bound = bound
  }

  /// A reader before anything goes.
  func untouched(_ number: Int) throws -> ReaderSurgery? {
    if let known = made[number] { return known }
    let found = try ReaderSurgery(readers[number], moments, bound)
    made[number] = .some(found)
    return found
  }

  /// Lets go of readers that read none of some groups.
  func keep(readersOf groups: some Sequence<Int>, in channels: ChannelGroups) {
    let units = Set(groups.lazy.flatMap { channels.groups[$0].units })
    for number in made.keys where !readers[number].units.contains(where: units.contains) {
      made.removeValue(forKey: number)
    }
  }
}
