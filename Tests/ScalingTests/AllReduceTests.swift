import Foundation
import Scaling
import Testing

@Suite struct AllReduceTests {
  private static let network = Link(latency: 20e-6, gigabits: 10)
  private static let bytes = 25e6

  private func cluster(_ ranks: Int, perHost: Int = 1) -> Cluster {
    Cluster(ranks: ranks, ranksPerHost: perHost, network: Self.network, addedBytesPerSecond: 5e9)
  }

  private func seconds(_ allReduce: AllReduce, on cluster: Cluster) -> Double {
    var messages = MessageSimulation(cluster)
    let starts = [Double](repeating: 0, count: cluster.ranks)
    return messages.run(allReduce.phases(Self.bytes, on: cluster), starts: starts).max() ?? 0
  }

  @Test(arguments: AllReduce.allCases) func oneRankSendsNothing(allReduce: AllReduce) {
    #expect(allReduce.phases(Self.bytes, on: cluster(1)).isEmpty)
    #expect(allReduce.paperSeconds(Self.bytes, on: cluster(1)) == 0)
  }

  /// No exchange can do with less than 2(n−1)/n of the bytes a rank (Patarasuk & Yuan 2009).
  @Test(arguments: [AllReduce.pairwise, .ring, .hierarchical, .halving], [2, 4, 8, 64])
  func asFewBytesTravelAsCan(allReduce: AllReduce, ranks: Int) {
    for perHost in [1, 4] {
      let cluster = cluster(ranks, perHost: perHost)
      var messages = MessageSimulation(cluster)
      _ = messages.run(
        allReduce.phases(Self.bytes, on: cluster), starts: [Double](repeating: 0, count: ranks))
      let least = 2 * Double(ranks - 1) / Double(ranks) * Self.bytes
      for sent in messages.sentBytes { #expect(abs(sent / least - 1) < 1e-9) }
    }
  }

  @Test(arguments: [3, 5, 7, 12]) func ringsOfAnyNumberSendAsFew(ranks: Int) {
    for allReduce in [AllReduce.pairwise, .ring] {
      var messages = MessageSimulation(cluster(ranks))
      _ = messages.run(
        allReduce.phases(Self.bytes, on: cluster(ranks)), starts: [Double](repeating: 0, count: ranks))
      #expect(abs(messages.sentBytes[0] - 2 * Double(ranks - 1) / Double(ranks) * Self.bytes) < 1)
    }
  }

  @Test(arguments: AllReduce.allCases, [2, 4, 8, 128]) func whatIsSimulatedIsWhatStandsOnPaper(
    allReduce: AllReduce, ranks: Int
  ) {
    let cluster = cluster(ranks)
    let paper = allReduce.paperSeconds(Self.bytes, on: cluster)
    #expect(abs(seconds(allReduce, on: cluster) / paper - 1) < 1e-9)
  }

  @Test(arguments: AllReduce.allCases, [3, 6, 11, 100]) func otherNumbersTakeNoLongerThanTheNextPower(
    allReduce: AllReduce, ranks: Int
  ) {
    let power = 1 << (Int.bitWidth - (ranks - 1).leadingZeroBitCount)
    // Halving folds the ranks beyond a power of two in and out with all their numbers.
    let fold =
      allReduce == .halving ? 2 * (Self.network.latency + Self.bytes / Self.network.bytesPerSecond) : 0
    let adding = allReduce == .halving ? Self.bytes / 5e9 : 0
    #expect(seconds(allReduce, on: cluster(ranks)) <= seconds(allReduce, on: cluster(power)) + fold + adding)
  }

  /// A ring and a hierarchical reduce cross the card of a host once for all its ranks, a pairwise exchange for each.
  @Test func cardsCarryWhatRanksOfTheHostSendElsewhere() {
    func card(_ allReduce: AllReduce) -> Double {
      let cluster = cluster(64, perHost: 8)
      var messages = MessageSimulation(cluster)
      _ = messages.run(allReduce.phases(Self.bytes, on: cluster), starts: [Double](repeating: 0, count: 64))
      return messages.cardBytes[0]
    }
    #expect(abs(card(.ring) / (2 * 63 / 64 * Self.bytes) - 1) < 1e-9)
    #expect(abs(card(.hierarchical) / (2 * 7 / 8 * Self.bytes) - 1) < 1e-9)
    // Each of eight ranks sends 56 of 64 pieces to other hosts; then the sums go round.
    #expect(abs(card(.pairwise) / ((8 * 56 + 63) / 64 * Self.bytes) - 1) < 1e-9)
    #expect(
      seconds(.pairwise, on: cluster(64, perHost: 8)) > 3
        * seconds(.hierarchical, on: cluster(64, perHost: 8)))
  }

  /// Where hosts are not full, blocks are as large as fit them all.
  @Test func hostsThatAreNotFullAreCutIntoBlocks() {
    #expect(cluster(64, perHost: 8).block == 8)
    #expect(cluster(12, perHost: 8).block == 4)
    #expect(cluster(9, perHost: 8).block == 1)
    #expect(cluster(5, perHost: 8).block == 5)
    #expect(cluster(12, perHost: 8).hosts == 2)
  }

  @Test func aRankThatIsLateKeepsAllWaiting() {
    let cluster = cluster(8)
    var messages = MessageSimulation(cluster)
    var starts = [Double](repeating: 0, count: 8)
    starts[3] = 1
    let ends = messages.run(AllReduce.ring.phases(Self.bytes, on: cluster), starts: starts)
    #expect(ends.allSatisfy { $0 > 1 })
    #expect((ends.max() ?? 0) < 1 + AllReduce.ring.paperSeconds(Self.bytes, on: cluster) + 1e-9)
  }

  @Test func bandwidthsAndTimesAreRead() {
    #expect(Bandwidth(text: "10G")?.bytesPerSecond == 1.25e9)
    #expect(Bandwidth(text: "400M")?.bitsPerSecond == 4e8)
    #expect(Bandwidth(text: "2.5g")?.bitsPerSecond == 2.5e9)
    for text in ["", "G", "10", "-1G", "0G", "infG", "nanG", "10GB", "1e400G"] {
      #expect(Bandwidth(text: text) == nil, "\(text)")
    }
    #expect(ShortTime(text: "20us")?.seconds == 20e-6)
    #expect(ShortTime(text: "0.5ms")?.seconds == 0.5e-3)
    #expect(ShortTime(text: "0s")?.seconds == 0)
    for text in ["", "us", "20", "-1us", "nans", "infs", "1h"] {
      #expect(ShortTime(text: text) == nil, "\(text)")
    }
  }
}
