import Compute
import TestSupport
import Testing

/// Channels go one after another; what is left is refitted each time.
@Suite struct ChannelEliminationTests {
  private let channels: Int
  private let rows: Int
  private let outputs = 3

  init() { self.init(channels: 7, rows: 400) }

  private init(channels: Int, rows: Int) { (self.channels, self.rows) = (channels, rows) }

  /// Correlated channels `[rows, channels]` and weights `[outputs, channels]`.
  private func problem() -> (x: [Float], weights: [Float]) {
    var random = RandomNumbers(seed: 4)
    let (base, mix) = (random.numbers(rows * channels), random.numbers(channels * channels))
    var x = [Float](repeating: 0, count: rows * channels)
    for row in 0..<rows {
      for channel in 0..<channels {
        x[row * channels + channel] =
          Float(channel % 7)
          + (0..<channels).reduce(0) { $0 + base[row * channels + $1] * mix[$1 * channels + channel] }
      }
    }
    return (x, random.numbers(outputs * channels))
  }

  /// ‖Y − fit of Y to the channels that stay‖² a row, by least squares.
  private func error(_ problem: (x: [Float], weights: [Float]), keeping left: [Int]) throws -> Double {
    func results(_ row: Int) -> [Float] {
      (0..<outputs).map { output in
        (0..<channels).reduce(0) {
          $0 + problem.weights[output * channels + $1] * problem.x[row * channels + $1]
        }
      }
    }
    func kept(_ row: Int) -> [Float] { left.map { problem.x[row * channels + $0] } }
    let fit = try LeastSquares(features: left.count, targets: outputs, rows: rows)
    try fit.add((0..<rows).flatMap(kept), residuals: (0..<rows).flatMap(results))
    let found = try fit.solve(ridge: 1e-10)
    var sum = 0.0
    for row in 0..<rows {
      let (x, y) = (kept(row), results(row))
      for output in 0..<outputs {
        let fitted = x.indices.reduce(found.offsets[output]) {
          $0 + Double(found.coefficients[output * left.count + $1] * x[$1])
        }
        sum += (Double(y[output]) - fitted) * (Double(y[output]) - fitted)
      }
    }
    return sum / Double(rows)
  }

  private func elimination(
    _ problem: (x: [Float], weights: [Float])
  ) throws -> (ChannelElimination, covariances: [Double], means: [Double]) {
    let gram = try ChannelGram(channels: channels)
    try gram.add(problem.x)
    let moments = gram.moments
    let readers = try ChannelGram(channels: channels)
    try readers.add(problem.weights)
    let elimination = ChannelElimination(
      covariances: moments.covariances, readers: readers.squares, channels: channels)
    return (try #require(elimination), moments.covariances, moments.means)
  }

  @Test func aCostIsTheErrorThatIsLeftAfterTheRefit() throws {
    let problem = problem()
    var (elimination, _, _) = try elimination(problem)
    var before = 0.0
    for gone in [3, 0, 6, 2] {
      let cost = elimination.cost(of: gone)
      let left = elimination.left.filter { $0 != gone }
      let after = try error(problem, keeping: left)
      // A thousandth of the mean variance stands on the diagonal.
      #expect(abs(cost - (after - before)) < 0.02 * after + 1e-3, "\(gone): \(cost), \(after - before)")
      elimination.eliminate(gone)
      #expect(elimination.left == left)
      before = after
    }
  }

  @Test func whatStaysStandsInForWhatWent() throws {
    let problem = problem()
    var (elimination, covariances, means) = try elimination(problem)
    for gone in [5, 1] { elimination.eliminate(gone) }
    let left = elimination.left
    let replacements = elimination.replacements(covariances)
    // Ascending: channel 1, then 5.
    for (index, gone) in [1, 5].enumerated() {
      let fit = try LeastSquares(features: left.count, targets: 1, rows: rows)
      try fit.add(
        (0..<rows).flatMap { row in left.map { problem.x[row * channels + $0] } },
        residuals: (0..<rows).map { problem.x[$0 * channels + gone] })
      let found = try fit.solve(ridge: 1e-10)
      for column in left.indices {
        #expect(abs(replacements[index * left.count + column] - found.coefficients[column]) < 0.02)
      }
      let offset = left.indices.reduce(means[gone]) {
        $0 - Double(replacements[index * left.count + $1]) * means[left[$1]]
      }
      #expect(abs(offset - found.offsets[0]) < 0.1)
    }
  }

  /// The costs on the way add up to what is lost in the end, also where the matrices were packed in between.
  @Test func costsAddUp() throws {
    let wide = Self(channels: 150, rows: 1200)
    let problem = wide.problem()
    var (elimination, _, _) = try wide.elimination(problem)
    var sum = 0.0
    for gone in 0..<90 {
      sum += elimination.cost(of: gone)
      elimination.eliminate(gone)
    }
    #expect(elimination.left == Array(90..<150))
    let error = try wide.error(problem, keeping: elimination.left)
    #expect(abs(sum - error) < 0.03 * error, "\(sum), \(error)")
  }
}
