/// A screen, which is a pane where several fit.
public enum Screen: String, Sendable, Hashable, CaseIterable {
  case layers, kernels, shapes, iterations, log, sensitivity, train

  var feature: any ScreenFeature.Type {
    switch self {
    case .layers: LayersScreen.self
    case .kernels: KernelsScreen.self
    case .shapes: ShapesScreen.self
    case .iterations: IterationsScreen.self
    case .log: LogScreen.self
    case .sensitivity: SensitivityScreen.self
    case .train: TrainScreen.self
    }
  }

  var title: String { feature.title }
  var shortTitle: String { feature.shortTitle }
  /// The number key that shows it.
  var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}
