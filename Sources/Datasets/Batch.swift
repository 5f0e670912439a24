/// Examples ready for a network, in C order.
public struct Batch: Sendable {
  /// An example that could not be read, and why.
  public struct Skipped: Sendable, Equatable, Codable {
    /// Its index in the data set.
    public var index: Int
    /// The file.
    public var name: String
    /// What is wrong with it, in one sentence.
    public var reason: String

    /// An example from its parts.
    package init(index: Int, name: String, reason: String) {
      (self.index, self.name, self.reason) = (index, name, reason)
    }
  }

  /// The inputs, `[N, C, H, W]`; `N` counts what could be read.
  public var inputs: [Float]
  /// The shape of `inputs`.
  public var shape: [Int]
  /// The further inputs of a model that has several, by name: values and shape `[N, …]`, as they are stored.
  public var further: [String: (values: [Float], shape: [Int])] = [:]
  /// The index of every example in the data set.
  public var indices: [Int]
  /// A class index per example, where the data have classes.
  public var labels: [Int]?
  /// What the outputs are compared with under losses that compare values; under cross entropy a class a place.
  public var targets: [Float]?
  /// The shape of `targets`, examples first.
  public var targetShape: [Int]?
  /// What was asked for and could not be read.
  public var skipped: [Skipped]

  /// A batch of examples that came from elsewhere, numbered from 0.
  package init(shape: [Int], inputs: [Float]) {
    self.init(inputs: inputs, shape: shape, indices: Array(0..<(shape.first ?? 0)), skipped: [])
  }

  init(inputs: [Float], shape: [Int], indices: [Int], skipped: [Skipped]) {
    self.inputs = inputs
    self.shape = shape
    self.indices = indices
    self.skipped = skipped
  }

  /// The number of examples, `N`.
  public var count: Int { indices.count }

  /// Adds the examples of another batch of the same data behind these, and what was skipped there.
  mutating func append(_ other: Batch) {
    skipped += other.skipped
    guard other.count > 0 else { return }
    inputs += other.inputs
    indices += other.indices
    shape = [indices.count] + other.shape.dropFirst()
    for (name, part) in other.further {
      further[name] = ((further[name]?.values ?? []) + part.values, [indices.count] + part.shape.dropFirst())
    }
    if let others = other.labels { labels = (labels ?? []) + others }
    if let others = other.targets {
      targets = (targets ?? []) + others
      targetShape = [indices.count] + (other.targetShape ?? []).dropFirst()
    }
  }
}
