import CPointwise
import Graph

/// The gradients of a depthwise convolution's weights.
///
/// The library has fast code for small kernels without dilation, in its blocked layouts, and multiplies matrices for the
/// others. This takes any kernel, and channels that lie innermost.
struct DepthwiseWeights {
  private let form: cpw_depthwise
  private let source: PlanTensor
  private let gradient: PlanTensor

  /// Channels that are computed together.
  private static let width = Int(CPW_CHANNELS)

  /// - Parameters:
  ///   - source: the convolution's source, `[N, C, H, W]` or `[N, C, L]`.
  ///   - gradient: the gradient of its result.
  /// - Returns: `nil` for other convolutions than depthwise ones with a weight for each of sixteen channels or more, in one
  ///   or two dimensions.
  init?(
    _ parts: ConvolutionParts, source: PlanTensor, gradient: PlanTensor, _ plan: PlanBuilder
  ) throws {
    let spatial = source.shape.count - 2
    guard parts.isDepthwise, !parts.isNarrow, 1...2 ~= spatial, source.shape[1] >= Self.width,
      source.shape.elementCount > 0, gradient.shape.elementCount > 0
    else { return nil }
    let tensors = [try plan.widened(source), try plan.widened(gradient)]
    let staysBlocked = tensors.allSatisfy { Self.isBlocked($0.layout) }
    let grouped = try tensors.map { tensor in
      staysBlocked ? tensor : try plan.reordered(tensor, to: .channelsLast(tensor.shape))
    }
    (self.source, self.gradient) = (grouped[0], grouped[1])
    // In one dimension, rows are one.
    func axes(_ list: [Int], missing: Int) -> (rows: Int64, columns: Int64) {
      (Int64(list.count == 2 ? list[0] : missing), Int64(list[list.count - 1]))
    }
    func extents(_ shape: [Int]) -> (rows: Int64, columns: Int64) { axes(Array(shape[2...]), missing: 1) }
    let (from, to, kernel) = (extents(source.shape), extents(gradient.shape), extents(parts.weight))
    let (stride, dilation) = (axes(parts.strides, missing: 1), axes(parts.dilations, missing: 1))
    let before = axes(parts.padsBefore, missing: 0)
    form = cpw_depthwise(
      source_rows: from.rows, source_columns: from.columns, result_rows: to.rows, result_columns: to.columns,
      kernel_rows: kernel.rows, kernel_columns: kernel.columns, row_stride: stride.rows,
      column_stride: stride.columns, row_dilation: dilation.rows, column_dilation: dilation.columns,
      rows_before: before.rows, columns_before: before.columns,
      source_pixel: Int64(Self.pixel(self.source.layout)),
      result_pixel: Int64(Self.pixel(self.gradient.layout)))
  }

  /// Whether channels lie in blocks of what is computed together.
  private static func isBlocked(_ layout: Layout) -> Bool {
    layout.memoryOrder == layout.shape.indices.map(Layout.Dimension.axis) + [.block(0)]
      && layout.blocks == [.init(axis: 1, extent: width)]
  }

  /// Floats from a position to the next one beside it.
  private static func pixel(_ layout: Layout) -> Int { layout.blocks.isEmpty ? layout.shape[1] : width }

  /// Where a group of channels of an image begins, in floats.
  private static func start(_ layout: Layout, image: Int, channel: Int) -> Int {
    let area = layout.shape[2...].elementCount
    return layout.blocks.isEmpty
      ? image * layout.shape[1] * area + channel
      : (image * layout.paddedShape[1] + channel) * area
  }

  /// Adds the step.
  ///
  /// - Returns: the gradients of the weights, `[C, 1, …]`, and of the bias, `[C]`, in C order.
  func emit(_ label: String, _ plan: PlanBuilder) throws -> (
    weights: PlanTensor, bias: PlanTensor
  ) {
    let (images, channels, width) = (source.shape[0], source.shape[1], Self.width)
    let (sourceLayout, gradientLayout) = (source.layout, gradient.layout)
    // The last group begins so early that it is full, where no padding fills it.
    let isPadded = !sourceLayout.blocks.isEmpty
    let groups = (channels + width - 1) / width
    let starts = (0..<groups).map { isPadded ? $0 * width : min($0 * width, channels - width) }
    // Pieces of the batch have sums of their own, so that all threads are busy where channels are few.
    let pieces = min(images, max(1, 32 / groups))
    let taps = Int(form.kernel_rows * form.kernel_columns)
    let size = (taps + 1) * width
    let sums = plan.make(try .plain([groups, pieces, size]))
    let weights = plan.make(try .plain([channels, taps]))
    let bias = plan.make(try .plain([channels]))
    let form = form
    plan.emit(label, reads: [source, gradient], writes: [sums, weights, bias]) { [source, gradient] in
      let (x, g, s, w, b) = (
        UnsafePointer(source.floats), UnsafePointer(gradient.floats), sums.floats, weights.floats, bias.floats
      )
      return {
        parallel(groups * pieces) { item in
          let (channel, piece) = (starts[item / pieces], item % pieces)
          let target = s + item * size
          target.update(repeating: 0, count: size)
          for image in images * piece / pieces..<images * (piece + 1) / pieces {
            cpw_depthwise_weights(
              [form], x + Self.start(sourceLayout, image: image, channel: channel),
              g + Self.start(gradientLayout, image: image, channel: channel), target)
          }
        }
        parallelRanges(channels, grain: 64) { range in
          for channel in range {
            let group = channel / width
            let first = s + group * pieces * size + channel - starts[group]
            for tap in 0...taps {
              var sum: Float = 0
              for piece in 0..<pieces { sum += first[piece * size + tap * width] }
              if tap == taps { b[channel] = sum } else { w[channel * taps + tap] = sum }
            }
          }
        }
      }
    }
    return (weights, bias)
  }
}
