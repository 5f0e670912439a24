/// XᵀX and XᵀR, summed up: as many unknowns as features, however many rows come.
final class NormalEquations: FitEquations {
  private let features: Int
  private let targets: Int
  private let engine: Engine
  private let blockRows: Int
  private let block: Memory
  private let product: Memory
  /// By number of rows.
  private var products: [Int: MatrixProduct] = [:]
  /// [XᵀX, XᵀR] with the offset as a last feature, `[features + 1, features + 1 + targets]`.
  private var sums: [Double]

  private var width: Int { features + 1 + targets }

  /// - Parameter blockRows: rows that are multiplied at once.
  init(features: Int, targets: Int, blockRows: Int) throws {
    self.features = features
    self.targets = targets
    self.blockRows = blockRows
    engine = try Engine()
    let width = features + 1 + targets
    block = try Memory(byteCount: blockRows * width * MemoryLayout<Float>.stride)
    product = try Memory(byteCount: (features + 1) * width * MemoryLayout<Float>.stride)
    sums = [Double](repeating: 0, count: (features + 1) * width)
  }

  /// Σ of a row's elements at two features; the last feature is the offset's, 1 everywhere.
  func sum(_ row: Int, _ column: Int) -> Double { sums[row * width + column] }

  func add(_ rows: Int, _ x: [Float], _ residuals: [Float], results: [Float] = []) throws {
    for start in stride(from: 0, to: rows, by: blockRows) {
      let end = min(rows, start + blockRows)
      fill(start..<end, x, residuals)
      try multiply(rows: end - start)
    }
  }

  private func fill(_ range: Range<Int>, _ x: [Float], _ residuals: [Float]) {
    let rows = block.address.assumingMemoryBound(to: Float.self)
    x.withUnsafeBufferPointer { x in
      residuals.withUnsafeBufferPointer { residuals in
        for (index, row) in range.enumerated() {
          let target = rows + index * width
          target.update(from: x.baseAddress! + row * features, count: features)
          target[features] = 1
          if targets > 0 {
            (target + features + 1).update(from: residuals.baseAddress! + row * targets, count: targets)
          }
        }
      }
    }
  }

  /// Adds Xᵀ[X, R] of the rows that lie in the block.
  private func multiply(rows: Int) throws {
    if products[rows] == nil {
      let x = MatrixProduct.Operand(block.address, rows: rows, columns: features + 1, width: width)
      products[rows] = try MatrixProduct(
        engine, x.transposed, MatrixProduct.Operand(block.address, rows: rows, columns: width),
        into: MatrixProduct.Operand(product.address, rows: features + 1, columns: width))
    }
    try products[rows]?.run()
    let found = product.address.assumingMemoryBound(to: Float.self)
    sums.withUnsafeMutableBufferPointer { sums in
      for index in sums.indices { sums[index] += Double(found[index]) }
    }
  }

  func solve(ridge: Double) -> LeastSquares.Solution? {
    let order = features + 1
    let mean = (0..<features).reduce(0) { $0 + sums[$1 * width + $1] } / Double(features)
    guard mean > 0, mean.isFinite else { return nil }
    var system = SymmetricSystem(order: order) { row, column in
      sums[row * width + column] + (row == column && row < features ? ridge * mean : 0)
    }
    guard system.factor() else { return nil }
    let solved = system.solve(columns: targets) { row, target in sums[row * width + order + target] }
    var coefficients: [Float] = []
    coefficients.reserveCapacity(targets * features)
    for target in 0..<targets {
      coefficients += solved[target * order..<target * order + features].lazy.map(Float.init)
    }
    return LeastSquares.Solution(
      coefficients: coefficients, offsets: (0..<targets).map { solved[$0 * order + features] })
  }
}
