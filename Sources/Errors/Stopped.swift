/// Somebody stopped the work.
public struct Stopped: ExplainedError, Hashable {
  /// The work was stopped.
  public init() {}

  /// What is wrong and where.
  public var sentence: String { "Stopped." }
  /// What to do about it.
  public var remedy: String { "Start again when you like." }
  /// What kind of thing went wrong.
  public var code: ErrorCode { .stopped }
}
