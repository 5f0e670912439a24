/// Every tensor that changes.
enum ShapesScreen: ScreenFeature {
  static let title = "Shapes"
  static let help = "every tensor that changes"
}
