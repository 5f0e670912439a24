public import Errors

/// Something that went wrong.
public struct Failure: Sendable, Hashable {
  /// Grows with every failure, so that each is shown once.
  public let number: Int
  /// What went wrong.
  public let error: CaughtError

  /// A failure.
  package init(number: Int, error: CaughtError) {
    self.number = number
    self.error = error
  }
}
