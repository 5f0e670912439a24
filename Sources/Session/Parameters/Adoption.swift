/// What was made of a file of weights from elsewhere.
package struct Adoption: Sendable, Hashable {
  /// Tensors of the file that parameters were made of.
  package let tensors: Int
  /// What the names in the file begin with; empty for nothing.
  package let prefix: String
  /// The batch normalizations that were folded, each with its layer.
  package let folded: [String]
  /// Tensors of the file that nothing was made of.
  package let leftOver: [String]
  /// Tensors that do not begin with the prefix: an optimiser's, for example.
  package let outside: Int
  /// Parameters without a tensor, which stay as they were.
  package let unchanged: [String]
  /// What was added to variances before they were folded; `nil` where none were.
  package let epsilons: NormalizationEpsilons?

  /// What is worth knowing of it, a sentence each.
  package var notes: [String] {
    func list(_ names: [String]) -> String {
      names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
    var notes: [String] = []
    if let epsilons, !folded.isEmpty {
      notes.append(
        "\(folded.count) batch normalization\(folded.count == 1 ? " was" : "s were") folded (with an epsilon of \(epsilons.text)): \(list(folded))."
      )
    }
    if !unchanged.isEmpty { notes.append("Without a tensor, and unchanged: \(list(unchanged)).") }
    if !leftOver.isEmpty { notes.append("Left over in the file: \(list(leftOver)).") }
    if outside > 0 {
      notes.append("Tensors of the file that do not begin with \(prefix): \(outside).")
    }
    return notes
  }
}
