import CDNNL
import Graph

/// An activation whose gradient depends on nothing but the side of a bound.
struct LibraryGate {
  var kind = CDNNL_GATE_OPEN
  var (lower, upper): (Float, Float) = (0, 0)

  init?(_ activation: Activation?) {
    switch activation {
    case nil: break
    case .relu?: kind = CDNNL_GATE_ABOVE
    case .clip(let lower, let upper)?: (kind, self.lower, self.upper) = (CDNNL_GATE_CLIP, lower, upper)
    default: return nil
    }
  }
}

/// The pass where all elements are bfloat16, as most are: nothing is widened in memory.
struct HalvesJoin {
  let parts: [UnsafeMutablePointer<UInt16>]
  let value: UnsafeMutablePointer<UInt16>?
  let target: UnsafeMutablePointer<UInt16>?
  let gate: LibraryGate

  func action(count: Int, runs: ChannelRuns?, terms: UnsafeMutablePointer<Float>?) -> () -> Void {
    guard let runs, let terms else {
      return {
        parallelRanges(count, grain: 1 << 15) { range in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { join(range, $0.baseAddress!) }
        }
      }
    }
    return {
      let size = runs.rows * runs.lanes
      parallelRanges(runs.outer, grain: max(1, (1 << 13) / max(1, size))) { range in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { sums in
          for outer in range {
            join(outer * size..<(outer + 1) * size, sums.baseAddress!)
            let (base, channels) = runs.cleared(terms, outer)
            if runs.lanes == 1 {
              base[0] = Float(sums.reduce(0.0) { $0 + Double($1) })
            } else {
              for lane in 0..<16 where lane % runs.lanes < channels { base[lane % runs.lanes] += sums[lane] }
            }
          }
        }
      }
    }
  }

  /// Joins a range; the sums of value times gradient of every sixteenth element go to `sums`.
  private func join(_ range: Range<Int>, _ sums: UnsafeMutablePointer<Float>) {
    sums.update(repeating: 0, count: 16)
    withUnsafeTemporaryAllocation(of: UnsafePointer<UInt16>?.self, capacity: parts.count) { shares in
      for number in parts.indices { shares[number] = UnsafePointer(parts[number] + range.lowerBound) }
      cdnnl_join(
        Int64(range.count), Int32(parts.count), shares.baseAddress!, value.map { $0 + range.lowerBound },
        target.map { $0 + range.lowerBound }, gate.kind, gate.lower, gate.upper, sums)
    }
  }
}

extension ChannelRuns {
  /// Where the terms of a block of channels stand, set to zero, and how many there are.
  func cleared(
    _ terms: UnsafeMutablePointer<Float>, _ outer: Int
  ) -> (base: UnsafeMutablePointer<Float>, channels: Int) {
    let (example, block) = (outer / blocks, outer % blocks)
    let base = terms + example * channels + block * lanes
    let count = min(lanes, channels - block * lanes)
    base.update(repeating: 0, count: count)
    return (base, count)
  }
}
