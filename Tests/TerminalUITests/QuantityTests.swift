import Testing

import TerminalUI

@Suite struct QuantityTests {
  @Test(arguments: [
    (0, "0"), (640, "640"), (-640, "−640"), (999, "999"), (1_000, "1.00 k"), (12_345.6, "12.3 k"),
    (999_499, "999 k"), (999_500, "1.00 M"), (999_950, "1.00 M"), (11_689_512, "11.7 M"),
    (1_820_000_000, "1.82 G"), (-1_820_000_000, "−1.82 G"), (0.5, "0.50"), (9.996, "10.0"),
    (99.96, "100"), (1e18, "1.00 E"), (5e21, "5000 E"), (.nan, "—"), (.infinity, "∞"),
  ])
  func counts(_ value: Double, _ text: String) {
    #expect(Quantity.count(value) == text)
  }

  @Test func bytes() {
    #expect(Quantity.bytes(0) == "0 B")
    #expect(Quantity.bytes(999) == "999 B")
    #expect(Quantity.bytes(46_800_000) == "46.8 MB")
    #expect(Quantity.bytes(999_950_000) == "1.00 GB")
    #expect(Quantity.bytes(.max) == "9.22 EB")
    #expect(Quantity.bytes(.min) == "−9.22 EB")
  }

  @Test func scientific() {
    #expect(Quantity.scientific(0.041) == "4.1e-2")
    #expect(Quantity.scientific(0) == "0")
    #expect(Quantity.scientific(-9.96e-7) == "−1.0e-6")
    #expect(Quantity.scientific(12_345) == "1.2e4")
    #expect(Quantity.scientific(.leastNonzeroMagnitude).hasSuffix("e-324"))
    #expect(Quantity.scientific(.nan) == "—")
  }

  @Test(arguments: [
    (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123"), (0.01234, "0.0123"), (-0.001234, "−0.00123"),
    (0.000_123_4, "0.000123"), (0.000_012_34, "1.23e-5"), (0, "0.00"), (.nan, "—"),
  ])
  func precise(_ value: Double, _ text: String) {
    #expect(Quantity.precise(value, digits: 3) == text)
  }

  @Test func groups() {
    #expect(Quantity.grouped(0) == "0")
    #expect(Quantity.grouped(999) == "999")
    #expect(Quantity.grouped(11_689_512) == "11,689,512")
    #expect(Quantity.grouped(-1_000) == "−1,000")
    #expect(Quantity.grouped(.min) == "−9,223,372,036,854,775,808")
  }

  @Test func percentages() {
    #expect(Quantity.percent(0.25) == "25%")
    #expect(Quantity.percent(0.9123, digits: 1) == "91.2%")
    #expect(Quantity.change(-0.2) == "−20%")
    #expect(Quantity.change(0.034, digits: 1) == "+3.4%")
    #expect(Quantity.change(0.0001) == "0%")
    #expect(Quantity.change(-0.0001) == "0%")
    #expect(Quantity.change(from: 0, to: 5) == "—")
    #expect(Quantity.change(from: 11.7, to: 9.36) == "−20%")
    #expect(Quantity.percent(.nan) == "—")
  }

  @Test(arguments: [
    (0, "0s"), (0.8, "800ms"), (0.9996, "1.0s"), (4.12, "4.1s"), (9.96, "10s"), (41, "41s"), (59.6, "1m 00s"),
    (200, "3m 20s"), (3_599.7, "1h 00m"), (7_500, "2h 05m"), (273_600, "3d 04h"), (.infinity, "—"),
    (-200, "−3m 20s"), (1e300, "—"),
  ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(Quantity.duration(seconds: seconds) == text)
  }

  @Test func fixedNeverShowsMinusZero() {
    #expect(Quantity.fixed(-0.001, digits: 2) == "0.00")
    #expect(Quantity.fixed(-0.005, digits: 2) == "−0.01")
    #expect(Quantity.fixed(2.5, digits: 0) == "3")
    #expect(Quantity.fixed(1e20, digits: 2) == "1.0e20")
  }
}
