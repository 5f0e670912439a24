/// What is known of a model's file.
package struct ModelSummary: Sendable, Hashable {
  /// An input.
  package struct Input: Sendable, Hashable {
    /// Its shape, without the axis of the batch where that is free.
    package let shape: [Int]
    /// Whether any number of examples may come at once.
    package let hasFreeBatch: Bool

    /// An input from its facts.
    package init(shape: [Int], hasFreeBatch: Bool) {
      self.shape = shape
      self.hasFreeBatch = hasFreeBatch
    }
  }

  /// Where it was opened.
  package let path: String
  /// `ONNX`.
  package let formatName: String
  /// The version of the operators, where the format has one.
  package let opset: Int?
  /// In order.
  package let inputs: [Input]
  /// Its size, files beside it included.
  package let bytes: Int
  /// The shapes that were given for inputs which the file leaves open, by name.
  package var givenShapes: [String: [Int]] = [:]

  /// A model from its facts.
  package init(path: String, formatName: String, opset: Int?, inputs: [Input], bytes: Int) {
    self.path = path
    self.formatName = formatName
    self.opset = opset
    self.inputs = inputs
    self.bytes = bytes
  }
}
