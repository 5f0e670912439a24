/// Cheap forward steps that are done a second time, right before the backward steps that read what they make: in between,
/// the memory is others'.
///
/// Chen et al., *Training Deep Nets with Sublinear Memory Cost*, 2016. The steps compute the same from the same, so no result
/// changes by a bit.
struct Recomputation {
  /// All steps, with those that are done again.
  let steps: [Step]
  /// The indices in `steps` of those that are done for the second time.
  let repeats: Set<Int>

  /// Less is not worth a step.
  private static let smallestBytes = 1 << 16
  /// So many steps at most are done again for one buffer.
  private static let longestChain = 3

  /// Finds what can be done again.
  ///
  /// - Parameters:
  ///   - forwardCount: the number of forward steps; only they are done again, and only behind all of them.
  ///   - keepsSources: whether what is read to make something again is kept for that, or is made again itself. Of a chain of
  ///     sums every second one is kept then; otherwise none is, but all come back at once.
  init(of steps: [Step], forwardCount: Int, keepsSources: Bool) {
    let uses = BufferUses(steps, forwardCount: forwardCount)
    var search = Search(steps: steps, uses: uses, keepsSources: keepsSources)
    for index in (0..<forwardCount).reversed() where steps[index].isCheap {
      for buffer in steps[index].writes { search.release(buffer, madeBy: index) }
    }
    var (all, repeats): ([Step], Set<Int>) = ([], [])
    for (index, step) in steps.enumerated() {
      for again in search.chains[index] ?? [] {
        repeats.insert(all.count)
        all.append(steps[again])
      }
      all.append(step)
    }
    (self.steps, self.repeats) = (all, repeats)
  }

  /// Goes through the steps from the last one to the first, so that what is needed to make something again is known before
  /// it is its turn.
  private struct Search {
    let steps: [Step]
    let uses: BufferUses
    let keepsSources: Bool
    /// By backward step: the steps that are done again before it, in their order.
    private(set) var chains: [Int: [Int]] = [:]
    /// By buffer: the first backward step before which it is read to make something else again.
    private var neededBefore: [ObjectIdentifier: Int] = [:]

    init(steps: [Step], uses: BufferUses, keepsSources: Bool) {
      (self.steps, self.uses, self.keepsSources) = (steps, uses, keepsSources)
    }

    /// Lets go of a buffer between its last forward reader and its first backward one, where it can be made again.
    mutating func release(_ buffer: Buffer, madeBy step: Int) {
      guard buffer.home == .arena, !buffer.isKept, buffer.byteCount >= Recomputation.smallestBytes,
        let own = uses.firstBackward(of: buffer)
      else { return }
      let needed = neededBefore[ObjectIdentifier(buffer)]
      if keepsSources, needed != nil { return }
      let reader = min(own, needed ?? own)
      guard let (chain, sources) = chain(to: step, before: reader) else { return }
      chains[reader] = Set(chains[reader] ?? []).union(chain).sorted()
      for source in sources {
        neededBefore[ObjectIdentifier(source)] = min(reader, neededBefore[ObjectIdentifier(source)] ?? reader)
      }
    }

    /// The steps that make again what a step makes, and what they read that is there; `nil` where too much would have to
    /// be done.
    private func chain(to step: Int, before reader: Int) -> (steps: [Int], sources: [Buffer])? {
      var (chain, open, sources) = ([Int](), [step], [Buffer]())
      while let next = open.popLast() {
        guard canBeRepeated(next), chain.count < Recomputation.longestChain else { return nil }
        chain.append(next)
        for buffer in steps[next].reads where buffer.home == .arena {
          if isThere(buffer, before: reader) {
            sources.append(buffer)
          } else {
            guard let maker = uses.onlyMaker(of: buffer) else { return nil }
            if !chain.contains(maker), !open.contains(maker) { open.append(maker) }
          }
        }
      }
      return (chain, sources)
    }

    /// Whether a step is cheap, and alone makes what it makes.
    private func canBeRepeated(_ step: Int) -> Bool {
      steps[step].isCheap && steps[step].writes.allSatisfy { uses.onlyMaker(of: $0) == step }
    }

    /// Whether what a forward step read is needed in memory at a backward step, or behind it.
    private func isThere(_ buffer: Buffer, before reader: Int) -> Bool {
      buffer.isKept || (uses.last(of: buffer) ?? -1) >= reader
    }
  }
}

/// Which steps touch the buffers of the arena.
private struct BufferUses {
  private var steps: [ObjectIdentifier: [Int]] = [:]
  private var makers: [ObjectIdentifier: [Int]] = [:]
  private let forwardCount: Int

  init(_ all: [Step], forwardCount: Int) {
    self.forwardCount = forwardCount
    for (index, step) in all.enumerated() {
      for buffer in step.reads + step.writes where buffer.home == .arena {
        steps[ObjectIdentifier(buffer), default: []].append(index)
      }
      for buffer in step.writes { makers[ObjectIdentifier(buffer), default: []].append(index) }
    }
  }

  func last(of buffer: Buffer) -> Int? { steps[ObjectIdentifier(buffer)]?.last }

  func firstBackward(of buffer: Buffer) -> Int? {
    steps[ObjectIdentifier(buffer)]?.first { $0 >= forwardCount }
  }

  func onlyMaker(of buffer: Buffer) -> Int? {
    guard let makers = makers[ObjectIdentifier(buffer)], makers.count == 1 else { return nil }
    return makers[0]
  }
}
