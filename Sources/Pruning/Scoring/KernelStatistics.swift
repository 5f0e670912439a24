/// Running count, mean and variance of a score, a kernel each (Welford's method, in double precision).
public struct KernelStatistics: Sendable, Hashable, Codable {
  /// Examples seen so far.
  public private(set) var count: Int = 0
  /// The mean over the examples, by kernel.
  public private(set) var mean: [Double]
  private var squares: [Double]
  /// By kernel: the co-moment with the mean of the example's scores over all kernels; `nil` in what earlier versions kept.
  private var products: [Double]?

  /// Statistics of `kernels` kernels that nothing has been added to.
  package init(kernels: Int) {
    mean = [Double](repeating: 0, count: kernels)
    squares = mean
    products = mean
  }

  /// Scores whose spread is not known, or that are exact as they are: from weights alone, one observation.
  ///
  /// - Parameter examples: that they were taken over.
  package init(exact scores: [Double], examples: Int = 1) {
    count = examples
    mean = scores
    squares = [Double](repeating: 0, count: scores.count)
  }

  /// Adds one example's score of every kernel.
  package mutating func add(_ scores: [Double]) {
    precondition(scores.count == mean.count, "a score a kernel")
    count += 1
    let share = 1 / Double(max(1, scores.count))
    let whole = scores.reduce(0) { $0 + $1 * share }
    // How far the example lies from the mean of all, itself included.
    let distance = (whole - overall) * (1 - 1 / Double(count))
    for kernel in scores.indices {
      let score = scores[kernel]
      let difference = score - mean[kernel]
      mean[kernel] += difference / Double(count)
      squares[kernel] += difference * (score - mean[kernel])
      products?[kernel] += difference * distance
    }
  }

  /// Joins what another run over other examples found, as if all had been added here (Chan et al. 1979).
  package mutating func merge(_ other: KernelStatistics) {
    precondition(other.mean.count == mean.count, "statistics of the same kernels")
    guard other.count > 0 else { return }
    let total = count + other.count
    let distance = other.overall - overall
    products = products.flatMap { mine in
      other.products.map { theirs in
        mine.indices.map { kernel in
          mine[kernel] + theirs[kernel]
            + (other.mean[kernel] - mean[kernel]) * distance * Double(count) * Double(other.count)
            / Double(total)
        }
      }
    }
    for kernel in mean.indices {
      let difference = other.mean[kernel] - mean[kernel]
      mean[kernel] += difference * Double(other.count) / Double(total)
      squares[kernel] +=
        other.squares[kernel] + difference * difference * Double(count) * Double(other.count) / Double(total)
    }
    count = total
  }

  /// All of it as numbers: the count, then a number a kernel each of the means, the squares and, where they are kept, the
  /// products.
  package var numbers: [Double] { [Double(count)] + mean + squares + (products ?? []) }

  /// Statistics of so many kernels that `numbers` gave.
  ///
  /// - Returns: `nil` where they are of other kernels.
  package init?(numbers: [Double], kernels: Int) {
    let hasProducts = numbers.count == 3 * kernels + 1
    guard let first = numbers.first, hasProducts || numbers.count == 2 * kernels + 1,
      let count = Int(exactly: first), count >= 0
    else { return nil }
    func part(_ index: Int) -> [Double] { Array(numbers[1 + index * kernels..<1 + (index + 1) * kernels]) }
    self.count = count
    (mean, squares, products) = (part(0), part(1), hasProducts ? part(2) : nil)
  }

  /// The sample variance of a kernel's score; 0 before the second example.
  package func variance(_ kernel: Int) -> Double { count > 1 ? squares[kernel] / Double(count - 1) : 0 }

  /// The mean over the kernels of the means.
  private var overall: Double { mean.reduce(0, +) / Double(max(1, mean.count)) }

  /// The standard error of each mean as a share of the layer's: of m / m̄, times m̄; 0 for exact scores.
  ///
  /// An example that the network finds hard raises the scores of all kernels, which changes their order less than their means.
  /// By the delta method, from the variances of both and their covariance.
  package var standardErrorOfShare: [Double] {
    let overall = overall
    guard count > 1, let products, overall != 0 else { return standardError }
    let whole = products.reduce(0, +) / Double(max(1, products.count))
    return mean.indices.map { kernel in
      let share = mean[kernel] / overall
      let sum = squares[kernel] - 2 * share * products[kernel] + share * share * whole
      return (max(0, sum) / Double(count - 1) / Double(count)).squareRoot()
    }
  }

  /// The standard error of each mean; 0 for exact scores.
  public var standardError: [Double] {
    mean.indices.map { count > 1 ? (variance($0) / Double(count)).squareRoot() : 0 }
  }
}
