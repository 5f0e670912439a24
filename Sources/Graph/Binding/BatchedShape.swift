/// The shape of an input for any number of examples.
package struct BatchedShape: Sendable, Hashable {
  /// The shape of one example, `[C, H, W]`; the whole shape where one value serves every batch.
  package let example: [Int]
  /// The axis of a batch along which examples lie; `nil` where one value serves every batch.
  package let axis: Int?

  /// The shape of batches of examples along an axis.
  package init(example: [Int], axis: Int? = 0) {
    self.example = example
    self.axis = axis.map { min($0, example.count) }
  }

  /// The shape of a batch: `[N, C, H, W]` where examples lie along the first axis.
  package func shape(examples: Int) -> [Int] {
    guard let axis else { return example }
    return example[..<axis] + [examples] + example[axis...]
  }
}
