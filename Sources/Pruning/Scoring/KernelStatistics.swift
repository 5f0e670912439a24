/// Running count, mean and variance of a score, a kernel each (Welford's method, in double precision).
public struct KernelStatistics: Sendable, Hashable, Codable {
  /// Examples seen so far.
  public private(set) var count: Int = 0
  /// The mean over the examples, by kernel.
  public private(set) var mean: [Double]
  private var squares: [Double]

  /// Statistics of `kernels` kernels that nothing has been added to.
  public init(kernels: Int) {
    mean = [Double](repeating: 0, count: kernels)
    squares = mean
  }

  /// Scores whose spread is not known, or that are exact as they are: from weights alone, one observation.
  ///
  /// - Parameter examples: that they were taken over.
  public init(exact scores: [Double], examples: Int = 1) {
    count = examples
    mean = scores
    squares = [Double](repeating: 0, count: scores.count)
  }

  /// Adds one example's score of every kernel.
  public mutating func add(_ scores: [Double]) {
    precondition(scores.count == mean.count, "a score a kernel")
    count += 1
    for kernel in scores.indices {
      let score = scores[kernel]
      let difference = score - mean[kernel]
      mean[kernel] += difference / Double(count)
      squares[kernel] += difference * (score - mean[kernel])
    }
  }

  /// Joins what another run over other examples found, as if all had been added here (Chan et al. 1979).
  public mutating func merge(_ other: KernelStatistics) {
    precondition(other.mean.count == mean.count, "statistics of the same kernels")
    guard other.count > 0 else { return }
    let total = count + other.count
    for kernel in mean.indices {
      let difference = other.mean[kernel] - mean[kernel]
      mean[kernel] += difference * Double(other.count) / Double(total)
      squares[kernel] +=
        other.squares[kernel] + difference * difference * Double(count) * Double(other.count) / Double(total)
    }
    count = total
  }

  /// The sample variance of a kernel's score; 0 before the second example.
  public func variance(_ kernel: Int) -> Double { count > 1 ? squares[kernel] / Double(count - 1) : 0 }

  /// The standard error of each mean; 0 for exact scores.
  public var standardError: [Double] {
    mean.indices.map { count > 1 ? (variance($0) / Double(count)).squareRoot() : 0 }
  }
}
