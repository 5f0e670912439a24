/// Something that went wrong.
public struct Failure: Sendable, Hashable {
  /// Grows with every failure, so that each is shown once.
  public let number: Int
  /// What went wrong.
  public let error: SessionError

  /// A failure.
  package init(number: Int, error: SessionError) {
    self.number = number
    self.error = error
  }
}
