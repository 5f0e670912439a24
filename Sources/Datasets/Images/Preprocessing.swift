/// What happens to a stored example before the network sees it: channels, size, values, down-sampling.
struct Preprocessing: Sendable {
  var channels: DatasetConfiguration.Channels?
  var resize: DatasetConfiguration.Resize?
  var scale: Float
  var mean: [Float]
  var deviation: [Float]
  var downsample: Int

  init(_ configuration: DatasetConfiguration, storedAsBytes: Bool) {
    channels = configuration.channels
    resize = configuration.resize
    scale = Float(configuration.scale ?? (storedAsBytes ? 1.0 / 255 : 1))
    mean = (configuration.mean ?? [0]).map { Float($0) }
    deviation = (configuration.deviation ?? [1]).map { Float($0) }
    downsample = configuration.downsample ?? 1
  }

  /// The most elements of an example that is made from a smaller one.
  private static let largestExample = 0x1p28

  /// Whether only values change: the shape and order stay.
  var isValuesOnly: Bool { channels == nil && resize == nil && downsample == 1 }

  /// The shape of the image and of the input for a stored `[C, H, W]` (of any shape when only values change).
  func shapes(of stored: [Int]) throws -> (image: [Int], input: [Int]) {
    // A picture of no lines cannot be brought to another size, whatever size is asked for.
    guard !stored.contains(0) else {
      throw DatasetError.unsuitable(
        setting: "data", reason: "an example has the shape \(stored)", remedy: "Give data that have elements."
      )
    }
    var shape = stored
    if stored.count != 3, !isValuesOnly {
      throw DatasetError.unsuitable(
        setting: resize != nil ? "resize" : channels != nil ? "channels" : "downsample",
        reason: "an example has the shape \(stored), not [C, H, W]", remedy: "Leave it out for these data.")
    }
    if let channels {
      guard stored[0] == 1 || stored[0] == 3 else {
        throw DatasetError.unsuitable(
          setting: "channels: \(channels.rawValue)",
          reason: "an example has \(stored[0]) channels, not 1 or 3",
          remedy: "Leave it out, or set layout: \(stored[2] <= 4 ? "nhwc" : "nchw") if the order is another.")
      }
      shape[0] = channels == .gray ? 1 : 3
    }
    if let resize { shape.replaceSubrange(1...2, with: [resize.height, resize.width]) }
    guard isValuesOnly || shape.reduce(1.0, { $0 * Double($1) }) <= Self.largestExample else {
      throw DatasetError.unsuitable(
        setting: "resize", reason: "an example of \(shape) would be too large",
        remedy: "Set a smaller resize.")
    }
    let image = shape
    if downsample > 1 {
      guard shape[1] % downsample == 0, shape[2] % downsample == 0 else {
        throw DatasetError.unsuitable(
          setting: "downsample: \(downsample)", reason: "\(shape[1])×\(shape[2]) is not a multiple of it",
          remedy: "Set resize to a multiple of \(downsample).")
      }
      shape[1] /= downsample
      shape[2] /= downsample
    }
    for (key, values) in [("mean", mean), ("deviation", deviation)]
    where values.count != 1 && values.count != shape.first {
      throw DatasetError.unsuitable(
        setting: key, reason: "it has \(values.count) values for \(shape.first ?? 0) channels",
        remedy: "Give one value, or one per channel.")
    }
    return (image, shape)
  }

  /// Scale, mean and deviation, in place, on one example of `channels` equal parts.
  func normalize(_ values: inout [Float], from start: Int, count: Int, channels: Int) {
    let perChannel = mean.count > 1 || deviation.count > 1
    let parts = perChannel ? channels : 1
    let size = count / max(parts, 1)
    for part in 0..<parts {
      let divisor = deviation[deviation.count > 1 ? part : 0]
      let factor = scale / divisor
      let offset = -mean[mean.count > 1 ? part : 0] / divisor
      if factor == 1 && offset == 0 { continue }
      values.withUnsafeMutableBufferPointer { values in
        for i in (start + part * size)..<(start + (part + 1) * size) {
          values[i] = values[i] * factor + offset
        }
      }
    }
  }

  /// The image as the network would see it at full size, and the network's input.
  func apply(_ planes: Planes) -> (image: Planes, input: Planes) {
    var image = planes
    if let channels { image = image.converted(to: channels) }
    if let resize { image = image.resized(resize) }
    normalize(&image.values, from: 0, count: image.values.count, channels: image.channels)
    return (image, downsample > 1 ? image.averaged(by: downsample) : image)
  }
}

extension Planes {
  /// Gray to three channels, three to gray, or three in another order.
  func converted(to wanted: DatasetConfiguration.Channels) -> Planes {
    let area = height * width
    switch (wanted, channels) {
    case (.gray, 3):
      var gray = [Float](repeating: 0, count: area)
      for i in 0..<area {
        gray[i] = 0.299 * values[i] + 0.587 * values[area + i] + 0.114 * values[2 * area + i]
      }
      return Planes(channels: 1, height: height, width: width, values: gray)
    case (.rgb, 1), (.bgr, 1):
      return Planes(channels: 3, height: height, width: width, values: values + values + values)
    case (.bgr, 3):
      let swapped = values[(2 * area)...] + values[area..<(2 * area)] + values[..<area]
      return Planes(channels: 3, height: height, width: width, values: Array(swapped))
    default: return self
    }
  }
}
