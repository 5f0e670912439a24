package import Graph

/// A penalty on one parameter, in groups of its elements: what regularizers of schedules are made of.
package struct WeightPenalty: Sendable, Hashable {
  /// What is added to the loss.
  package enum Kind: Sendable, Hashable {
    /// λ·Σ |w|.
    case l1
    /// ½·λ·Σ w².
    case l2
    /// λ·Σ ‖g‖ over the groups g (Yuan and Lin 2006).
    case groupLasso
  }

  /// Which elements make a group.
  package enum Grouping: Sendable, Hashable {
    /// All at one position of an axis.
    case slices(axis: Int)
    /// So many neighbours in C order, such as the 3×3 of a 2-D kernel.
    case runs(length: Int)
    /// All of them.
    case whole
  }

  /// The parameter.
  package let parameter: ValueID
  /// What is added to the loss.
  package let kind: Kind
  /// λ.
  package let strength: Float
  /// Which elements make a group, for `groupLasso`.
  package let grouping: Grouping

  /// A penalty.
  package init(_ kind: Kind, on parameter: ValueID, strength: Float, grouping: Grouping = .whole) {
    self.parameter = parameter
    self.kind = kind
    self.strength = strength
    self.grouping = grouping
  }

  /// Adds its derivative to a gradient.
  ///
  /// - Parameter shape: the parameter's.
  package func add(
    values: UnsafeBufferPointer<Float>, shape: [Int], to gradient: UnsafeMutableBufferPointer<Float>
  ) {
    switch kind {
    case .l1:
      for index in values.indices {
        gradient[index] += values[index] > 0 ? strength : values[index] < 0 ? -strength : 0
      }
    case .l2:
      for index in values.indices { gradient[index] += strength * values[index] }
    case .groupLasso:
      let indices = ElementGroups(grouping, shape: shape)
      var squares = [Double](repeating: 0, count: indices.count)
      indices.forEachRun(of: values.count) { group, run in
        var square = squares[group]
        for index in run { square += Double(values[index] * values[index]) }
        squares[group] = square
      }
      // At zero any small slope is one of the norm's: none is taken.
      let factors = squares.map { $0 > 1e-24 ? strength / Float($0.squareRoot()) : 0 }
      indices.forEachRun(of: values.count) { group, run in
        let factor = factors[group]
        for index in run { gradient[index] += factor * values[index] }
      }
    }
  }
}

/// The group of each element of a tensor.
package struct ElementGroups: Sendable, Hashable {
  /// Groups in all.
  package let count: Int
  /// Neighbours in C order that are of one group.
  @usableFromInline let inner: Int

  /// The groups of a tensor of a shape.
  package init(_ grouping: WeightPenalty.Grouping, shape: [Int]) {
    let elements = shape.elementCount
    switch grouping {
    case .slices(let axis):
      inner = max(1, shape[(axis + 1)...].elementCount)
      count = max(1, shape[axis])
    case .runs(let length):
      inner = max(1, length)
      count = max(1, elements / max(1, length))
    case .whole:
      inner = max(1, elements)
      count = 1
    }
  }

  /// The group of the element at an index in C order.
  @inlinable
  package func group(of index: Int) -> Int { index / inner % count }

  /// Goes through the elements of a tensor in C order, a run of neighbours of one group at a time: whoever looks at all
  /// of them need not divide for each.
  ///
  /// - Parameter elements: how many the tensor has.
  @inlinable
  package func forEachRun(of elements: Int, _ body: (_ group: Int, _ indices: Range<Int>) -> Void) {
    var (start, group) = (0, 0)
    while start < elements {
      let end = elements - start > inner ? start + inner : elements
      body(group, start..<end)
      start = end
      group = group + 1 == count ? 0 : group + 1
    }
  }
}
