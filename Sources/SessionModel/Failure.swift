package import Errors

/// Something that went wrong.
package struct Failure: Sendable, Hashable {
  /// Grows with every failure, so that each is shown once.
  package let number: Int
  /// What went wrong.
  package let error: CaughtError

  /// A failure.
  package init(number: Int, error: CaughtError) {
    self.number = number
    self.error = error
  }
}
