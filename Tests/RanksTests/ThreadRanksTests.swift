import Errors
import Foundation
import Testing

import Ranks

@Suite struct ThreadRanksTests {
  /// Sums are taken in the order of the ranks, whoever comes first: with numbers so far apart the order shows.
  @Test(arguments: [1, 2, 3, 8]) func sumsAreTakenInTheOrderOfTheRanks(count: Int) throws {
    let numbers: [Float] = (0..<count).map { [1e8, 1, -1e8, 3][$0 % 4] + Float($0) }
    let expected = numbers.dropFirst().reduce(numbers[0], +)
    for _ in 0..<5 {
      let results = try ThreadRanks.run(count) { ranks in
        Thread.sleep(forTimeInterval: .random(in: 0...0.002))
        var values = [numbers[ranks.rank], 1]
        try ranks.sum(&values)
        var doubles = [Double(ranks.rank)]
        try ranks.sum(&doubles)
        #expect(doubles == [Double(count * (count - 1) / 2)])
        return values
      }
      #expect(results == [[Float]](repeating: [expected, Float(count)], count: count))
    }
  }

  @Test func sumsUnderWayAreFinishedInAnyOrder() throws {
    let results = try ThreadRanks.run(3) { ranks in
      let pending = try (1...4).map { try ranks.startSum([Float($0 * (ranks.rank + 1))]) }
      let order = ranks.rank == 1 ? [3, 0, 2, 1] : [0, 1, 2, 3]
      var sums = [Float](repeating: 0, count: 4)
      for index in order { sums[index] = try pending[index].finish()[0] }
      return sums
    }
    #expect(results == [[Float]](repeating: [6, 12, 18, 24], count: 3))
  }

  @Test func bytesGoFromTheFirstAndToTheFirst() throws {
    let results = try ThreadRanks.run(3) { ranks in
      var word = ranks.isFirst ? Array("a longer word".utf8) : [1]
      try ranks.broadcast(&word)
      try ranks.barrier()
      let all = try ranks.collect([UInt8](repeating: 7, count: ranks.rank))
      #expect(all == [[], [7], [7, 7]])
      return try ranks.gather(Array(word.prefix(ranks.rank)))
    }
    #expect(results == [[[], Array("a".utf8), Array("a ".utf8)], [], []])
  }

  private struct Broken: Error {}

  /// Whoever waits for a rank that failed, left or gave up learns of it.
  @Test func whoWaitsForALostRankLearnsOfIt() {
    #expect(throws: Broken.self) {
      try ThreadRanks.run(3) { ranks in
        if ranks.rank == 1 { throw Broken() }
        try ranks.barrier()
      }
    }
    #expect(throws: RanksError.lost(rank: 2, sentence: nil)) {
      try ThreadRanks.run(3) { ranks in
        if ranks.rank < 2 { try ranks.barrier() }
      }
    }
    #expect(throws: RanksError.lost(rank: 0, sentence: "The disk is full.")) {
      try ThreadRanks.run(3) { ranks in
        if ranks.isFirst { return ranks.abandon("The disk is full.") }
        var values: [Float] = [1]
        try ranks.sum(&values)
      }
    }
  }

  @Test func ranksThatAreOutOfStepAreToldApart() {
    #expect(throws: RanksError.outOfStep(rank: 1)) {
      try ThreadRanks.run(2) { ranks in
        var values = [Float](repeating: 1, count: 1 + ranks.rank)
        try ranks.sum(&values)
      }
    }
  }

  @Test func everyIndexIsDealtOnce() throws {
    for (total, count) in [(10, 3), (2, 4), (0, 2), (64, 8)] {
      let parts = try ThreadRanks.run(count) { (Array($0.dealt(total)), Array($0.piece(of: total))) }
      #expect(parts.flatMap(\.0).sorted() == Array(0..<total))
      #expect(parts.flatMap(\.1) == Array(0..<total))
    }
    let shares = (0..<3).map { HostShare(name: "", rank: $0, count: 3).threads(of: 8) }
    #expect(shares == [3, 3, 2])
    #expect(HostShare(name: "", rank: 3, count: 4).threads(of: 2) == 1)
  }

  @Test func trafficIsCounted() throws {
    let traffic = try ThreadRanks.run(2) { ranks in
      let measured = MeasuredRanks(ranks)
      var values = [Float](repeating: 1, count: 10)
      try measured.sum(&values)
      if ranks.rank == 1 { Thread.sleep(forTimeInterval: 0.05) }
      let pending = try measured.startSum(values)
      #expect(try pending.finish()[0] == 4)
      return measured.traffic
    }
    #expect(traffic.map(\.bytes) == [80, 80] && traffic.map(\.calls) == [2, 2])
    #expect(traffic[0].waited > 0.03 && traffic[1].waited < traffic[0].waited)
  }
}
