/// Widths that the engine was asked to measure.
package struct WidthRequest: Sendable, Hashable {
  package var structure: Int
  package var multiples: [String: Int]
}
