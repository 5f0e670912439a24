import Compute
import Graph
import Testing

@Suite("Precisions") struct PrecisionTests {
  @Test func floatsAreAlwaysComputed() throws { try ElementType.float32.checkIsComputed() }

  @Test func whatIsNotComputedIsNamed() {
    for type in ElementType.allCases where type != .float32 && type != .bfloat16 {
      let error = #expect(throws: ComputeError.self) { try type.checkIsComputed() }
      #expect(error == .unsupportedPrecision(type))
      #expect(error?.sentence.contains(type.rawValue) == true)
    }
  }
}
