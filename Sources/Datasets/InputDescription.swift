/// An input of a model, as far as data that feed it have to know it.
package struct InputDescription: Sendable, Hashable {
  /// Its name, which is that of its array.
  package var name: String
  /// Its shape with the batch, such as `[N, C, H, W]`, nil where an extent is free; nil where not even the rank is known.
  package var shape: [Int?]?
  /// The axis along which examples lie; nil where one value serves every batch.
  package var batchAxis: Int?
  /// The shape of an array that is one value for every batch; nil where each example has its own.
  package var sharedShape: [Int]?

  /// An input.
  package init(_ name: String, shape: [Int?]? = nil, batchAxis: Int? = 0, sharedShape: [Int]? = nil) {
    self.name = name
    self.shape = shape
    self.batchAxis = batchAxis
    self.sharedShape = sharedShape
  }

  /// The shape with the examples before all else.
  var examplesFirst: [Int?]? {
    guard var shape, let batchAxis, shape.indices.contains(batchAxis) else { return nil }
    shape.insert(shape.remove(at: batchAxis), at: 0)
    return shape
  }
}
