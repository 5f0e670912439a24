import CDNNL
import Graph

/// Whether Winograd's F(4×4, 3×3) (Lavin and Gray, 2016) is faster than the direct algorithm.
///
/// It multiplies a quarter as often and moves more: measured, a pixel takes 0.37 of the time, of an image that is filled
/// up to whole tiles. In its forms for training it transforms the weights in each pass, which takes as long as some two
/// hundred pixels do directly. Left to itself, the library asks neither and takes the direct algorithm for eight examples
/// and fewer.
struct Winograd {
  /// Pixels' worth of work that it saves in a pass of the batch, its tiles' transforms paid.
  private let saved: Double

  /// - Returns: `nil` where the convolution is no dense one of 3×3 at every position, and where it has too few channels.
  init?(_ parts: ConvolutionParts) {
    let window = parts.window
    guard parts.weight.count == 4, parts.weight.suffix(2) == [3, 3],
      min(parts.source[1], parts.kernels) >= 12,
      window.strides.0 == 1, window.strides.1 == 1, window.dilations.0 == 1, window.dilations.1 == 1
    else { return nil }
    let pixels = parts.result.suffix(2).elementCount
    let padded = parts.result.suffix(2).map { ($0 + 3) / 4 * 4 }.elementCount
    saved = Double(parts.result[0]) * (Double(pixels) - 0.37 * Double(padded))
  }

  /// Whether it is the faster one where the weights are transformed in each pass.
  var pays: Bool { saved > 180 }
}
