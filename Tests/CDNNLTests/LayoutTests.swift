import CDNNL
import TestSupport
import Testing

@Suite("Layouts of the shim") struct LayoutTests {
  private static let elements = [CDNNL_F32, CDNNL_BF16].map(\.rawValue)

  /// The layout that a convolution chooses for what it makes: blocked, where the library has vectors for that.
  private func chosen(_ shim: Shim, kernels: Int, extent: Int) throws -> Handle {
    let primitive = try shim.convolution(
      [2, 20, extent, extent], [kernels, 20, 3, 3], [2, kernels, extent, extent])
    return try #require(shim.layout(primitive, CDNNL_DESTINATION))
  }

  @Test("a layout like itself is itself", arguments: [(20, 7), (32, 1), (5, 3)])
  func likeItself(kernels: Int, extent: Int) throws {
    let shim = try Shim()
    let layout = try chosen(shim, kernels: kernels, extent: extent)
    let same = try shim.like(layout, [2, kernels, extent, extent], CDNNL_F32)
    #expect(cdnnl_layout_equal(layout.pointer, same.pointer))
  }

  /// Small integers are exact in every type.
  @Test("a layout like another holds every element of another shape and type", arguments: elements)
  func likeAnother(element: UInt32) throws {
    let shim = try Shim()
    let element = cdnnl_element(rawValue: element)
    let layout = try chosen(shim, kernels: 48, extent: 6)
    let blocks = Shim.describe(layout).blocks
    for shape in [[3, 40, 1, 5], [1, 7, 4, 4], [2, 16, 1, 1], [5, 33, 2, 3]] {
      let like = try shim.like(layout, shape, element)
      let description = Shim.describe(like)
      #expect(description.blocks == blocks)
      #expect(description.element == element)
      let values = (0..<shape.reduce(1, *)).map { Float($0 % 251) }
      #expect(try shim.values(shim.store(values, shape, like), shape) == values)
    }
  }

  @Test("bytes follow the type") func bytes() throws {
    let shim = try Shim()
    #expect(Shim.describe(try shim.plain([3, 5])).bytes == 60)
    #expect(Shim.describe(try shim.plain([3, 5], CDNNL_BF16)).bytes == 30)
  }

  @Test("extents below zero are refused") func refused() throws {
    let shim = try Shim()
    #expect(throws: LibraryFailure.self) { try shim.plain([3, -5]) }
  }

  /// Where the library does not have Winograd's algorithm (3.x), it takes the direct one.
  @Test("a convolution by any algorithm computes what the direct one does") func algorithms() throws {
    let shim = try Shim()
    let (x, w, y) = ([2, 32, 12, 12], [32, 32, 3, 3], [2, 32, 12, 12])
    var random = RandomNumbers(seed: 5)
    let (a, b) = (random.numbers(x.reduce(1, *)), random.numbers(w.reduce(1, *)))
    let results = try [CDNNL_DIRECT, CDNNL_WINOGRAD].map { algorithm in
      let primitive = try shim.convolution(x, w, y, algorithm: algorithm)
      let result = Store(try #require(shim.layout(primitive, CDNNL_DESTINATION)))
      try shim.run(
        primitive,
        [
          (CDNNL_SOURCE, shim.store(a, x, #require(shim.layout(primitive, CDNNL_SOURCE)))),
          (CDNNL_WEIGHTS, shim.store(b, w, #require(shim.layout(primitive, CDNNL_WEIGHTS)))),
          (CDNNL_DESTINATION, result),
        ])
      return try shim.values(result, y)
    }
    let scale = try #require(results[0].map(abs).max())
    #expect(zip(results[0], results[1]).allSatisfy { abs($0 - $1) < 1e-4 * scale })
  }
}
