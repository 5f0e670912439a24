public import Foundation

/// A constant dense tensor: a weight, a bias, a shape.
///
/// The bytes are little-endian and in C order. They may be a view of a mapped file, so making a tensor of
/// a large initializer copies nothing.
public struct Tensor: Sendable, Hashable {
  /// The type of the elements.
  public let elementType: ElementType
  /// The extent of each axis; empty for a scalar.
  public let shape: [Int]
  /// The elements, little-endian, in C order.
  public let bytes: Data

  /// Makes a tensor of bytes that are in C order and little-endian already.
  ///
  /// - Throws: `GraphError.malformedTensor` when the number of bytes is not what shape and type ask for.
  public init(_ elementType: ElementType, shape: [Int], bytes: Data) throws {
    guard let width = elementType.byteCount, let count = shape.checkedElementCount else {
      throw GraphError.malformedTensor("a \(elementType.rawValue) tensor of shape \(shape.shapeText)")
    }
    guard count * width == bytes.count else {
      throw GraphError.malformedTensor(
        "a \(elementType.rawValue) tensor of shape \(shape.shapeText) with \(bytes.count) bytes")
    }
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }

  /// The number of elements; 1 for a scalar.
  public var elementCount: Int { shape.elementCount }

  /// The same elements under another shape of as many elements.
  package func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.elementCount == elementCount, "a reshape keeps the number of elements")
    return Tensor(unchecked: elementType, shape: shape, bytes: bytes)
  }

  init(unchecked elementType: ElementType, shape: [Int], bytes: Data) {
    self.elementType = elementType
    self.shape = shape
    self.bytes = bytes
  }
}

extension [Int] {
  /// The strides of a dense tensor in C order, in elements.
  package var denseStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in stride(from: count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1].times(self[axis + 1])
    }
    return strides
  }

  /// The shape as people write it: `64×3×7×7`; `scalar` for rank 0.
  package var shapeText: String {
    if isEmpty { return "scalar" }
    let shown = prefix(SizeLimit.rank).map(String.init).joined(separator: "×")
    return count > SizeLimit.rank ? "\(shown)×… of \(count) dimensions" : shown
  }

  /// Reads a shape as people write it: `1x3x224x224`, with `×` or commas as well; `nil` where an extent is not positive.
  package init?(shapeText: some StringProtocol) {
    let extents = shapeText.split(
      omittingEmptySubsequences: false, whereSeparator: { "x×,".contains($0) }
    ).map { Int($0) ?? 0 }
    guard extents.allSatisfy({ $0 > 0 }) else { return nil }
    self = extents
  }
}
