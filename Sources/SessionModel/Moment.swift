import Foundation

/// A time at which something happened, as people read it.
package enum Moment: Sendable {
  /// `29 Nov 17:53`, in the user's time zone.
  ///
  /// - Parameter seconds: since the beginning of 1970.
  package static func text(_ seconds: Double) -> String {
    let date = Date(timeIntervalSince1970: seconds)
    let locale = Locale(identifier: "en_GB")
    let day = date.formatted(.dateTime.day().month(.abbreviated).locale(locale))
    let hour = date.formatted(.dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits).locale(locale))
    return "\(day) \(hour)"
  }
}
