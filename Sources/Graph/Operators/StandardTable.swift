extension OperatorTable {
  /// Every operator that secateur knows.
  package static let standard = OperatorTable(
    [
      elementwise, windows, movements, linearAlgebra, normalizations, shapeArithmetic, activations,
      reductions, algebra, quantization, spectral, indexing, rearrangements, samplings, choices, decisions,
    ].reduce(into: [:]) {
      table, family in
      table.merge(family) { rule, _ in rule }
    })
}
