/// What a message costs on its way: the latency, and a time for each byte (Hockney 1994).
package struct Link: Sendable, Hashable, Codable {
  /// Seconds from the moment that the last byte was sent until it has arrived.
  package var latency: Double
  /// Bytes that go through in a second.
  package var bytesPerSecond: Double

  /// A link.
  package init(latency: Double, bytesPerSecond: Double) {
    self.latency = latency
    self.bytesPerSecond = bytesPerSecond
  }

  /// A link of so many Gbit/s.
  package init(latency: Double, gigabits: Double) {
    self.init(latency: latency, bytesPerSecond: gigabits * 1e9 / 8)
  }

  /// A link that takes no time.
  package static let free = Link(latency: 0, bytesPerSecond: .infinity)

  /// Seconds that a message keeps the link busy.
  package func seconds(sending bytes: Double) -> Double { bytes / bytesPerSecond }
}

/// Ranks on hosts, and what lies between them.
///
/// Ranks are numbered host by host. The ranks of a host share its network card, which sends and receives at once; between
/// themselves they copy memory, each on its own core.
package struct Cluster: Sendable, Hashable {
  /// All ranks.
  package var ranks: Int
  /// Ranks of a host; the last host may have fewer.
  package var ranksPerHost: Int
  /// From host to host.
  package var network: Link
  /// From rank to rank of one host.
  package var local: Link
  /// Bytes of received numbers that a rank adds to its own in a second.
  package var addedBytesPerSecond: Double

  /// Ranks on hosts.
  package init(
    ranks: Int, ranksPerHost: Int = 1, network: Link, local: Link = .free,
    addedBytesPerSecond: Double = .infinity
  ) {
    precondition(ranks > 0 && ranksPerHost > 0, "there is a rank, and room for it")
    self.ranks = ranks
    self.ranksPerHost = ranksPerHost
    self.network = network
    self.local = local
    self.addedBytesPerSecond = addedBytesPerSecond
  }

  /// Hosts that the ranks fill.
  package var hosts: Int { (ranks + ranksPerHost - 1) / ranksPerHost }

  /// The host of a rank, from 0.
  package func host(of rank: Int) -> Int { rank / ranksPerHost }

  /// Ranks that form a block of one host, so that all blocks are alike: the whole host where hosts are full.
  package var block: Int {
    var (a, b) = (ranks, ranks <= ranksPerHost ? ranks : ranksPerHost)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  /// The link between two ranks.
  package func link(_ first: Int, _ second: Int) -> Link {
    host(of: first) == host(of: second) ? local : network
  }

  /// Seconds in which a rank adds what it received.
  package func seconds(adding bytes: Double) -> Double { bytes / addedBytesPerSecond }
}

/// A bandwidth as networks are sold: `10G` is 10 Gbit/s.
package struct Bandwidth: Sendable, Hashable {
  /// Bits in a second.
  package let bitsPerSecond: Double

  /// Reads `10G`, `2.5G` or `100M`; `nil` for anything else.
  package init?(text: String) {
    let factors: [Character: Double] = ["G": 1e9, "M": 1e6, "T": 1e12]
    guard let unit = text.last, let factor = factors[Character(unit.uppercased())],
      let number = Double(text.dropLast()), number.isFinite, number > 0
    else { return nil }
    bitsPerSecond = number * factor
  }

  /// Bytes in a second.
  package var bytesPerSecond: Double { bitsPerSecond / 8 }
}

/// A short time: `20us`, `0.5ms`.
package struct ShortTime: Sendable, Hashable {
  /// Seconds.
  package let seconds: Double

  /// Reads `20us`, `0.5ms`, `800ns` or `1s`; `nil` for anything else.
  package init?(text: String) {
    let units = [("ns", 1e9), ("us", 1e6), ("µs", 1e6), ("ms", 1e3), ("s", 1.0)]
    guard let (suffix, parts) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Double(text.dropLast(suffix.count)), number.isFinite, number >= 0
    else { return nil }
    seconds = number / parts
  }
}
