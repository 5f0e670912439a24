/// A linear fit to rows that come a block at a time.
///
/// Minimises ‖R − XΔᵀ − 1δᵀ‖² + λ·m·‖Δ‖² over the coefficients Δ and an offset δ a target, where m is the mean of the
/// diagonal of XᵀX, so that λ has no unit. The offset is not held back. Belongs to one thread.
package final class LeastSquares {
  /// What minimises the sum.
  package struct Solution: Sendable {
    /// Δ, `[targets, features]` in C order.
    package let coefficients: [Float]
    /// δ.
    package let offsets: [Double]

    /// A solution found elsewhere, or put together of several.
    package init(coefficients: [Float], offsets: [Double]) {
      self.coefficients = coefficients
      self.offsets = offsets
    }
  }

  /// Columns of X.
  package let features: Int
  /// Columns of R.
  package let targets: Int
  /// Rows added so far.
  package private(set) var rows = 0
  private let equations: any FitEquations

  /// Equations without rows.
  ///
  /// - Parameters:
  ///   - rows: how many will come; with fewer than features the equations have a row's number of unknowns, and every row is
  ///     kept.
  ///   - isRectified: whether results below zero are all the same to what follows; heeded where rows are kept.
  package init(features: Int, targets: Int, rows: Int, isRectified: Bool = false) throws {
    precondition(features > 0 && targets > 0, "a fit has features and targets")
    self.features = features
    self.targets = targets
    equations =
      rows < features
      ? RowEquations(features: features, targets: targets, isRectified: isRectified)
      : try NormalEquations(features: features, targets: targets, blockRows: max(1, min(rows, 1024)))
  }

  /// Adds rows.
  ///
  /// - Parameters:
  ///   - x: `[rows, features]` in C order.
  ///   - residuals: `[rows, targets]` in C order.
  ///   - results: what is computed without the fit, likewise; needed where a rectifier follows.
  package func add(_ x: [Float], residuals: [Float], results: [Float] = []) throws {
    let count = x.count / features
    precondition(x.count == count * features && residuals.count == count * targets, "rows are whole")
    try equations.add(count, x, residuals, results: results)
    rows += count
  }

  /// Solves the equations.
  ///
  /// - Parameter ridge: λ; where the equations are too nearly singular for it, ten times as much, until they are not.
  package func solve(ridge: Double) throws -> Solution {
    var share = max(0, ridge)
    while share < 1e6 {
      if let found = try equations.solve(ridge: share) { return found }
      share = max(share * 10, 1e-8)
    }
    return Solution(
      coefficients: [Float](repeating: 0, count: targets * features),
      offsets: [Double](repeating: 0, count: targets))
  }
}

/// A form of the equations of a fit.
protocol FitEquations {
  func add(_ rows: Int, _ x: [Float], _ residuals: [Float], results: [Float]) throws
  /// The solution; `nil` where the equations are singular.
  func solve(ridge: Double) throws -> LeastSquares.Solution?
}
