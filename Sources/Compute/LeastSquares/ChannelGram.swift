/// Second moments of some channels over rows that come a block at a time: what says how well channels stand in for each
/// other. Belongs to one thread.
package final class ChannelGram {
  /// Channels.
  package let channels: Int
  /// Rows added so far.
  package private(set) var rows = 0
  private let equations: NormalEquations

  /// Moments without rows.
  package init(channels: Int) throws {
    precondition(channels > 0, "there is a channel")
    self.channels = channels
    equations = try NormalEquations(features: channels, targets: 0, blockRows: 1024)
  }

  /// Adds rows, `[rows, channels]` in C order.
  package func add(_ x: [Float]) throws {
    let count = x.count / channels
    precondition(x.count == count * channels, "rows are whole")
    try equations.add(count, x, [])
    rows += count
  }

  /// Σ over the rows of the products of two channels, `[channels, channels]` in C order.
  package var squares: [Double] {
    (0..<channels * channels).map { equations.sum($0 / channels, $0 % channels) }
  }

  /// The means of the channels, and their covariances `[channels, channels]` in C order.
  package var moments: (means: [Double], covariances: [Double]) {
    let count = Double(max(1, rows))
    let means = (0..<channels).map { equations.sum(channels, $0) / count }
    var covariances = [Double](repeating: 0, count: channels * channels)
    for row in 0..<channels {
      for column in 0..<channels {
        covariances[row * channels + column] =
          equations.sum(row, column) / count - means[row] * means[column]
      }
    }
    return (means, covariances)
  }
}
