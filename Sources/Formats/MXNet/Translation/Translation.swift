import Graph

/// A symbol said in ONNX's operators, and what of it came from where.
struct Translation: Sendable {
  /// How a constant differs from the array that it was made of.
  enum Form: Sendable, Hashable {
    case plain
    /// `[C]` with as many axes of one element behind as `rank` says in all.
    case column(rank: Int)
    /// Ones, whatever the array holds: a normalization with `fix_gamma`.
    case ones
    /// Whole numbers, which MXNet may keep as floating-point ones.
    case indices
    /// The filters of a layout with the channels last, `[K, …, C]`, as `[K, C, …]`.
    case channelsSecond
  }

  /// The array of a constant.
  struct Origin: Sendable, Hashable {
    /// The variable's name.
    let variable: String
    let form: Form
  }

  /// The network.
  var network: Network
  /// The arrays of constants.
  var origins: [ValueID: Origin] = [:]
  /// The nodes that say what a node of the symbol does, in order, by its number.
  var nodes: [Int: [NodeID]] = [:]
  /// The value of each output of the symbol's nodes.
  var values: [Symbol.Entry: ValueID] = [:]
}

extension Tensor {
  /// An array in the form that a network has it.
  func formed(_ form: Translation.Form) -> Tensor {
    switch form {
    case .plain: self
    case .column(let rank):
      reshaped(to: [elementCount] + [Int](repeating: 1, count: max(0, rank - 1)))
    case .ones: Tensor(elementType, [Double](repeating: 1, count: elementCount), shape: shape)
    case .indices: converted(to: .int64)
    case .channelsSecond: movingAxis(shape.count - 1, to: 1)
    }
  }

  /// The array that a constant stands for; its element type is the array's.
  func unformed(_ form: Translation.Form) -> Tensor {
    switch form {
    case .column: reshaped(to: [elementCount])
    case .channelsSecond: movingAxis(1, to: shape.count - 1)
    case .plain, .ones, .indices: self
    }
  }

  /// The same elements with one axis at another place among the others.
  private func movingAxis(_ axis: Int, to index: Int) -> Tensor {
    [Movement.permute(Array(shape.indices).moving(axis, to: index))].apply(to: self)
  }
}

extension [Int] {
  /// The same numbers with the one at `index` moved.
  func moving(_ index: Int, to other: Int) -> [Int] {
    var result = self
    guard indices.contains(index), indices.contains(other) else { return result }
    result.insert(result.remove(at: index), at: other)
    return result
  }
}
