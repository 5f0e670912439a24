/// Lays out buffers in one block of memory so that those alive at the same time do not overlap.
struct Arena {
  private struct Gap {
    var offset: Int
    var byteCount: Int
  }

  private var gaps: [Gap] = []
  /// Bytes of the block.
  private(set) var byteCount = 0

  /// Gives an offset to every arena buffer of the steps.
  ///
  /// - Parameters:
  ///   - preset: buffers that are filled before the first step.
  ///   - seeds: buffers that are filled before the step at `seedStep`.
  /// - Returns: the bytes of the block.
  static func lay(_ steps: [Step], preset: [Buffer], seeds: [Buffer], seedStep: Int) -> Int {
    var arena = Arena()
    for (place, step) in steps.enumerated() {
      for buffer in step.reads + step.writes where buffer.home == .arena {
        buffer.firstStep = min(buffer.firstStep, place)
        buffer.lastStep = max(buffer.lastStep, place)
      }
    }
    for buffer in preset {
      buffer.firstStep = -1
      buffer.offset = arena.take(buffer.byteCount)
    }
    for buffer in seeds { buffer.firstStep = seedStep - 1 }
    var released = Set<ObjectIdentifier>()
    for (place, step) in steps.enumerated() {
      if place == seedStep {
        for buffer in seeds { buffer.offset = arena.take(buffer.byteCount) }
      }
      for (number, buffer) in step.writes.enumerated()
      where buffer.home == .arena && buffer.firstStep == place {
        if number == 0,
          let donor = step.donors.first(where: {
            $0.home == .arena && $0.lastStep == place && !$0.isKept && $0.firstStep < place
              && $0.byteCount == buffer.byteCount && !released.contains(ObjectIdentifier($0))
          })
        {
          buffer.offset = donor.offset
          released.insert(ObjectIdentifier(donor))
        } else {
          buffer.offset = arena.take(buffer.byteCount)
        }
      }
      for buffer in step.reads + step.writes
      where buffer.home == .arena && buffer.lastStep == place && !buffer.isKept {
        if released.insert(ObjectIdentifier(buffer)).inserted {
          arena.release(buffer.offset, buffer.byteCount)
        }
      }
    }
    if steps.count == seedStep {
      for buffer in seeds { buffer.offset = arena.take(buffer.byteCount) }
    }
    return arena.byteCount
  }

  private static func rounded(_ byteCount: Int) -> Int { max(64, (byteCount + 63) & ~63) }

  /// The smallest gap that is large enough, or new memory at the end.
  private mutating func take(_ bytes: Int) -> Int {
    let needed = Self.rounded(bytes)
    var best: Int?
    for place in gaps.indices where gaps[place].byteCount >= needed {
      if best == nil || gaps[place].byteCount < gaps[best!].byteCount { best = place }
    }
    if let best {
      let offset = gaps[best].offset
      gaps[best].offset += needed
      gaps[best].byteCount -= needed
      if gaps[best].byteCount == 0 { gaps.remove(at: best) }
      return offset
    }
    if let last = gaps.last, last.offset + last.byteCount == byteCount {
      gaps.removeLast()
      byteCount = last.offset + needed
      return last.offset
    }
    defer { byteCount += needed }
    return byteCount
  }

  /// Gives memory back, joining it with gaps beside it; gaps stay sorted.
  private mutating func release(_ offset: Int, _ bytes: Int) {
    let freed = Self.rounded(bytes)
    var place = gaps.firstIndex { $0.offset > offset } ?? gaps.count
    gaps.insert(Gap(offset: offset, byteCount: freed), at: place)
    if place + 1 < gaps.count, offset + freed == gaps[place + 1].offset {
      gaps[place].byteCount += gaps[place + 1].byteCount
      gaps.remove(at: place + 1)
    }
    if place > 0, gaps[place - 1].offset + gaps[place - 1].byteCount == offset {
      gaps[place - 1].byteCount += gaps[place].byteCount
      gaps.remove(at: place)
      place -= 1
    }
  }
}
