/// What was last measured of the layers.
package struct SensitivityState: ScreenState {
  /// How many examples it was measured on.
  package var examples: Int?

  package init() {}
}
