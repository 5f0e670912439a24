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
    /// When it is needed, in moments: twice the number of a step, and what lies between two steps.
    var lives: [ClosedRange<Int>]
    var offset = 0

    func meets(_ other: Block) -> Bool {
      lives.contains { own in other.lives.contains { own.overlaps($0) } }
    }

    /// Whether somebody else can have the memory for a time that begins where this one ends, or lies apart.
    func canBeGiven(for times: [ClosedRange<Int>]) -> Bool {
      lives.allSatisfy { own in
        times.allSatisfy { own.upperBound <= $0.lowerBound || $0.upperBound < own.lowerBound }
      }
    }
  }

  /// Gives an offset to every arena buffer of the steps.
  ///
  /// - Parameters:
  ///   - repeats: the indices of steps that make again what was made before; until then it is not needed.
  ///   - preset: buffers that are filled before the first step.
  ///   - seeds: buffers that are filled before the step at `seedStep`.
  init(laying steps: [Step], repeats: Set<Int> = [], preset: [Buffer], seeds: [Buffer], seedStep: Int) {
    var lives = Lives()
    for buffer in preset { lives.begin(buffer, at: -1) }
    for buffer in seeds { lives.begin(buffer, at: 2 * seedStep - 1) }
    for (index, step) in steps.enumerated() {
      for buffer in step.reads where buffer.home == .arena { lives.touch(buffer, at: 2 * index) }
      for buffer in step.writes where buffer.home == .arena {
        if repeats.contains(index) {
          lives.begin(buffer, at: 2 * index)
        } else {
          lives.touch(buffer, at: 2 * index)
        }
      }
    }
    for buffer in preset + seeds { add(buffer, for: lives[buffer]) }
    var buffers = preset + seeds
    var scratch: [Int?] = []
    for (index, step) in steps.enumerated() {
      for (number, buffer) in step.writes.enumerated()
      where buffer.home == .arena && blockOfBuffer[ObjectIdentifier(buffer)] == nil {
        buffers.append(buffer)
        let times = lives[buffer]
        if number == 0, let block = blockOfDonor(to: buffer, among: step.donors, for: times) {
          blockOfBuffer[ObjectIdentifier(buffer)] = block
          blocks[block].lives += times
        } else {
          add(buffer, for: times)
        }
      }
      scratch.append(step.scratchBytes > Self.largestSharedScratch ? blocks.count : nil)
      if scratch[index] != nil {
        blocks.append(Block(byteCount: Self.rounded(step.scratchBytes), lives: [2 * index...2 * index]))
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

  /// The memory of a buffer that is not needed any more when the step is done.
  private func blockOfDonor(to buffer: Buffer, among donors: [Buffer], for times: [ClosedRange<Int>]) -> Int?
  {
    for donor in donors where donor.byteCount == buffer.byteCount {
      if let block = blockOfBuffer[ObjectIdentifier(donor)], blocks[block].canBeGiven(for: times) {
        return block
      }
    }
    return nil
  }

  private mutating func add(_ buffer: Buffer, for lives: [ClosedRange<Int>]) {
    blockOfBuffer[ObjectIdentifier(buffer)] = blocks.count
    blocks.append(Block(byteCount: Self.rounded(buffer.byteCount), lives: lives))
  }

  private mutating func placeAll() {
    let order = blocks.indices.sorted { (blocks[$1].byteCount, $0) < (blocks[$0].byteCount, $1) }
    // Those that have a place, in the order of their offsets.
    var placed: [Block] = []
    for number in order {
      var block = blocks[number]
      var (best, smallest, free) = (-1, Int.max, 0)
      for other in placed where other.meets(block) {
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

/// When the buffers of some steps are needed.
private struct Lives {
  private var ranges: [ObjectIdentifier: [ClosedRange<Int>]] = [:]

  /// A buffer is made, or made again.
  mutating func begin(_ buffer: Buffer, at moment: Int) {
    ranges[ObjectIdentifier(buffer), default: []].append(moment...(buffer.isKept ? .max : moment))
  }

  /// A buffer is read or written; what writes it first makes it.
  mutating func touch(_ buffer: Buffer, at moment: Int) {
    guard let last = ranges[ObjectIdentifier(buffer)]?.last else { return begin(buffer, at: moment) }
    let index = (ranges[ObjectIdentifier(buffer)]?.count ?? 1) - 1
    ranges[ObjectIdentifier(buffer)]?[index] = last.lowerBound...max(last.upperBound, moment)
  }

  subscript(buffer: Buffer) -> [ClosedRange<Int>] { ranges[ObjectIdentifier(buffer)] ?? [] }
}
