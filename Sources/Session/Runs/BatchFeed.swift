import Datasets
import Graph

/// Which input of a network is fed by which part of a batch.
///
/// Data hold examples along the first axis, a network where it likes: the feed puts them there.
struct BatchFeed {
  /// What feeds an input.
  private enum Source {
    /// What the data are about.
    case examples
    /// The data's array of that name, with a part for each example.
    case further(String)
    /// One value for every batch.
    case shared([Float])
    /// One value for every batch, which the network wants beside each example.
    case repeated([Float])
  }

  /// What a plan's forward pass is given for a batch.
  struct Values {
    /// Examples.
    let count: Int
    let values: [ValueID: [Float]]
  }

  /// The shape of each input, for any number of examples.
  private(set) var shapes: [ValueID: BatchedShape] = [:]
  private var sources: [ValueID: Source] = [:]

  /// - Throws: `unfit` where an input is fed by nothing.
  init(_ network: OpenNetwork, dataset: Dataset) throws {
    let inputs = network.network.inputs
    let axes = network.batched.batchAxes
    for input in inputs {
      let name = network.network.name(of: input)
      if let shape = dataset.furtherShapes[name], inputs.count > 1 {
        feed(input, .further(name), BatchedShape(example: shape, axis: axes.axis(of: input) ?? 0))
      } else if let (shape, values) = dataset.shared[name], inputs.count > 1 {
        if let axis = axes.axis(of: input), axes.isNamed(input), shape.indices.contains(axis), shape[axis] > 0
        {
          var example = shape
          let count = example.remove(at: axis)
          let batched = BatchedShape(example: example, axis: axis)
          feed(input, .repeated(batched.examplesFirst(values, examples: count)), batched)
        } else {
          feed(input, .shared(values), BatchedShape(example: shape, axis: nil))
        }
      } else if inputs.count == 1 || name == dataset.inputName {
        feed(input, .examples, BatchedShape(example: dataset.exampleShape, axis: axes.axis(of: input) ?? 0))
      } else {
        let names = inputs.map(network.network.name(of:)).joined(separator: ", ")
        throw SessionError.unfit(
          sentence: "The model has \(inputs.count) inputs, and the data have nothing for \(name).",
          remedy: "Give an NPZ archive with an array for each input: \(names).")
      }
    }
  }

  private mutating func feed(_ input: ValueID, _ source: Source, _ shape: BatchedShape) {
    sources[input] = source
    shapes[input] = shape
  }

  /// The shapes of a batch of so many examples.
  func shapes(examples: Int) -> [ValueID: [Int]] { shapes.mapValues { $0.shape(examples: examples) } }

  /// A batch as a network takes it.
  func values(_ batch: Batch) -> Values { Values(count: batch.count, values: inputs(batch)) }

  /// What a plan's forward pass is given.
  func inputs(_ batch: Batch) -> [ValueID: [Float]] {
    var feeds: [ValueID: [Float]] = [:]
    for (input, source) in sources {
      guard let shape = shapes[input] else { continue }
      switch source {
      case .examples: feeds[input] = shape.inPlace(batch.inputs, examples: batch.count)
      case .further(let name):
        feeds[input] = batch.further[name].map { shape.inPlace($0.values, examples: batch.count) }
      case .shared(let values): feeds[input] = values
      case .repeated(let values):
        let wanted = batch.count * shape.example.elementCount
        let all = (0..<wanted).map { values[$0 % values.count] }
        feeds[input] = shape.inPlace(all, examples: batch.count)
      }
    }
    return feeds
  }
}

extension BatchedShape {
  /// Values of examples that stand one behind the other, in the order of a batch.
  func inPlace(_ values: [Float], examples: Int) -> [Float] {
    guard let axis, axis > 0 else { return values }
    return Self.swapping(values, examples, example[..<axis].reduce(1, *))
  }

  /// The values of a batch, example by example.
  func examplesFirst(_ values: [Float], examples: Int) -> [Float] {
    guard let axis, axis > 0 else { return values }
    return Self.swapping(values, example[..<axis].reduce(1, *), examples)
  }

  /// Blocks that lie `[rows, columns]` brought into the order `[columns, rows]`.
  private static func swapping(_ values: [Float], _ rows: Int, _ columns: Int) -> [Float] {
    guard rows > 1, columns > 1 else { return values }
    let block = values.count / (rows * columns)
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for column in 0..<columns {
      for row in 0..<rows {
        let start = (row * columns + column) * block
        result += values[start..<(start + block)]
      }
    }
    return result
  }
}
