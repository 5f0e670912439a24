import CDNNL

/// Calls `body` for each index below `count`, on the threads that oneDNN itself uses, so that two pools do
/// not compete for the processor.
///
/// What an index computes must not depend on the number of threads.
func parallel(_ count: Int, _ body: (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    withUnsafePointer(to: body) { pointer in
      cdnnl_parallel(
        Int32(count),
        { context, index in
          context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(index))
        }, UnsafeMutableRawPointer(mutating: pointer))
    }
  }
}

/// Calls `body`, in which the library computes on the calling thread alone.
func onOneThread<Result>(_ body: () throws -> Result) throws -> Result {
  let usual = cdnnl_threads()
  cdnnl_set_threads(1)
  defer { cdnnl_set_threads(usual) }
  return try body()
}

/// Cuts `0..<count` into pieces of about `grain` and calls `body` for each, in parallel.
func parallelRanges(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  guard count > grain else { return body(0..<count) }
  let pieces = (count + grain - 1) / grain
  parallel(pieces) { piece in body(piece * grain..<min(count, (piece + 1) * grain)) }
}
