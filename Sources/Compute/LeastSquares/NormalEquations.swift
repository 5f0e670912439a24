/// XᵀX and XᵀR, summed up: as many unknowns as features, however many rows come.
final class NormalEquations: FitEquations {
  private let features: Int
  private let targets: Int
  private let engine: Engine
  private let blockRows: Int
  private let block: Memory
  private let product: Memory
  /// By number of rows: a panel of features after another, each with itself and all that is behind it.
  private var products: [Int: [MatrixProduct]] = [:]
  /// [XᵀX, XᵀR] with the offset as a last feature, `[features + 1, features + 1 + targets]`; what stands left of the diagonal's
  /// panels is not computed, for XᵀX is symmetric.
  private var sums: [Double]

  /// Features of a panel: products of fewer rows are slower than what they save.
  private static let panel = 256

  private var width: Int { features + 1 + targets }
  private var panels: [Range<Int>] {
    stride(from: 0, to: features + 1, by: Self.panel).map { $0..<min($0 + Self.panel, features + 1) }
  }

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
  func sum(_ row: Int, _ column: Int) -> Double { sums[min(row, column) * width + max(row, column)] }

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
    let found = try products[rows] ?? panels.map { try product(of: $0, rows: rows) }
    products[rows] = found
    for product in found { try product.run() }
    let elements = product.address.assumingMemoryBound(to: Float.self)
    sums.withUnsafeMutableBufferPointer { sums in
      for panel in panels {
        for row in panel {
          for index in row * width + panel.lowerBound..<(row + 1) * width {
            sums[index] += Double(elements[index])
          }
        }
      }
    }
  }

  /// The product of some features with themselves, all features behind them, and the residuals.
  private func product(of panel: Range<Int>, rows: Int) throws -> MatrixProduct {
    let start = block.address + panel.lowerBound * MemoryLayout<Float>.stride
    let left = MatrixProduct.Operand(start, rows: rows, columns: panel.count, width: width)
    let right = MatrixProduct.Operand(start, rows: rows, columns: width - panel.lowerBound, width: width)
    let place = (panel.lowerBound * width + panel.lowerBound) * MemoryLayout<Float>.stride
    return try MatrixProduct(
      engine, left.transposed, right,
      into: MatrixProduct.Operand(
        product.address + place, rows: panel.count, columns: width - panel.lowerBound, width: width))
  }

  func solve(ridge: Double) -> LeastSquares.Solution? {
    let order = features + 1
    let mean = (0..<features).reduce(0) { $0 + sums[$1 * width + $1] } / Double(features)
    guard mean > 0, mean.isFinite else { return nil }
    var system = SymmetricSystem(order: order) { row, column in
      sum(row, column) + (row == column && row < features ? ridge * mean : 0)
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
