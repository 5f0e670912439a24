/// A screen, which is a pane where several fit.
package struct Screen: Sendable, Hashable, CaseIterable {
  /// The screens, in the order of their digits. A new one is a folder, and a line here.
  package static let allCases: [Screen] = [
    Screen(LayersScreen.self),
    Screen(KernelsScreen.self),
    Screen(ShapesScreen.self),
    Screen(IterationsScreen.self),
    Screen(LogScreen.self),
    Screen(SensitivityScreen.self),
    Screen(TrainScreen.self),
  ]

  /// What it is and does.
  package let feature: any ScreenFeature.Type

  init(_ feature: any ScreenFeature.Type) { self.feature = feature }

  /// The name in the line of screens.
  package var title: String { feature.title }

  /// The digit that shows it.
  var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }

  /// Whether two are the same screen.
  package static func == (a: Screen, b: Screen) -> Bool { a.feature == b.feature }

  /// Hashes which screen it is.
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(feature)) }
}

/// The screens that others go to by name.
extension Screen {
  package static let layers = Screen(LayersScreen.self)
  package static let kernels = Screen(KernelsScreen.self)
  package static let shapes = Screen(ShapesScreen.self)
  package static let iterations = Screen(IterationsScreen.self)
  package static let log = Screen(LogScreen.self)
  package static let sensitivity = Screen(SensitivityScreen.self)
  package static let train = Screen(TrainScreen.self)
}
