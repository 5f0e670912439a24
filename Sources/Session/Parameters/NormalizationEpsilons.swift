/// What batch normalizations add to variances; a file of weights does not say it.
package struct NormalizationEpsilons: Sendable, Hashable {
  /// That of most, PyTorch's own where nobody says another.
  package var usual: Double
  /// Those of modules that have another, by the module's name; what is inside a module has its.
  package var ofModules: [String: Double]

  /// Epsilons of a model.
  package init(usual: Double = 1e-5, ofModules: [String: Double] = [:]) {
    (self.usual, self.ofModules) = (usual, ofModules)
  }

  /// The epsilon of a normalization: that of the innermost module which has one.
  package subscript(normalization: String) -> Double {
    let around = ofModules.filter { normalization == $0.key || normalization.hasPrefix($0.key + ".") }
    return around.max { $0.key.count < $1.key.count }?.value ?? usual
  }

  /// In words: `1e-05, in backbone 0.001`.
  package var text: String {
    (["\(usual)"] + ofModules.sorted { $0.key < $1.key }.map { "in \($0.key) \($0.value)" })
      .joined(separator: ", ")
  }
}
