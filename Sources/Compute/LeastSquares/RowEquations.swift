/// The same fit with as many unknowns as rows: Δ = RᵀK⁻¹X with K = XXᵀ + λmI and the columns of X and R centred, which the
/// offset undoes. For fully connected layers, which have thousands of features and one row an example.
///
/// So few rows say little of how strongly to hold on to what is there: of five strengths around the one that is asked for
/// the one counts that foretells the last quarter of the rows best.
final class RowEquations: FitEquations {
  private let features: Int
  private let targets: Int
  private var x: [Float] = []
  private var residuals: [Float] = []
  /// What was computed without the fit, where a rectifier follows.
  private var results: [Float]?
  private var rows = 0

  /// How often targets behind a rectifier are taken anew.
  private static let rounds = 8

  /// - Parameter isRectified: whether results below zero are all the same to what follows.
  init(features: Int, targets: Int, isRectified: Bool) {
    self.features = features
    self.targets = targets
    results = isRectified ? [] : nil
  }

  func add(_ rows: Int, _ x: [Float], _ residuals: [Float], results: [Float]) {
    self.x += x
    self.residuals += residuals
    self.results?.append(contentsOf: results)
    self.rows += rows
  }

  func solve(ridge: Double) throws -> LeastSquares.Solution? {
    let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard rows > 0, squares > 0, squares.isFinite else { return nil }
    let engine = try Engine()
    let width = MemoryLayout<Float>.stride
    let xMeans = means(x, features)
    let centred = try Memory(byteCount: rows * features * width)
    let products = try Memory(byteCount: rows * rows * width)
    fill(centred, x, xMeans)
    let left = MatrixProduct.Operand(centred.address, rows: rows, columns: features)
    try MatrixProduct(
      engine, left, left.transposed,
      into: MatrixProduct.Operand(products.address, rows: rows, columns: rows)
    ).run()
    let gram = Array(
      UnsafeBufferPointer(start: products.address.assumingMemoryBound(to: Float.self), count: rows * rows))
    let unit = squares / Double(features)
    let share = chosen(around: ridge, gram, unit)
    guard let found = fit(gram, held: share * unit, rows: rows) else { return nil }
    let weights = try Memory(byteCount: targets * rows * width)
    let result = try Memory(byteCount: targets * features * width)
    let shares = weights.address.assumingMemoryBound(to: Float.self)
    for (index, value) in found.shares.enumerated() { shares[index] = Float(value) }
    try MatrixProduct(
      engine, MatrixProduct.Operand(weights.address, rows: targets, columns: rows), left,
      into: MatrixProduct.Operand(result.address, rows: targets, columns: features)
    ).run()
    let coefficients = Array(
      UnsafeBufferPointer(
        start: result.address.assumingMemoryBound(to: Float.self), count: targets * features))
    let offsets = (0..<targets).map { target in
      found.means[target]
        - (0..<features).reduce(0.0) { $0 + Double(coefficients[target * features + $1]) * xMeans[$1] }
    }
    return LeastSquares.Solution(coefficients: coefficients, offsets: offsets)
  }

  /// What the first rows say: a share of each of them a target, `[targets, rows]`, and the targets' means.
  private func fit(_ gram: [Float], held: Double, rows count: Int) -> (shares: [Double], means: [Double])? {
    let (rows, targets) = (rows, targets)
    var system = SymmetricSystem(order: count) { row, column in
      Double(gram[row * rows + column]) + (row == column ? held : 0)
    }
    guard system.factor() else { return nil }
    var wanted = residuals
    var means = means(wanted, targets, rows: count)
    var shares = system.solve(columns: targets) { row, target in
      Double(wanted[row * targets + target]) - means[target]
    }
    guard let results else { return (shares, means) }
    for _ in 0..<Self.rounds {
      let now = foretold(gram, shares, means, from: 0..<count, by: count)
      for index in 0..<count * targets where results[index] + residuals[index] <= 0 {
        // Any result that is not above zero will do.
        wanted[index] = min(results[index] + Float(now[index]), 0) - results[index]
      }
      means = self.means(wanted, targets, rows: count)
      let known = (wanted, means)
      shares = system.solve(columns: targets) { row, target in
        Double(known.0[row * targets + target]) - known.1[target]
      }
    }
    return (shares, means)
  }

  /// The residuals that shares of the first rows foretell for some rows, `[rows, targets]`.
  private func foretold(
    _ gram: [Float], _ shares: [Double], _ means: [Double], from range: Range<Int>, by count: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: range.count * targets)
    for (index, row) in range.enumerated() {
      for target in 0..<targets {
        var sum = means[target]
        for other in 0..<count { sum += shares[target * count + other] * Double(gram[row * rows + other]) }
        result[index * targets + target] = sum
      }
    }
    return result
  }

  /// Of some strengths the one with which the first three quarters of the rows foretell the others best.
  private func chosen(around ridge: Double, _ gram: [Float], _ unit: Double) -> Double {
    let first = rows - rows / 4
    guard rows >= 32, ridge > 0 else { return ridge }
    var best = (error: Double.infinity, ridge: ridge)
    for factor in [1, 0.1, 10, 0.01, 100] {
      guard let found = fit(gram, held: factor * ridge * unit, rows: first) else { continue }
      let guesses = foretold(gram, found.shares, found.means, from: first..<rows, by: first)
      var error = 0.0
      for (index, guess) in guesses.enumerated() {
        let at = first * targets + index
        var (wanted, got) = (Double(residuals[at]), guess)
        if let results {
          (wanted, got) = (max(0, wanted + Double(results[at])), max(0, got + Double(results[at])))
        }
        error += (wanted - got) * (wanted - got)
      }
      if error < best.error { best = (error, factor * ridge) }
    }
    return best.ridge
  }

  private func means(_ values: [Float], _ columns: Int, rows count: Int? = nil) -> [Double] {
    let count = count ?? rows
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<count {
      for column in 0..<columns { sums[column] += Double(values[row * columns + column]) }
    }
    return sums.map { $0 / Double(max(1, count)) }
  }

  private func fill(_ memory: Memory, _ values: [Float], _ means: [Double]) {
    let target = memory.address.assumingMemoryBound(to: Float.self)
    for row in 0..<rows {
      for column in 0..<features {
        target[row * features + column] = Float(Double(values[row * features + column]) - means[column])
      }
    }
  }
}
