/// A value with a number that counts how often it changed.
///
/// Snapshots come many times a second and mostly differ in small things; comparing versions tells at once
/// whether what hangs on the large ones has to be computed anew.
package struct Versioned<Value: Sendable>: Sendable, Equatable {
  /// How often the value changed.
  package private(set) var version: Int
  /// The value.
  package var value: Value { didSet { version += 1 } }

  /// A value that has not changed yet.
  package init(_ value: Value) { self.init(value, version: 0) }

  /// A value that changed so often already: samples stand for moments of a session that never ran.
  package init(_ value: Value, version: Int) {
    self.value = value
    self.version = version
  }

  /// Puts another value in the place of this one, if it is another.
  package mutating func update(to value: Value) where Value: Equatable {
    if value != self.value { self.value = value }
  }

  /// Whether the versions are the same; the values are not looked at.
  package static func == (a: Versioned, b: Versioned) -> Bool { a.version == b.version }
}
