package import Errors

/// Why weights from elsewhere cannot be adopted.
package enum AdoptionError: ExplainedError, Hashable {
  /// Parameters of the network that no tensor is meant for.
  case missing(file: String, parameters: [String], hasAny: Bool)
  /// Tensors of another shape than the parameters they are meant for.
  case otherShapes(file: String, tensors: [String])
  /// Two parts of the file go by the same names.
  case ambiguous(file: String, prefixes: [String])
  /// Nothing in the file begins with the prefix that was asked for.
  case noSuchPrefix(file: String, prefix: String, known: [String])
  /// Batch normalizations that no layer of the network can have taken in.
  case unplaced(file: String, normalizations: [String])

  /// What is wrong and where.
  package var sentence: String {
    switch self {
    case .missing(let file, let parameters, true):
      "\(file) has no tensor for \(Self.list(parameters))."
    case .missing(let file, _, false): "No tensor of \(file) goes by the name of a parameter of the model."
    case .otherShapes(let file, let tensors):
      "\(tensors.count == 1 ? "A tensor" : "\(tensors.count) tensors") of \(file) "
        + "\(tensors.count == 1 ? "has" : "have") another shape than the model: \(Self.list(tensors))."
    case .ambiguous(let file, let prefixes):
      "\(file) has the model's parameters more than once, under \(prefixes.joined(separator: " and "))."
    case .noSuchPrefix(let file, let prefix, _): "No tensor of \(file) has a name that begins with \(prefix)."
    case .unplaced(let file, let normalizations):
      "No layer of the model can have taken in the batch normalization\(normalizations.count == 1 ? "" : "s") "
        + "\(Self.list(normalizations)) of \(file)."
    }
  }

  /// What to do about it.
  package var remedy: String {
    switch self {
    case .missing(_, _, true):
      "Give all parameters of the iteration, or allow that some stay as they are."
    case .missing: "Save the state_dict of the model that was exported, and say what its names begin with."
    case .otherShapes:
      "The weights belong to another iteration, or to the model before it was pruned: name the iteration they were trained for."
    case .ambiguous: "Say which of them is meant by its prefix."
    case .noSuchPrefix(_, _, let known): "Names begin with \(Self.list(known))."
    case .unplaced:
      "Export the model with its batch normalizations kept (do_constant_folding=False, training=TrainingMode.PRESERVE)."
    }
  }

  /// What kind of thing went wrong.
  package var code: ErrorCode { .unusableData }

  /// Some names; the rest is counted.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(8).joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }
}
