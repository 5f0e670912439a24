import CDNNL
import TestSupport
import Testing

/// The shim's own passes over bf16 numbers.
@Suite("Halves of floats") struct HalvesTests {
  private func narrow(_ values: [Float]) -> [UInt16] {
    var halves = [UInt16](repeating: 0xAAAA, count: values.count)
    cdnnl_narrow(Int64(values.count), values, &halves)
    return halves
  }

  private func widen(_ halves: [UInt16]) -> [Float] {
    var values = [Float](repeating: 7, count: halves.count)
    cdnnl_widen(Int64(halves.count), halves, &values)
    return values
  }

  @Test("every number but NaN comes back as it was") func roundTrip() {
    let halves = (UInt16.min...UInt16.max).filter { !Float(bitPattern: UInt32($0) << 16).isNaN }
    #expect(narrow(widen(halves)) == halves)
  }

  @Test("the nearest is taken, of two the even one", arguments: [1, 15, 16, 37]) func rounding(count: Int) {
    // One of 2⁻⁷ steps above 1; ties at half a step.
    let step: Float = 0x1p-7
    let cases: [(Float, Float)] = [
      (1 + step / 2, 1), (1 + 3 * step / 2, 1 + 2 * step), (1 + step * 0.501, 1 + step),
      (-(1 + step / 2), -1),
      (.greatestFiniteMagnitude, .infinity), (0, 0), (.infinity, .infinity),
    ]
    let list = (0..<count).map { cases[$0 % cases.count] }
    #expect(widen(narrow(list.map(\.0))) == list.map(\.1))
    let nans = widen(narrow([Float](repeating: .nan, count: count)))
    #expect(nans.allSatisfy { $0.isNaN })
  }

  @Test(
    "shares are summed, let through and reduced", arguments: [5, 16, 1040, 3001],
    [CDNNL_GATE_OPEN, CDNNL_GATE_ABOVE, CDNNL_GATE_CLIP].map(\.rawValue))
  func join(count: Int, gate: UInt32) {
    var random = RandomNumbers(seed: UInt64(count))
    let shares = (0..<3).map { _ in narrow(random.numbers(count)) }
    // Zeros and bounds come up too.
    let value = narrow(random.numbers(count).map { max(-0.25, min(0.5, $0)) })
    for used in 1...3 {
      var (target, sums) = (shares[0], [Float](repeating: 1, count: 16))
      target.withUnsafeMutableBufferPointer { target in
        shares[1].withUnsafeBufferPointer { second in
          shares[2].withUnsafeBufferPointer { third in
            // The first share's memory takes the result.
            let pointers = [UnsafePointer(target.baseAddress), second.baseAddress, third.baseAddress]
            cdnnl_join(
              Int64(count), Int32(used), pointers, value, target.baseAddress, cdnnl_gate(rawValue: gate), 0,
              0.5, &sums)
          }
        }
      }
      let (parts, z) = (shares.prefix(used).map(widen), widen(value))
      let total = (0..<count).map { index in parts.dropFirst().reduce(parts[0][index]) { $0 + $1[index] } }
      let passed = total.indices.map { index -> Float in
        switch gate {
        case CDNNL_GATE_ABOVE.rawValue: z[index] > 0 ? total[index] : 0
        case CDNNL_GATE_CLIP.rawValue: z[index] > 0 && z[index] < 0.5 ? total[index] : 0
        default: total[index]
        }
      }
      #expect(widen(target) == widen(narrow(passed)))
      var expected = [Double](repeating: 1, count: 16)
      for index in 0..<count { expected[index % 16] += Double(total[index]) * Double(z[index]) }
      for lane in 0..<16 { #expect(abs(Double(sums[lane]) - expected[lane]) < 1e-4) }
    }
  }
}
