import Compute
import Graph
import Pruning

extension ChannelReader {
  /// The weights and the bias with which a layer makes up for channels that are gone.
  ///
  /// - Parameters:
  ///   - rows: the layer's weights as rows of channels.
  ///   - means: by channel.
  ///   - left: channels that stay, ascending.
  ///   - replacements: `[gone, left]`, how those that stay stand in for the others.
  func refit(
    _ map: LinearMap, rows: [Float], means: [Double], left: [Int], replacements: [Float], shape: [Int]
  ) throws -> LayerRefit {
    let stays = Set(left)
    let gone = (0..<channels).filter { !stays.contains($0) }
    let count = rows.count / max(1, channels)
    var lost = [Float](repeating: 0, count: count * gone.count)
    for row in 0..<count {
      for (position, channel) in gone.enumerated() {
        lost[row * gone.count + position] = rows[row * channels + channel]
      }
    }
    let given = try matrixProduct(lost, replacements, rows: count, inner: gone.count, columns: left.count)
    // What the means of those that went are beyond what stands in for them.
    let missing = gone.indices.map { position in
      left.indices.reduce(means[gone[position]]) {
        $0 - Double(replacements[position * left.count + $1]) * means[left[$1]]
      }
    }
    var fitted = [Float](repeating: 0, count: rows.count)
    var shift = [Double](repeating: 0, count: map.kernels)
    for row in 0..<count {
      for (position, channel) in left.enumerated() {
        fitted[row * channels + channel] = rows[row * channels + channel] + given[row * left.count + position]
      }
      for position in gone.indices {
        shift[row / rowsPerKernel] += Double(lost[row * gone.count + position]) * missing[position]
      }
    }
    return LayerRefit(map: map, matrix: weights(ofRows: fitted), shape: shape, shift: shift)
  }

  /// Covariances in which channels of different groups of a grouped layer say nothing of each other: no kernel reads
  /// both.
  func apart(_ covariances: [Double]) -> [Double] {
    guard let map, map.groups > 1 else { return covariances }
    let block = map.channelsInGroup / repeats
    var result = covariances
    for row in 0..<channels {
      for column in 0..<channels where row / block != column / block { result[row * channels + column] = 0 }
    }
    return result
  }
}
