/// A screen, which is a pane where several fit.
public enum Screen: String, Sendable, Hashable, CaseIterable {
  /// The table of layers.
  case layers
  /// The kernels of the selected layer.
  case kernels
  /// Every tensor that changes.
  case shapes
  /// The tree of what was done.
  case iterations
  /// What happened.
  case log
  /// What pruning each layer by itself does.
  case sensitivity
  /// The curves of a training.
  case train

  /// The name in the line of screens.
  var title: String {
    switch self {
    case .layers: "Layers"
    case .kernels: "Kernels"
    case .shapes: "Shapes"
    case .iterations: "Iterations"
    case .log: "Log"
    case .sensitivity: "Sensitivity"
    case .train: "Train"
    }
  }

  /// The name where the line of screens is short of room.
  var shortTitle: String {
    switch self {
    case .iterations: "Iter"
    case .sensitivity: "Sens"
    default: title
    }
  }

  /// The number key that shows it.
  var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}
