import Foundation
import Graph
import Testing

@Suite struct TensorTests {
  @Test func bytesMustFitTheShape() {
    #expect(throws: GraphError.self) { try Tensor(.float32, shape: [2, 3], bytes: Data(count: 20)) }
    #expect(throws: GraphError.self) { try Tensor(.float32, shape: [-1], bytes: Data()) }
    #expect(throws: GraphError.self) { try Tensor(.int8, shape: [Int.max, 3], bytes: Data(count: 1)) }
    #expect(throws: Never.self) { try Tensor(.float16, shape: [2, 3], bytes: Data(count: 12)) }
  }

  @Test(arguments: [ElementType.float32, .float64, .float16, .bfloat16, .int8, .int64, .uint8, .int32])
  func smallIntegersSurviveEveryType(type: ElementType) {
    let values = [0, 1, 2, 100, 3, 7].map(Double.init)
    let tensor = Tensor(type, values, shape: [2, 3])
    #expect(tensor.doubles == values)
    #expect(tensor.floats == values.map(Float.init))
    #expect(tensor.integers == values.map { Int($0) })
  }

  @Test func everyHalfPrecisionPatternRoundTrips() {
    for bits in UInt16.min...UInt16.max {
      let value = HalfPrecision.float(float16Bits: bits)
      if value.isNaN {
        #expect(HalfPrecision.float(float16Bits: HalfPrecision.float16Bits(value)).isNaN)
      } else if HalfPrecision.float16Bits(value) != bits {
        Issue.record("float16 \(bits) came back as \(HalfPrecision.float16Bits(value))")
      }
      let wide = HalfPrecision.float(bfloat16Bits: bits)
      if !wide.isNaN, HalfPrecision.bfloat16Bits(wide) != bits { Issue.record("bfloat16 \(bits)") }
    }
  }

  @Test func halvesRoundToNearestEven() {
    #expect(HalfPrecision.float16Bits(1 + 0x1p-11) == 0x3C00)
    #expect(HalfPrecision.float16Bits(1 + 3 * 0x1p-11) == 0x3C02)
    #expect(HalfPrecision.float16Bits(65520) == 0x7C00)
    #expect(HalfPrecision.float16Bits(0x1p-25) == 0)
    #expect(HalfPrecision.float16Bits(0x1.8p-24) == 2)
    #expect(HalfPrecision.bfloat16Bits(1 + 0x1p-8) == 0x3F80)
    #expect(HalfPrecision.bfloat16Bits(1 + 3 * 0x1p-8) == 0x3F82)
  }

  @Test func takingSlicesAnyAxis() {
    let tensor = Tensor((0..<12).map(Float.init), shape: [2, 3, 2])
    #expect(tensor.taking([2, 0], alongAxis: 1).floats == [4, 5, 0, 1, 10, 11, 6, 7])
    #expect(tensor.taking([1], alongAxis: 0).shape == [1, 3, 2])
    #expect(tensor.taking([], alongAxis: 2).elementCount == 0)
  }
}
