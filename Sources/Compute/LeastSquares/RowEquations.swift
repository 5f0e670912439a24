/// The same fit with as many unknowns as rows: Δ = RᵀK⁻¹X with K = XXᵀ + λmI and the columns of X and R centred, which the
/// offset undoes. For fully connected layers, which have thousands of features and one row an example.
final class RowEquations: FitEquations {
  private let features: Int
  private let targets: Int
  private var x: [Float] = []
  private var residuals: [Float] = []
  private var rows = 0

  init(features: Int, targets: Int) {
    self.features = features
    self.targets = targets
  }

  func add(_ rows: Int, _ x: [Float], _ residuals: [Float]) {
    self.x += x
    self.residuals += residuals
    self.rows += rows
  }

  func solve(ridge: Double) throws(ComputeError) -> LeastSquares.Solution? {
    let (xMeans, rMeans) = (means(x, features), means(residuals, targets))
    let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard rows > 0, squares > 0, squares.isFinite else { return nil }
    let engine = try Engine()
    let width = MemoryLayout<Float>.stride
    let centred = try Memory(byteCount: rows * features * width)
    let products = try Memory(byteCount: rows * rows * width)
    fill(centred, x, xMeans)
    let left = MatrixProduct.Operand(centred.address, rows: rows, columns: features)
    try MatrixProduct(
      engine, left, left.transposed,
      into: MatrixProduct.Operand(products.address, rows: rows, columns: rows)
    ).run()
    let gram = products.address.assumingMemoryBound(to: Float.self)
    let held = ridge * squares / Double(features)
    var system = SymmetricSystem(order: rows) { row, column in
      Double(gram[row * rows + column]) + (row == column ? held : 0)
    }
    guard system.factor() else { return nil }
    let solved = system.solve(columns: targets) { row, target in
      Double(residuals[row * targets + target]) - rMeans[target]
    }
    let weights = try Memory(byteCount: targets * rows * width)
    let result = try Memory(byteCount: targets * features * width)
    let shares = weights.address.assumingMemoryBound(to: Float.self)
    for (place, value) in solved.enumerated() { shares[place] = Float(value) }
    try MatrixProduct(
      engine, MatrixProduct.Operand(weights.address, rows: targets, columns: rows), left,
      into: MatrixProduct.Operand(result.address, rows: targets, columns: features)
    ).run()
    let found = UnsafeBufferPointer(
      start: result.address.assumingMemoryBound(to: Float.self), count: targets * features)
    let offsets = (0..<targets).map { target in
      rMeans[target]
        - (0..<features).reduce(0.0) { $0 + Double(found[target * features + $1]) * xMeans[$1] }
    }
    return LeastSquares.Solution(coefficients: Array(found), offsets: offsets)
  }

  private func means(_ values: [Float], _ columns: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for column in 0..<columns { sums[column] += Double(values[row * columns + column]) }
    }
    return sums.map { $0 / Double(max(1, rows)) }
  }

  private func fill(_ memory: Memory, _ values: [Float], _ means: [Double]) {
    let target = memory.address.assumingMemoryBound(to: Float.self)
    for place in values.indices { target[place] = Float(Double(values[place]) - means[place % features]) }
  }
}
