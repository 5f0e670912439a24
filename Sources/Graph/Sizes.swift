/// What numbers that a file says of sizes may be.
///
/// Every shape of a bound network lies within these limits (`checkedElementCount`), and so does every number that a rule
/// reads from an attribute or a constant (`OperatorCall.int`, `OperatorCall.numbers`). Sums of such numbers, the product of
/// two extents, and a number of elements times their width stay below 2⁶³ by far. What multiplies more than that uses
/// `elementCount`, `times` or `plus`, which do not trap either.
@usableFromInline package enum SizeLimit: Sendable {
  /// The longest axis, and the largest stride, pad, kernel or number of groups.
  @usableFromInline package static let extent = 1 << 30
  /// Elements of the largest tensor.
  @usableFromInline package static let elements = 1 << 40
  /// Axes of a tensor.
  @usableFromInline package static let rank = 64
  /// What a whole number from a file is cut to, either way: beyond every size, so that a rule refuses it where it
  /// must be one, and as good as itself where it says "to the end".
  @usableFromInline package static let number = 1 << 40
  /// Multiply-accumulates of one node.
  @usableFromInline package static let operations = 1 << 50
  /// Where counts end that are sums of products.
  @usableFromInline package static let count = 1 << 62
}

extension Int {
  /// The number, or the nearest one to it that rules can compute with.
  @inlinable package var limited: Int { Swift.max(-SizeLimit.number, Swift.min(SizeLimit.number, self)) }

  /// The whole number of a floating-point one, cut toward zero; the nearest there is for what does not fit, 0 for NaN.
  @inlinable package init(cut value: Double) {
    self = value.isNaN ? 0 : Int(Swift.max(-0x1p62, Swift.min(0x1p62, value)))
  }

  /// The product of two counts, which ends at `SizeLimit.count`.
  @inlinable package func times(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow || product > SizeLimit.count ? SizeLimit.count : product
  }

  /// The sum of two counts, which ends at `SizeLimit.count`.
  @inlinable package func plus(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow || sum > SizeLimit.count ? SizeLimit.count : sum
  }

  /// The sum of two numbers from a file, where it is one.
  @inlinable package func checkedSum(_ other: Int) -> Int? {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }

  /// The difference of two numbers from a file, where it is one.
  @inlinable package func checkedDifference(_ other: Int) -> Int? {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? nil : difference
  }

  /// The product of two numbers from a file, where it is one.
  @inlinable package func checkedProduct(_ other: Int) -> Int? {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? nil : product
  }
}

extension Collection<Int> {
  /// The product of the extents; 1 for a scalar. Ends at `SizeLimit.count`, where the shape is none.
  @inlinable package var elementCount: Int { reduce(1) { $0.times($1) } }

  /// The number of elements of a shape, or `nil` where an extent is negative or the shape is beyond `SizeLimit`.
  ///
  /// An axis of no elements does not excuse the others: strides are products of them.
  @inlinable package var checkedElementCount: Int? {
    guard count <= SizeLimit.rank else { return nil }
    var (product, isEmpty) = (1, false)
    for extent in self {
      guard 0...SizeLimit.extent ~= extent else { return nil }
      isEmpty = isEmpty || extent == 0
      product = product.times(Swift.max(1, extent))
      guard product <= SizeLimit.elements else { return nil }
    }
    return isEmpty ? 0 : product
  }

  /// The sum of numbers from a file; `nil` where it does not fit.
  @inlinable package var checkedSum: Int? {
    var sum = 0
    for number in self {
      guard let next = sum.checkedSum(number) else { return nil }
      sum = next
    }
    return sum
  }
}
