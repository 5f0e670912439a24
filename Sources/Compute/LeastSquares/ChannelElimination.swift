/// Channels that are eliminated one after another while what reads them is refitted: what each costs then, and how those
/// that stay stand in for those that went.
///
/// With G the channels' covariance, A = G⁻¹ and K_ij = Σ w_i·w_j of the weights that read channel i and j, leaving out j
/// and refitting the rest costs K_jj/A_jj; afterwards K and A are those of the channels that are left. (Optimal brain
/// surgery, Hassibi and Stork 1993; a channel at a time as in Frantar and Alistarh 2022.)
package struct ChannelElimination: Sendable {
  /// Channels in all.
  package let channels: Int
  /// Channels that are left, ascending.
  package private(set) var left: [Int]
  /// By channel: its index in `left`, or −1.
  private var index: [Int]
  /// A and K of the channels that `packed` lists, `[width, width]` each; rows of those eliminated since are dead.
  private var inverse: [Double]
  private var readers: [Double]
  private var width: Int
  /// By channel: its row in the matrices.
  private var row: [Int]

  /// Everything is there yet.
  ///
  /// - Parameters:
  ///   - covariances: G, `[channels, channels]`; a thousandth of its mean diagonal is added to the diagonal.
  ///   - readers: K, likewise.
  /// - Returns: `nil` where no channel varies.
  package init?(covariances: [Double], readers: [Double], channels: Int) {
    precondition(covariances.count == channels * channels && readers.count == covariances.count)
    self.channels = channels
    let mean = (0..<channels).reduce(0.0) { $0 + covariances[$1 * channels + $1] } / Double(max(1, channels))
    guard mean > 0, mean.isFinite else { return nil }
    var system = SymmetricSystem(order: channels) { row, column in
      covariances[row * channels + column] + (row == column ? 1e-3 * mean : 0)
    }
    guard system.factor() else { return nil }
    inverse = system.solve(columns: channels) { row, column in row == column ? 1 : 0 }
    self.readers = readers
    width = channels
    left = Array(0..<channels)
    row = left
    index = left
  }

  /// What eliminating a channel that is left costs.
  package func cost(of channel: Int) -> Double {
    let at = row[channel] * (width + 1)
    return readers[at] / max(inverse[at], .leastNormalMagnitude)
  }

  /// Eliminates a channel that is left.
  package mutating func eliminate(_ channel: Int) {
    let width = width
    let gone = row[channel]
    let own = inverse[gone * width + gone]
    let ownReaders = readers[gone * width + gone]
    inverse.withUnsafeMutableBufferPointer { inverse in
      readers.withUnsafeMutableBufferPointer { readers in
        nonisolated(unsafe) let (a, k) = (inverse.baseAddress!, readers.baseAddress!)
        // The eliminated rows as they were, in units of the pivot.
        let share = (0..<width).map { a[gone * width + $0] / own }
        let read = (0..<width).map { k[gone * width + $0] }
        share.withUnsafeBufferPointer { share in
          read.withUnsafeBufferPointer { read in
            nonisolated(unsafe) let (s, r) = (share.baseAddress!, read.baseAddress!)
            parallelRanges(width, grain: max(16, 65_536 / max(1, width))) { range in
              for row in range where s[row] != 0 || r[row] != 0 {
                let (factor, pull) = (s[row], r[row] - s[row] * ownReaders)
                Self.update(
                  a + row * width, k + row * width, s, r, factor: factor, own: own, pull: pull, count: width)
              }
            }
          }
        }
        for other in 0..<width {
          (a[gone * width + other], a[other * width + gone]) = (0, 0)
          (k[gone * width + other], k[other * width + gone]) = (0, 0)
        }
      }
    }
    left.remove(at: index[channel])
    for later in index[channel]..<left.count { index[left[later]] = later }
    index[channel] = -1
    if left.count > 64, left.count * 4 < width * 3 { pack() }
  }

  /// a −= factor·own·s and k −= factor·r + pull·s, element by element.
  @inline(__always)
  private static func update(
    _ a: UnsafeMutablePointer<Double>, _ k: UnsafeMutablePointer<Double>, _ s: UnsafePointer<Double>,
    _ r: UnsafePointer<Double>, factor: Double, own: Double, pull: Double, count: Int
  ) {
    let step = factor * own
    for column in 0..<count {
      a[column] -= step * s[column]
      k[column] -= factor * r[column] + pull * s[column]
    }
  }

  /// Leaves only the rows of channels that are left, so that later steps have less to do.
  private mutating func pack() {
    let (old, rows) = (width, left.map { row[$0] })
    func packed(_ matrix: [Double]) -> [Double] {
      var result: [Double] = []
      result.reserveCapacity(rows.count * rows.count)
      for from in rows { for column in rows { result.append(matrix[from * old + column]) } }
      return result
    }
    inverse = packed(inverse)
    readers = packed(readers)
    width = rows.count
    for (at, channel) in left.enumerated() { row[channel] = at }
  }

  /// How the channels that are left stand in for those that went: M with x̂ = M·x of what is left, about the means;
  /// `[gone, left]` in C order, both ascending.
  ///
  /// - Parameter covariances: G as it was at the beginning.
  package func replacements(_ covariances: [Double]) -> [Float] {
    let gone = (0..<channels).filter { index[$0] < 0 }
    let rows = left.map { row[$0] }
    var result = [Float](repeating: 0, count: gone.count * left.count)
    guard !gone.isEmpty else { return result }
    let (width, left, channels) = (width, left, channels)
    inverse.withUnsafeBufferPointer { inverse in
      covariances.withUnsafeBufferPointer { g in
        result.withUnsafeMutableBufferPointer { result in
          nonisolated(unsafe) let (a, g, target) = (inverse.baseAddress!, g.baseAddress!, result.baseAddress!)
          parallelRanges(gone.count, grain: 4) { range in
            var sums = [Double](repeating: 0, count: width)
            for index in range {
              for column in 0..<width { sums[column] = 0 }
              for (stays, from) in zip(left, rows) {
                let factor = g[gone[index] * channels + stays]
                let source = a + from * width
                for column in 0..<width { sums[column] += factor * source[column] }
              }
              for (column, from) in rows.enumerated() {
                target[index * left.count + column] = Float(sums[from])
              }
            }
          }
        }
      }
    }
    return result
  }

  /// How some channels stand in for the others, without going one by one: `[gone, left]` in C order, both ascending.
  ///
  /// - Returns: `nil` where none of those that stay varies.
  package static func replacements(
    _ covariances: [Double], channels: Int, left: [Int]
  ) -> [Float]? {
    let stays = Set(left)
    let gone = (0..<channels).filter { !stays.contains($0) }
    let mean = left.reduce(0.0) { $0 + covariances[$1 * (channels + 1)] } / Double(max(1, left.count))
    guard mean > 0, mean.isFinite else { return nil }
    var system = SymmetricSystem(order: left.count) { row, column in
      covariances[left[row] * channels + left[column]] + (row == column ? 1e-3 * mean : 0)
    }
    guard system.factor() else { return nil }
    return system.solve(columns: gone.count) { row, column in
      covariances[gone[column] * channels + left[row]]
    }.map(Float.init)
  }
}
