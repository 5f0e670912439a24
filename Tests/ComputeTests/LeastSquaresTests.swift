import Compute
import TestSupport
import Testing

@Suite struct LeastSquaresTests {
  /// Rows of X, and R = XΔᵀ + δ.
  private func problem(
    features: Int, targets: Int, rows: Int, seed: UInt64
  ) -> (x: [Float], residuals: [Float], coefficients: [Float], offsets: [Float]) {
    var random = RandomNumbers(seed: seed)
    let (x, coefficients) = (random.numbers(rows * features), random.numbers(targets * features))
    let offsets = random.numbers(targets)
    var residuals: [Float] = []
    for row in 0..<rows {
      for target in 0..<targets {
        residuals.append(
          (0..<features).reduce(offsets[target]) {
            $0 + x[row * features + $1] * coefficients[target * features + $1]
          })
      }
    }
    return (x, residuals, coefficients, offsets)
  }

  @Test(arguments: [(1, 1, 5), (7, 3, 40), (70, 5, 1500), (200, 9, 3000), (255, 2, 3000), (600, 3, 3000)])
  func coefficientsAreFoundAgain(features: Int, targets: Int, rows: Int) throws {
    let problem = problem(features: features, targets: targets, rows: rows, seed: 1)
    let fit = try LeastSquares(features: features, targets: targets, rows: rows)
    // In two parts of different sizes, as batches come.
    let part = rows / 3
    try fit.add(
      Array(problem.x[..<(part * features)]), residuals: Array(problem.residuals[..<(part * targets)]))
    try fit.add(
      Array(problem.x[(part * features)...]), residuals: Array(problem.residuals[(part * targets)...]))
    let found = try fit.solve(ridge: 1e-9)
    #expect(fit.rows == rows)
    #expect(zip(found.coefficients, problem.coefficients).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(zip(found.offsets, problem.offsets).allSatisfy { abs($0 - Double($1)) < 1e-3 })
  }

  @Test func fewRowsAreReproduced() throws {
    let problem = problem(features: 300, targets: 4, rows: 20, seed: 2)
    let fit = try LeastSquares(features: 300, targets: 4, rows: 20)
    try fit.add(problem.x, residuals: problem.residuals)
    let found = try fit.solve(ridge: 1e-7)
    for row in 0..<20 {
      for target in 0..<4 {
        let value = (0..<300).reduce(Float(found.offsets[target])) {
          $0 + problem.x[row * 300 + $1] * found.coefficients[target * 300 + $1]
        }
        #expect(abs(value - problem.residuals[row * 4 + target]) < 1e-2)
      }
    }
  }

  @Test func bothFormsAgree() throws {
    // Told of many rows the fit sums up products; told of few it keeps them.
    let problem = problem(features: 30, targets: 2, rows: 25, seed: 3)
    let solutions = try [25, 1000].map { rows in
      let fit = try LeastSquares(features: 30, targets: 2, rows: rows)
      try fit.add(problem.x, residuals: problem.residuals)
      return try fit.solve(ridge: 0.1)
    }
    #expect(zip(solutions[0].coefficients, solutions[1].coefficients).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(zip(solutions[0].offsets, solutions[1].offsets).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func nothingKnownGivesNothing() throws {
    let fit = try LeastSquares(features: 4, targets: 2, rows: 10)
    try fit.add([Float](repeating: 0, count: 40), residuals: [Float](repeating: 1, count: 20))
    let found = try fit.solve(ridge: 0.01)
    #expect(found.coefficients == [Float](repeating: 0, count: 8))
    // Two equal columns have no one solution without the ridge.
    let twin = try LeastSquares(features: 2, targets: 1, rows: 3)
    try twin.add([1, 1, 2, 2, 3, 3], residuals: [2, 4, 6])
    #expect(try twin.solve(ridge: 0).coefficients.allSatisfy { abs($0 - 1) < 1e-2 })
  }
}
