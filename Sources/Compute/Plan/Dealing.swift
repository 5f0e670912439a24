import CDNNL
import Dispatch
import Graph
import Synchronization

/// How the examples of a batch are dealt to threads: a few of them at a time, which one thread takes through the whole network.
///
/// No thread waits for another within a layer; a slow core does less. What a layer makes of a few examples is still in the
/// cache when the next one reads it.
struct Dealing {
  /// Examples of a portion; the last one may have fewer.
  let size: Int
  /// How many examples there are.
  let count: Int
  let threads: Int

  /// - Returns: `nil` where the examples are not apart, or too few.
  init?(_ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions) {
    if case .train = purpose { return nil }
    count = network.batchSize
    threads = options.threads ?? Int(cdnnl_threads())
    guard count >= 2 * threads, network.computesExamplesApart(outputs + purpose.points) else { return nil }
    let traffic = Traffic(network, hasBackward: purpose.hasBackward)
    let most = (count + threads - 1) / threads
    let wanted = max(traffic.examplesForWeights, traffic.examplesInCache)
    // Where so few examples would each have to pay for all the weights, the threads share them.
    guard wanted <= 2 * most else { return nil }
    // As many portions for each thread.
    let rounds = max(1, (most + wanted / 2) / max(1, wanted))
    size = (count + rounds * threads - 1) / (rounds * threads)
    guard size < count else { return nil }
  }

  /// The portions, in order.
  var portions: [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// Calls `body` for each index below `count` on the threads, each of which is the library's only one meanwhile.
  ///
  /// - Parameter body: is given the thread's number and an index.
  /// - Throws: the error of the first index that failed.
  func run(
    _ count: Int, _ body: (_ thread: Int, _ index: Int) throws -> Void
  ) throws {
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    withoutActuallyEscaping(body) { body in
      // Each index is taken by one thread, and the call returns when all are through.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: min(threads, count)) { thread in
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          do {
            try onOneThread { try body(thread, index) }
          } catch {
            failure.withLock { if $0.map({ index < $0.index }) ?? true { $0 = (index, error) } }
            return
          }
        }
      }
    }
    if let (_, error) = failure.withLock({ $0 }) { throw error }
  }
}

/// What a pass moves through memory, by which the size of a portion is chosen.
private struct Traffic {
  /// Examples for which the weights are read once, at least, so that they are the smaller part of what is read.
  let examplesForWeights: Int
  /// Examples of which what the largest layer reads and writes stays in a thread's part of the cache; two at least, since
  /// kernels are slow on single ones.
  let examplesInCache: Int

  /// Bytes of the last cache that a thread can count on.
  private static let cache = 1 << 23

  init(_ network: BoundNetwork, hasBackward: Bool) {
    let examples = network.batchSize
    var (weights, moved, largest) = (0, 0, 0)
    for index in network.steps {
      let node = network.network.nodes[index]
      var own = 0
      for value in (node.inputs + node.outputs).compactMap({ $0 }) {
        guard let count = network.shape(of: value)?.elementCount else { continue }
        if network.constant(of: value) != nil { weights += count } else { own += count / examples }
      }
      moved += own
      largest = max(largest, own)
    }
    // A backward pass reads them again, and transforms them where Winograd's algorithm serves.
    examplesForWeights = ((hasBackward ? 12 : 2) * weights + moved) / max(1, moved)
    examplesInCache = max(2, min(8, Self.cache / max(1, 4 * largest)))
  }
}

extension Purpose {
  /// The values that are looked at besides the outputs.
  var points: [ValueID] {
    switch self {
    case .infer, .train: []
    case .observe(let points), .score(let points): points
    }
  }
}
