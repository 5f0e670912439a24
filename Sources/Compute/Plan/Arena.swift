import Graph

/// Lays out buffers in one block of memory so that those alive at the same time do not overlap.
///
/// The largest ones are placed first, each in the smallest gap that those leave which are alive with it (Pisarchyk and Lee,
/// *Efficient Memory Management for Deep Neural Net Inference*, 2020): what is taken is hardly ever more than what is alive at
/// the worst moment.
struct Arena {
  /// Steps that ask for more scratch memory have it in the block, where others' buffers lie before and after; less is
  /// better shared by all, because it stays in the cache.
  static let largestSharedScratch = 1 << 20

  /// Bytes of the block.
  private(set) var byteCount = 0
  /// Where the scratch memory of a step is; `nil` where it needs little or none.
  private(set) var scratchOffsets: [Int?] = []

  private var blocks: [Block] = []
  private var blockOfBuffer: [ObjectIdentifier: Int] = [:]

  /// Memory that one buffer has, or several in turn.
  private struct Block {
    let byteCount: Int
    /// The moments of its life: twice the number of a step, and what lies between two steps.
    var begin: Int
    var end: Int
    var offset = 0
  }

  /// Gives an offset to every arena buffer of the steps.
  ///
  /// - Parameters:
  ///   - preset: buffers that are filled before the first step.
  ///   - seeds: buffers that are filled before the step at `seedStep`.
  init(laying steps: [Step], preset: [Buffer], seeds: [Buffer], seedStep: Int) {
    for (index, step) in steps.enumerated() {
      for buffer in step.reads + step.writes where buffer.home == .arena {
        buffer.firstStep = min(buffer.firstStep, index)
        buffer.lastStep = max(buffer.lastStep, index)
      }
    }
    for buffer in preset {
      buffer.firstStep = -1
      add(buffer, from: -1)
    }
    for buffer in seeds {
      buffer.firstStep = seedStep - 1
      add(buffer, from: 2 * seedStep - 1)
    }
    var buffers = preset + seeds
    var given = Set<ObjectIdentifier>()
    var scratch: [Int?] = []
    for (index, step) in steps.enumerated() {
      for (number, buffer) in step.writes.enumerated()
      where buffer.home == .arena && buffer.firstStep == index {
        // A buffer may be written twice by its step.
        guard blockOfBuffer[ObjectIdentifier(buffer)] == nil else { continue }
        buffers.append(buffer)
        if number == 0,
          let donor = step.donors.first(where: {
            $0.home == .arena && $0.lastStep == index && !$0.isKept && $0.firstStep < index
              && $0.byteCount == buffer.byteCount && !given.contains(ObjectIdentifier($0))
          }), let block = blockOfBuffer[ObjectIdentifier(donor)]
        {
          given.insert(ObjectIdentifier(donor))
          blockOfBuffer[ObjectIdentifier(buffer)] = block
          blocks[block].end = Self.end(of: buffer)
        } else {
          add(buffer, from: 2 * index)
        }
      }
      scratch.append(step.scratchBytes > Self.largestSharedScratch ? blocks.count : nil)
      if scratch[index] != nil {
        blocks.append(Block(byteCount: Self.rounded(step.scratchBytes), begin: 2 * index, end: 2 * index))
      }
    }
    placeAll()
    for buffer in buffers {
      if let block = blockOfBuffer[ObjectIdentifier(buffer)] { buffer.offset = blocks[block].offset }
    }
    scratchOffsets = scratch.map { $0.map { blocks[$0].offset } }
    (blocks, blockOfBuffer) = ([], [:])
  }

  private static func rounded(_ byteCount: Int) -> Int { max(64, (byteCount + 63) & ~63) }

  private static func end(of buffer: Buffer) -> Int { buffer.isKept ? Int.max : 2 * buffer.lastStep }

  private mutating func add(_ buffer: Buffer, from begin: Int) {
    blockOfBuffer[ObjectIdentifier(buffer)] = blocks.count
    blocks.append(
      Block(byteCount: Self.rounded(buffer.byteCount), begin: begin, end: max(begin, Self.end(of: buffer))))
  }

  private mutating func placeAll() {
    let order = blocks.indices.sorted { (blocks[$1].byteCount, $0) < (blocks[$0].byteCount, $1) }
    // Those that have a place, in the order of their offsets.
    var placed: [Block] = []
    for number in order {
      var block = blocks[number]
      var (best, smallest, free) = (-1, Int.max, 0)
      for other in placed where other.begin <= block.end && block.begin <= other.end {
        let gap = other.offset - free
        if gap >= block.byteCount, gap < smallest { (best, smallest) = (free, gap) }
        free = max(free, other.offset + other.byteCount)
      }
      block.offset = best < 0 ? free : best
      blocks[number] = block
      byteCount = max(byteCount, block.offset.plus(block.byteCount))
      var (low, high) = (0, placed.count)
      while low < high {
        let middle = (low + high) / 2
        if placed[middle].offset < block.offset { low = middle + 1 } else { high = middle }
      }
      placed.insert(block, at: low)
    }
  }
}
