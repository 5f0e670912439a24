import CPointwise
import Testing

@Suite("Gradients of depthwise weights") struct DepthwiseTests {
  fileprivate struct Window: CustomTestStringConvertible {
    var kernel = (3, 3)
    var strides = (1, 1)
    var dilations = (1, 1)
    var before = (1, 1)
    var source = (6, 5)
    var result = (6, 5)

    var testDescription: String { "\(kernel), \(strides), \(dilations), \(before): \(source) to \(result)" }
  }

  fileprivate static let windows: [Window] = [
    Window(),
    Window(kernel: (5, 5), before: (2, 2)),
    Window(kernel: (5, 4), strides: (2, 3), before: (2, 0), source: (9, 11), result: (5, 3)),
    Window(kernel: (3, 3), dilations: (2, 4), before: (2, 4)),
    Window(kernel: (9, 15), before: (4, 7)),
    Window(kernel: (1, 1), before: (0, 0)),
    Window(kernel: (2, 2), before: (1, 1), source: (1, 1), result: (2, 2)),
  ]

  /// With every set of instructions that the processor has.
  @Test("are the sums of products that they are defined as", arguments: windows)
  fileprivate func sums(of window: Window) {
    let width = Int(CPW_CHANNELS)
    var generator = SystemRandomNumberGenerator()
    func numbers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(Int.random(in: -8...8, using: &generator)) }
    }
    // Whole numbers: sums are exact in any order. Other channels lie between those of neighbouring places.
    let (sourcePixel, resultPixel) = (width + 3, width)
    let source = numbers(window.source.0 * window.source.1 * sourcePixel)
    let gradient = numbers(window.result.0 * window.result.1 * resultPixel)
    let taps = window.kernel.0 * window.kernel.1
    let start = numbers((taps + 1) * width)
    var expected = start
    for row in 0..<window.result.0 {
      for column in 0..<window.result.1 {
        let slope = (row * window.result.1 + column) * resultPixel
        for lane in 0..<width { expected[taps * width + lane] += gradient[slope + lane] }
        for tap in 0..<taps {
          let y = row * window.strides.0 + tap / window.kernel.1 * window.dilations.0 - window.before.0
          let x = column * window.strides.1 + tap % window.kernel.1 * window.dilations.1 - window.before.1
          guard 0..<window.source.0 ~= y, 0..<window.source.1 ~= x else { continue }
          let index = (y * window.source.1 + x) * sourcePixel
          for lane in 0..<width {
            expected[tap * width + lane] += gradient[slope + lane] * source[index + lane]
          }
        }
      }
    }
    let form = cpw_depthwise(
      source_rows: Int64(window.source.0), source_columns: Int64(window.source.1),
      result_rows: Int64(window.result.0), result_columns: Int64(window.result.1),
      kernel_rows: Int64(window.kernel.0), kernel_columns: Int64(window.kernel.1),
      row_stride: Int64(window.strides.0), column_stride: Int64(window.strides.1),
      row_dilation: Int64(window.dilations.0), column_dilation: Int64(window.dilations.1),
      rows_before: Int64(window.before.0), columns_before: Int64(window.before.1),
      source_pixel: Int64(sourcePixel), result_pixel: Int64(resultPixel))
    for most in [CPW_PLAIN, CPW_AVX2, CPW_AVX512] {
      var found = start
      cpw_depthwise_weights_with(most, [form], source, gradient, &found)
      #expect(found == expected, "with instructions \(most.rawValue)")
    }
  }
}
