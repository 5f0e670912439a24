internal import Foundation

extension BarScale {
  /// The logarithm to the base of ten.
  static func logarithm(_ value: Double) -> Double { Foundation.log10(value) }
}
