/// The only rank of a run: everything is its own already.
package final class SingleRank: Communicator {
  /// The number of the rank.
  package var rank: Int { 0 }
  /// How many ranks there are.
  package var count: Int { 1 }
  /// All of the host.
  package var host: HostShare { HostShare(name: "this host", rank: 0, count: 1) }

  /// A run on one rank.
  package init() {}

  /// Nothing: the sums of one rank are its elements.
  package func sum(_ values: inout [Float]) {}
  /// Nothing: the sums of one rank are its elements.
  package func sum(_ values: inout [Double]) {}
  /// The elements, as they are.
  package func startSum(_ values: [Float]) -> any PendingSum { Whole(values: values) }
  /// Nothing: the bytes are those of rank 0.
  package func broadcast(_ bytes: inout [UInt8]) {}
  /// The bytes of the only rank.
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  /// The bytes of the only rank.
  package func collect(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  /// Nothing: nobody else is waited for.
  package func barrier() {}
  /// Nothing: nobody else is told.
  package func abandon(_ sentence: String) {}

  private struct Whole: PendingSum {
    let values: [Float]
    func finish() -> [Float] { values }
  }
}
