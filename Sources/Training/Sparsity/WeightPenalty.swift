public import Graph

/// A penalty on one parameter, in groups of its elements: what regularizers of schedules are made of.
public struct WeightPenalty: Sendable, Hashable {
  /// What is added to the loss.
  public enum Kind: Sendable, Hashable {
    /// λ·Σ |w|.
    case l1
    /// ½·λ·Σ w².
    case l2
    /// λ·Σ ‖g‖ over the groups g (Yuan and Lin 2006).
    case groupLasso
  }

  /// Which elements make a group.
  public enum Grouping: Sendable, Hashable {
    /// All at one position of an axis.
    case slices(axis: Int)
    /// So many neighbours in C order, such as the 3×3 of a 2-D kernel.
    case runs(length: Int)
    /// All of them.
    case whole
  }

  /// The parameter.
  public let parameter: ValueID
  /// What is added to the loss.
  public let kind: Kind
  /// λ.
  public let strength: Float
  /// Which elements make a group, for `groupLasso`.
  public let grouping: Grouping

  /// A penalty.
  public init(_ kind: Kind, on parameter: ValueID, strength: Float, grouping: Grouping = .whole) {
    self.parameter = parameter
    self.kind = kind
    self.strength = strength
    self.grouping = grouping
  }

  /// Adds its derivative to a gradient.
  ///
  /// - Parameter shape: the parameter's.
  public func add(
    values: UnsafeBufferPointer<Float>, shape: [Int], to gradient: UnsafeMutableBufferPointer<Float>
  ) {
    switch kind {
    case .l1:
      for place in values.indices {
        gradient[place] += values[place] > 0 ? strength : values[place] < 0 ? -strength : 0
      }
    case .l2:
      for place in values.indices { gradient[place] += strength * values[place] }
    case .groupLasso:
      let places = GroupPlaces(grouping, shape: shape)
      var squares = [Double](repeating: 0, count: places.count)
      for place in values.indices {
        squares[places.group(of: place)] += Double(values[place] * values[place])
      }
      // At zero any small slope is one of the norm's: none is taken.
      let factors = squares.map { $0 > 1e-24 ? strength / Float($0.squareRoot()) : 0 }
      for place in values.indices { gradient[place] += factors[places.group(of: place)] * values[place] }
    }
  }
}

/// The group of each element of a tensor.
public struct GroupPlaces: Sendable, Hashable {
  /// Groups in all.
  public let count: Int
  private let inner: Int

  /// The groups of a tensor of a shape.
  public init(_ grouping: WeightPenalty.Grouping, shape: [Int]) {
    let elements = shape.reduce(1, *)
    switch grouping {
    case .slices(let axis):
      inner = max(1, shape[(axis + 1)...].reduce(1, *))
      count = max(1, shape[axis])
    case .runs(let length):
      inner = max(1, length)
      count = max(1, elements / max(1, length))
    case .whole:
      inner = max(1, elements)
      count = 1
    }
  }

  /// The group of the element at a place in C order.
  @inline(__always)
  public func group(of place: Int) -> Int { place / inner % count }
}
