import Foundation
import Screens
import TerminalUI
import Testing

@Suite struct LogTests {
  /// Before each line stands the time of day, by the clock of the place.
  @Test(arguments: [0, 86_399.5, 1_751_328_000, 1_764_000_123.75]) func linesTellTheTimeOfDay(time: Double)
    throws
  {
    var snapshot = try Sample.small()
    snapshot.log = [LogEntry(weight: .note, text: "Opened it.", time: time)]
    var store = TestStore(snapshot)
    try store.press("g5")
    let clock = Date(timeIntervalSince1970: time).formatted(
      .dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits).second(.twoDigits)
        .locale(Locale(identifier: "en_GB")))
    #expect(store.frame().snapshot.contains("\(clock)  Opened it."))
  }
}
