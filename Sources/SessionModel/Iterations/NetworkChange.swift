package import Pruning

/// Something that gave an iteration another network than it had: what was written before is not what it is now.
package enum NetworkChange: Sendable, Hashable, Codable {
  /// It was recovered by these methods, in order.
  case recovery([RecoveryMethod])
  /// It was trained, or a schedule ended with its weights.
  case training
  /// It took the weights of a file.
  case adoption

  /// What it is called: `refit`, `bias and refit`, `training`.
  package var name: String {
    switch self {
    case .recovery(let methods) where methods.isEmpty: "recovery"
    case .recovery(let methods): methods.map(\.rawValue).joined(separator: " and ")
    case .training: "training"
    case .adoption: "weights from a file"
    }
  }
}
