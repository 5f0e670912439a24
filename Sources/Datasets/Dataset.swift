import Errors
import Files
import Foundation
import Graph

/// Examples of one part of some data, preprocessed for a network; a value that any thread may read from.
///
/// Little is held in memory: arrays of up to 64 MiB (and compressed ones) as the bytes of their file, larger ones
/// and images not at all. What is asked for is decoded for each batch.
public struct Dataset: Sendable {
  /// What stands beside every example.
  public enum Targets: Sendable, Equatable {
    /// Class indices below `count`; `names` in their order, where the data name them.
    case classes(count: Int, names: [String]?)
    /// Arrays of a shape, without the example dimension.
    case arrays(shape: [Int])
    /// Nothing.
    case none
  }

  enum Examples: Sendable {
    case array(StoredArray, layout: DatasetConfiguration.Layout)
    case images(ImageFolder, height: Int, width: Int)
  }

  /// Where the data stand.
  public let path: String
  /// The settings, with what was decided from the data and the model's input filled in.
  public let configuration: DatasetConfiguration
  /// The part that this is.
  public let split: Split
  /// The number of examples, in this part and within the limit.
  public let count: Int
  /// The shape of an example after preprocessing, `[C, H, W]` for images.
  public let exampleShape: [Int]
  /// The name of the input that the examples are for, where the model has several.
  public let inputName: String?
  /// The shapes of an example of the further inputs of a model that has several, by name.
  package var furtherShapes: [String: [Int]] {
    further.reduce(into: [:]) { $0[$1.name] = Array($1.array.shape.dropFirst()) }
  }
  /// The arrays of inputs that have one value for every batch, by name.
  package let shared: [String: (shape: [Int], values: [Float])]
  /// What stands beside every example.
  public let targets: Targets
  /// What the output is measured by.
  public let loss: DatasetConfiguration.Loss

  let further: [(name: String, array: StoredArray)]
  let examples: Examples
  let preprocessing: Preprocessing
  /// The stored index of every example; nil when they are the first `count`.
  let storedIndices: [Int]?
  let labels: [Int32]?
  let targetArray: StoredArray?
  let target: DatasetConfiguration.Target?
  let imageShape: [Int]
  /// Examples that were decoded before, where they are kept.
  var kept: KeptExamples?

  /// The same data, whose pictures are decoded once: as many as fit stay in memory for later passes, as they were when they
  /// were read first. Arrays are read as fast as they could be kept.
  package func keepingExamples() -> Dataset {
    guard case .images = examples, target != .image, kept == nil else { return self }
    var copy = self
    copy.kept = KeptExamples(byteLimit: min(1 << 31, MemoryBudget.current.bytes / 8))
    return copy
  }

  /// The examples' indices in a random order: the same for the same seed and epoch, on every system.
  public func order(epoch: Int = 0) -> [Int] {
    let seed = (configuration.seed ?? 0) &+ UInt64(bitPattern: Int64(epoch)) &* 0xd134_2543_de82_ef95
    var generator = SeededGenerator(seed: seed)
    return generator.permutation(of: count)
  }

  /// Reads examples. An image that cannot be read is left out and named in ``Batch/skipped``.
  ///
  /// Throws for an index outside of the data set, or when an array's file can no longer be read.
  public func batch(_ indices: some Collection<Int>) throws -> Batch {
    for index in indices where !(0..<count).contains(index) {
      throw DatasetError.badIndex(index: index, count: count)
    }
    let size = exampleShape.elementCount
    let targetSize = targetShape?.elementCount ?? 0
    let needed = indices.count.times(size.plus(targetSize)).times(4)
    if let budget = MemoryBudget.exceeded(by: needed) {
      throw DatasetError.overBudget(path: path, needed: needed, allowed: budget.bytes)
    }
    var batch = Batch(inputs: [], shape: [], indices: [], skipped: [])
    var inputs = [Float](repeating: 0, count: indices.count * size)
    var targets = [Float](repeating: 0, count: indices.count * targetSize)
    batch.indices.reserveCapacity(indices.count)
    for index in indices {
      let stored = storedIndices?[index] ?? index
      let position = batch.indices.count
      let inputRange = (position * size)..<((position + 1) * size)
      let targetRange = (position * targetSize)..<((position + 1) * targetSize)
      if case .array(let array, _) = examples, isDirect {
        try array.copyRow(stored, into: &inputs, at: inputRange.lowerBound)
        preprocessing.normalize(
          &inputs, from: inputRange.lowerBound, count: size, channels: exampleShape.first ?? 1)
        if target == .input || target == .image {
          targets.replaceSubrange(targetRange, with: inputs[inputRange])
        }
      } else if let values = kept?[stored] {
        inputs.replaceSubrange(inputRange, with: values)
        if target == .input { targets.replaceSubrange(targetRange, with: values) }
      } else {
        let planes: Planes
        do {
          planes = try self.planes(at: stored)
        } catch {
          guard case .images(let folder, _, _) = examples else { throw error }
          batch.skipped.append(
            .init(index: index, name: folder.files[stored], reason: CaughtError(error).sentence))
          continue
        }
        let (image, input) = preprocessing.apply(planes)
        kept?.keep(input.values, of: stored)
        inputs.replaceSubrange(inputRange, with: input.values)
        if target == .input { targets.replaceSubrange(targetRange, with: input.values) }
        if target == .image { targets.replaceSubrange(targetRange, with: image.values) }
      }
      if let targetArray { try targetArray.copyRow(stored, into: &targets, at: targetRange.lowerBound) }
      batch.indices.append(index)
    }
    inputs.removeLast(inputs.count - batch.count * size)
    targets.removeLast(targets.count - batch.count * targetSize)
    for (name, array) in further {
      let size = array.rowElementCount
      var values = [Float](repeating: 0, count: batch.count * size)
      for (position, index) in batch.indices.enumerated() {
        try array.copyRow(storedIndices?[index] ?? index, into: &values, at: position * size)
      }
      batch.further[name] = (values, [batch.count] + array.shape.dropFirst())
    }
    batch.inputs = inputs
    batch.shape = [batch.count] + exampleShape
    if let targetShape {
      batch.targets = targets
      batch.targetShape = [batch.count] + targetShape
    }
    batch.labels = labels.map { labels in batch.indices.map { Int(labels[storedIndices?[$0] ?? $0]) } }
    return batch
  }

  /// The class of an example without reading the example; nil where there are no classes.
  package func label(of index: Int) throws -> Int? {
    guard (0..<count).contains(index) else { throw DatasetError.badIndex(index: index, count: count) }
    return labels.map { Int($0[storedIndices?[index] ?? index]) }
  }

  var targetShape: [Int]? {
    switch target {
    case .array: targetArray.map { $0.shape.count > 1 ? Array($0.shape.dropFirst()) : [1] }
    case .input: exampleShape
    case .image: imageShape
    case nil: nil
    }
  }

  /// Whether an array's rows can be converted where they belong, without a step in between.
  private var isDirect: Bool {
    guard case .array(let array, let layout) = examples else { return false }
    return preprocessing.isValuesOnly && (layout == .nchw || array.shape.count != 4 || array.shape[3] == 1)
  }

  /// An example as it is stored.
  private func planes(at index: Int) throws -> Planes {
    switch examples {
    case .images(let folder, let height, let width):
      return try image(folder.files[index], height: height, width: width)
    case .array(let array, let layout):
      var values = [Float](repeating: 0, count: array.rowElementCount)
      try array.copyRow(index, into: &values, at: 0)
      let lengths = Array(array.shape.dropFirst())
      return layout == .nhwc
        ? Planes(height: lengths[0], width: lengths[1], channels: lengths[2], interleaved: values) { $0 }
        : Planes(channels: lengths[0], height: lengths[1], width: lengths[2], values: values)
    }
  }

  private func image(_ path: String, height: Int, width: Int) throws -> Planes {
    let planes = try ImageCodec.planes(path: path)
    guard preprocessing.resize != nil || (planes.height == height && planes.width == width) else {
      throw DatasetError.sizesDiffer(
        folder: Folder.path(above: path), first: "\(height)×\(width)",
        second: "\(planes.height)×\(planes.width) (\((path as NSString).lastPathComponent))")
    }
    return planes
  }
}
