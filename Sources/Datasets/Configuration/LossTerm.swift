/// A value of a network that a loss is taken of, and what that loss counts for in the sum.
public struct LossTerm: Sendable, Hashable, Codable {
  /// The value's name.
  public var value: String
  /// What the loss is multiplied with.
  public var weight: Double

  /// A loss at a value.
  public init(value: String, weight: Double = 1) {
    self.value = value
    self.weight = weight
  }

  /// Reads `name` or `name=0.4`. What stands behind the last `=` is a weight only where it is a number.
  package init(_ text: String) {
    if let sign = text.lastIndex(of: "="), let weight = Double(text[text.index(after: sign)...]) {
      self.init(value: String(text[..<sign]), weight: weight)
    } else {
      self.init(value: text)
    }
  }

  /// The place as it is written: the weight is left out where it is 1 and the name does not look like one.
  package var text: String {
    weight == 1 && LossTerm(value).value == value ? value : "\(value)=\(weight)"
  }
}
