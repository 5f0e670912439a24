/// Where the inputs of a network hold the examples of a batch.
///
/// Exporters name the extent that grows with the batch, `batch` or `N`; it is mostly the first of an input, and need not be:
/// a recurrent network's state is `[layers, batch, units]`. An input without it holds one value that serves every batch.
package struct BatchAxes: Sendable, Hashable {
  /// What the extent is called; `nil` where the file names none.
  package let symbol: String?
  /// The number of examples that the declarations fix; `nil` where any will do.
  package let fixed: Int?
  private let axes: [ValueID: Int]
  private let named: Set<ValueID>

  /// The axis along which an input holds examples; `nil` where its value serves every batch. Of an output, where the file
  /// names it.
  package func axis(of value: ValueID) -> Int? { axes[value] }

  /// Whether the axis is called what the batch is called, and so is as long as that of every other such input.
  package func isNamed(_ input: ValueID) -> Bool { named.contains(input) }

  /// Finds the axes by what the file declares.
  package init(_ network: Network) {
    func dimensions(_ values: [ValueID]) -> [[Dimension]] {
      values.map { network.values[$0.index].declaredType?.dimensions ?? [] }
    }
    let (inputs, outputs) = (dimensions(network.inputs), dimensions(network.outputs))
    let symbol = Self.symbol(inputs: inputs, outputs: outputs)
    var axes: [ValueID: Int] = [:]
    var named = Set<ValueID>()
    // An extent that stands beside the batch somewhere is something else, such as a length.
    let others = Set(
      inputs.filter { $0.contains { $0.label == symbol } }.joined().compactMap(\.label)
    ).subtracting([symbol].compactMap { $0 })
    for (input, declared) in zip(network.inputs, inputs) {
      let hasRank = network.values[input.index].declaredType?.dimensions != nil
      if let symbol, let axis = declared.firstIndex(where: { $0.label == symbol }) {
        axes[input] = axis
        named.insert(input)
      } else if declared.first.map({ $0.extent == nil && !others.contains($0.label ?? "") }) ?? !hasRank {
        axes[input] = 0
      }
    }
    var fixed: Int?
    if axes.isEmpty, let extent = inputs.first?.first?.extent {
      fixed = extent
      for (input, declared) in zip(network.inputs, inputs) where declared.first?.extent == extent {
        axes[input] = 0
      }
    }
    for (output, declared) in zip(network.outputs, outputs) where axes[output] == nil {
      axes[output] = symbol.flatMap { symbol in declared.firstIndex { $0.label == symbol } }
    }
    (self.symbol, self.fixed, self.axes, self.named) = (symbol, fixed, axes, named)
  }

  /// What the batch is called: a name that says so; else that of the first open leading extent, unless another name stands in
  /// more of the inputs and of the outputs, or leads an output that the leading one is not in.
  private static func symbol(inputs: [[Dimension]], outputs: [[Dimension]]) -> String? {
    let labels = inputs.joined().compactMap(\.label)
    if let plain = labels.first(where: { $0.lowercased().contains("batch") || $0 == "N" }) { return plain }
    guard let leading = inputs.lazy.compactMap({ $0.first?.label }).first else { return nil }
    func count(_ label: String, in values: [[Dimension]]) -> Int {
      values.count { $0.contains { $0.label == label } }
    }
    let known = count(leading, in: outputs)
    let rival = labels.first { label in
      guard count(label, in: outputs) > known else { return false }
      return known > 0
        ? count(label, in: inputs) > count(leading, in: inputs)
        : outputs.contains { $0.first?.label == label }
    }
    return rival ?? leading
  }
}

extension Dimension {
  /// The name, where it is free and has one.
  fileprivate var label: String? { if case .symbolic(let label) = self { label } else { nil } }
}

extension Network {
  /// Where the inputs hold the examples of a batch.
  package var batchAxes: BatchAxes { BatchAxes(self) }

  /// The number of examples that the inputs are declared to hold; `nil` where any number may come.
  package var fixedBatch: Int? { batchAxes.fixed }
}

extension BoundNetwork {
  /// The number of examples that the network is bound to: what the first input that holds examples has of them.
  package var batchSize: Int {
    let axes = network.batchAxes
    let sizes = network.inputs.lazy.compactMap { input in
      axes.axis(of: input).flatMap { axis in
        shape(of: input).flatMap { $0.indices.contains(axis) ? $0[axis] : nil }
      }
    }
    return max(1, sizes.first ?? 1)
  }
}
