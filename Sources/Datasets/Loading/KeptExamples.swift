import Synchronization

/// Examples that stay in memory once they were made, up to a limit; any thread may ask for them.
///
/// Who comes first stays: a pass over data that do not fit finds the same ones as the pass before it, where keeping the newest
/// ones would find none.
final class KeptExamples: Sendable {
  private struct State {
    var values: [Int: [Float]] = [:]
    var byteCount = 0
  }

  private let byteLimit: Int
  private let state = Mutex(State())

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// The values of an example that is kept.
  subscript(index: Int) -> [Float]? { state.withLock { $0.values[index] } }

  /// Keeps an example, if it fits.
  func keep(_ values: [Float], of index: Int) {
    let bytes = values.count * MemoryLayout<Float>.stride
    state.withLock { state in
      guard state.values[index] == nil, bytes <= byteLimit - state.byteCount else { return }
      state.values[index] = values
      state.byteCount += bytes
    }
  }
}
