package import Datasets
import Graph

/// Random changes of pictures that leave what they show: the network sees more than there is.
///
/// What an example is changed by follows from the seed, the epoch and the example's number alone, not from the batch
/// around it. Targets that are pictures or class maps are changed alike.
public struct Augmentation: Sendable, Hashable, Codable {
  /// Whether every second picture is turned left to right.
  public var flips: Bool
  /// Each picture is moved by up to this many pixels a side, with zeros (after normalisation) where nothing is: a
  /// random crop of the padded picture.
  public var crop: Int
  /// Each picture is moved by up to this many pixels a side, the edge repeated where nothing is.
  public var shift: Int

  /// Random changes; none without arguments.
  public init(flips: Bool = false, crop: Int = 0, shift: Int = 0) {
    self.flips = flips
    self.crop = crop
    self.shift = shift
  }

  /// Whether nothing is changed.
  package var isEmpty: Bool { !flips && crop <= 0 && shift <= 0 }

  /// Changes the pictures of a batch, `[N, C, H, W]`, and targets that are pictures.
  ///
  /// - Throws: `TrainingError.notPictures` where examples, or their targets, are something else.
  package func apply(to batch: inout Batch, epoch: Int, seed: UInt64) throws {
    guard !isEmpty, batch.count > 0 else { return }
    guard batch.shape.count == 4 else {
      throw TrainingError.notPictures(what: "Examples", shape: batch.shape)
    }
    let size = Extent(height: batch.shape[2], width: batch.shape[3])
    var target: (size: Extent, planes: Int, factor: Int)?
    if let shape = batch.targetShape, batch.targets != nil {
      target = try Self.picture(shape, beside: size)
    }
    for (position, index) in batch.indices.enumerated() {
      let change = change(of: index, epoch: epoch, seed: seed)
      let planes = position * batch.shape[1]..<(position + 1) * batch.shape[1]
      change.apply(to: &batch.inputs, planes: planes, size: size, fill: 0)
      if let target {
        let scaled = Change(
          flips: change.flips, down: change.down * target.factor, right: change.right * target.factor,
          repeatsEdge: change.repeatsEdge)
        let isMap = batch.targetShape?.count == 3
        scaled.apply(
          to: &batch.targets!, planes: position * target.planes..<(position + 1) * target.planes,
          size: target.size, fill: isMap ? Float(Targets.unlabelled) : 0)
      }
    }
  }

  /// The extents of targets that are pictures, and how many of their pixels are one of the example's.
  private static func picture(
    _ shape: [Int], beside size: Extent
  ) throws -> (size: Extent, planes: Int, factor: Int) {
    guard (3...4).contains(shape.count), let width = shape.last, size.width > 0, size.height > 0 else {
      throw TrainingError.notPictures(what: "Targets", shape: shape)
    }
    let height = shape[shape.count - 2]
    let factor = width / size.width
    guard factor > 0, width == factor * size.width, height == factor * size.height else {
      throw TrainingError.notPictures(what: "Targets", shape: shape)
    }
    return (Extent(height: height, width: width), shape.count == 4 ? shape[1] : 1, factor)
  }

  private func change(of index: Int, epoch: Int, seed: UInt64) -> Change {
    // Two rounds of the generator's own mixing keep neighbouring examples apart.
    var mixer = SeededGenerator(seed: seed ^ UInt64(bitPattern: Int64(epoch)) &* 0xd134_2543_de82_ef95)
    var generator = SeededGenerator(
      seed: mixer.next() ^ UInt64(bitPattern: Int64(index)) &* 0x9fb2_1c65_1e98_df25)
    func offset(_ limit: Int) -> Int {
      limit > 0 ? Int(generator.unit() * Double(2 * limit + 1)) - limit : 0
    }
    let isFlipped = generator.unit() < 0.5
    let cropped = (offset(crop), offset(crop))
    let shifted = (offset(shift), offset(shift))
    return Change(
      flips: flips && isFlipped, down: cropped.0 + shifted.0, right: cropped.1 + shifted.1,
      repeatsEdge: crop <= 0)
  }
}

/// The size of a picture in pixels.
private struct Extent {
  let height: Int
  let width: Int
}

/// What happens to one picture.
private struct Change {
  let flips: Bool
  let down: Int
  let right: Int
  let repeatsEdge: Bool

  /// Changes planes of H × W numbers.
  func apply(to values: inout [Float], planes: Range<Int>, size: Extent, fill: Float) {
    guard flips || down != 0 || right != 0 else { return }
    let area = size.height * size.width
    for plane in planes {
      let source = Array(values[plane * area..<(plane + 1) * area])
      for row in 0..<size.height {
        for column in 0..<size.width {
          var (from, across) = (row - down, column - right)
          if repeatsEdge {
            from = min(max(from, 0), size.height - 1)
            across = min(max(across, 0), size.width - 1)
          }
          let isInside = 0..<size.height ~= from && 0..<size.width ~= across
          if flips { across = size.width - 1 - across }
          values[plane * area + row * size.width + column] =
            isInside ? source[from * size.width + across] : fill
        }
      }
    }
  }
}
