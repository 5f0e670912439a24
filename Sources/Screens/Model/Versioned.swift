/// A large value with a number that changes whenever it does.
///
/// Snapshots come many times a second and mostly differ in small things; comparing versions tells at once
/// whether what hangs on the large ones has to be computed anew.
public struct Versioned<Value: Sendable>: Sendable, Equatable {
  /// Differs from that of every other value that stood in this place.
  public let version: Int
  /// The value.
  public let value: Value

  /// A value under a version. Whoever makes it never gives two values in one place the same version.
  public init(_ value: Value, version: Int) {
    self.value = value
    self.version = version
  }

  /// Whether the versions are the same; the values are not looked at.
  public static func == (a: Versioned, b: Versioned) -> Bool { a.version == b.version }
}
