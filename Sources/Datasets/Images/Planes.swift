/// One example as planes: `[channels, height, width]`, float32.
package struct Planes: Equatable, Sendable {
  /// Planes.
  package var channels: Int
  /// Rows of each.
  package var height: Int
  /// Elements of a row.
  package var width: Int
  /// All elements, plane by plane and row by row.
  package var values: [Float]

  init(channels: Int, height: Int, width: Int, values: [Float]) {
    precondition(values.count == channels * height * width)
    self.channels = channels
    self.height = height
    self.width = width
    self.values = values
  }

  /// From interleaved values `[height, width, channels]`: floats, or the bytes of an image.
  init<Sample: Sendable>(
    height: Int, width: Int, channels: Int, interleaved: [Sample], _ float: (Sample) -> Float
  ) {
    precondition(interleaved.count == channels * height * width)
    let area = height * width
    let values = [Float](unsafeUninitializedCapacity: interleaved.count) { values, count in
      interleaved.withUnsafeBufferPointer { interleaved in
        for channel in 0..<channels {
          var from = channel
          for to in (channel * area)..<((channel + 1) * area) {
            values.initializeElement(at: to, to: float(interleaved[from]))
            from += channels
          }
        }
      }
      count = interleaved.count
    }
    self.init(channels: channels, height: height, width: width, values: values)
  }

  /// The mean of every `factor` × `factor` block; the sides are multiples of it.
  func averaged(by factor: Int) -> Planes {
    precondition(factor > 0 && height % factor == 0 && width % factor == 0)
    let (newHeight, newWidth) = (height / factor, width / factor)
    var output = [Float](repeating: 0, count: channels * newHeight * newWidth)
    let share = 1 / Float(factor * factor)
    var to = 0
    for channel in 0..<channels {
      for y in 0..<newHeight {
        for x in 0..<newWidth {
          var sum: Float = 0
          for row in 0..<factor {
            let start = (channel * height + y * factor + row) * width + x * factor
            for from in start..<(start + factor) { sum += values[from] }
          }
          output[to] = sum * share
          to += 1
        }
      }
    }
    return Planes(channels: channels, height: newHeight, width: newWidth, values: output)
  }

  /// Brings an image to a size; `crop` takes the largest box of the new aspect around the middle
  /// (or a smaller one, `shorter`), in fractions of a pixel.
  func resized(_ resize: DatasetConfiguration.Resize) -> Planes {
    guard resize.mode == .crop else { return resized(height: resize.height, width: resize.width) }
    let cover = max(Double(resize.height) / Double(height), Double(resize.width) / Double(width))
    let factor = resize.shorter.map { Double($0) / Double(min(height, width)) } ?? cover
    let boxHeight = min(Double(height), Double(resize.height) / factor)
    let boxWidth = min(Double(width), Double(resize.width) / factor)
    return resized(height: resize.height, width: resize.width, boxHeight: boxHeight, boxWidth: boxWidth)
  }

  /// Bilinear with antialiasing: a triangle as wide as the step between output samples (at least two input
  /// samples), as Pillow and PyTorch's `antialias=True` do, here without rounding in between.
  func resized(height newHeight: Int, width newWidth: Int) -> Planes {
    resized(height: newHeight, width: newWidth, boxHeight: Double(height), boxWidth: Double(width))
  }

  private func resized(height newHeight: Int, width newWidth: Int, boxHeight: Double, boxWidth: Double)
    -> Planes
  {
    // The direction that leaves less in between goes first: a thin image must not become a huge one.
    if height * newWidth <= newHeight * width {
      return resizedWidth(newWidth, box: boxWidth).resizedHeight(newHeight, box: boxHeight)
    }
    return resizedHeight(newHeight, box: boxHeight).resizedWidth(newWidth, box: boxWidth)
  }

  private func resizedWidth(_ newWidth: Int, box: Double) -> Planes {
    guard newWidth != width || box != Double(width) else { return self }
    let taps = Taps(from: width, box: box, to: newWidth)
    let rows = channels * height
    let output = [Float](unsafeUninitializedCapacity: rows * newWidth) { output, count in
      values.withUnsafeBufferPointer { values in
        taps.weights.withUnsafeBufferPointer { weights in
          // Four rows side by side: each sum waits for its own terms alone.
          var row = 0
          while row + 4 <= rows {
            for x in 0..<newWidth {
              let start = taps.start[x]
              var from = row * width + taps.first[x]
              var (a, b, c, d): (Float, Float, Float, Float) = (0, 0, 0, 0)
              for tap in start..<taps.start[x + 1] {
                let weight = weights[tap]
                a += weight * values[from]
                b += weight * values[from + width]
                c += weight * values[from + 2 * width]
                d += weight * values[from + 3 * width]
                from += 1
              }
              output[row * newWidth + x] = a
              output[(row + 1) * newWidth + x] = b
              output[(row + 2) * newWidth + x] = c
              output[(row + 3) * newWidth + x] = d
            }
            row += 4
          }
          for row in row..<rows {
            for x in 0..<newWidth {
              let from = row * width + taps.first[x] - taps.start[x]
              var sum: Float = 0
              for tap in taps.start[x]..<taps.start[x + 1] { sum += weights[tap] * values[from + tap] }
              output[row * newWidth + x] = sum
            }
          }
        }
      }
      count = rows * newWidth
    }
    return Planes(channels: channels, height: height, width: newWidth, values: output)
  }

  private func resizedHeight(_ newHeight: Int, box: Double) -> Planes {
    guard newHeight != height || box != Double(height) else { return self }
    let taps = Taps(from: height, box: box, to: newHeight)
    var output = [Float](repeating: 0, count: channels * newHeight * width)
    output.withUnsafeMutableBufferPointer { output in
      values.withUnsafeBufferPointer { values in
        for channel in 0..<channels {
          for y in 0..<newHeight {
            let to = (channel * newHeight + y) * width
            for tap in taps.start[y]..<taps.start[y + 1] {
              let from = (channel * height + taps.first[y] + tap - taps.start[y]) * width
              let weight = taps.weights[tap]
              for x in 0..<width { output[to + x] += weight * values[from + x] }
            }
          }
        }
      }
    }
    return Planes(channels: channels, height: newHeight, width: width, values: output)
  }
}

/// Which input samples make an output sample, in one direction, and with what weights.
private struct Taps {
  /// The first input sample of every output sample.
  var first: [Int] = []
  /// Where the weights of every output sample begin, and at last where they end.
  var start: [Int] = [0]
  var weights: [Float] = []

  /// From a box in the middle of `size` samples to `newSize` samples.
  init(from size: Int, box: Double, to newSize: Int) {
    let scale = box / Double(newSize)
    let low = (Double(size) - box) / 2
    let support = max(scale, 1)
    for index in 0..<newSize {
      let center = low + (Double(index) + 0.5) * scale
      let begin = min(size - 1, max(0, Int((center - support + 0.5).rounded(.down))))
      let end = min(size, max(begin + 1, Int((center + support + 0.5).rounded(.down))))
      let triangle = (begin..<end).map { max(0, 1 - abs((Double($0) + 0.5 - center) / support)) }
      let sum = triangle.reduce(0, +)
      first.append(begin)
      weights += triangle.map { Float(sum > 0 ? $0 / sum : 1 / Double(triangle.count)) }
      start.append(weights.count)
    }
  }
}
