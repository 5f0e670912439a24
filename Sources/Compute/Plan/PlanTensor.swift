import Foundation
import Graph

/// The memory of one or several tensors of a plan.
final class Buffer {
  /// Where the memory comes from.
  enum Home {
    /// The plan's arena: lives from its first to its last step.
    case arena
    /// The weights: filled when weights change.
    case weights
  }

  let byteCount: Int
  let home: Home
  /// Whether it must outlive the last step (outputs, scores).
  var isKept = false
  /// Whether the memory is the network's, which is only read.
  var isBorrowed = false
  /// The place in the arena.
  var offset = 0
  /// Where the memory is, once the plan is bound.
  var address: UnsafeMutableRawPointer?

  init(byteCount: Int, home: Home) {
    self.byteCount = byteCount
    self.home = home
  }
}

/// A tensor of a plan: a layout and the memory that holds it. Written by one step.
final class PlanTensor {
  let layout: Layout
  let buffer: Buffer

  init(_ layout: Layout, _ buffer: Buffer) {
    self.layout = layout
    self.buffer = buffer
  }

  var shape: [Int] { layout.shape }

  /// Whether it depends on weights alone.
  var isConstant: Bool { buffer.home == .weights }

  /// The memory as floats; valid when steps are bound. Only for tensors of `float32`.
  var floats: UnsafeMutablePointer<Float> {
    precondition(layout.elementType == .float32, "a \(layout.elementType) tensor is read as floats")
    return buffer.address!.assumingMemoryBound(to: Float.self)
  }

  /// The memory as the bits of `bfloat16` numbers; valid when steps are bound.
  var halves: UnsafeMutablePointer<UInt16> {
    precondition(isNarrow, "a \(layout.elementType) tensor is read as bfloat16")
    return buffer.address!.assumingMemoryBound(to: UInt16.self)
  }

  /// Whether the elements are `bfloat16`.
  var isNarrow: Bool { layout.elementType == .bfloat16 }

  /// The elements as they lie in memory; valid when steps are bound.
  var stored: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: floats, count: layout.storedCount)
  }
}

/// One thing that a plan does.
struct Step {
  /// The operator and, behind a dot, what of it: `Conv.backward`.
  let label: String
  let reads: [Buffer]
  let writes: [Buffer]
  /// Read buffers whose memory the first written one may take when they are not needed any more.
  var donors: [Buffer] = []
  /// The constant of the network that the step copies, if it does.
  var source: ValueID?
  /// What a status other than zero means, where it is not the library's: data that the step cannot use.
  var failure: ComputeError?
  /// Where the step puts an error of its own that a status stands for.
  var thrown: ThrownError?
  /// Whether it may as well be done twice: it takes little time, and what it writes follows from what it reads.
  var isCheap = false
  /// Bytes of the scratch memory that the step asks for.
  var scratchBytes = 0
  /// Makes the action once addresses are known; the action returns the library's status.
  let bind: (_ scratch: UnsafeMutableRawPointer?) throws -> () -> Int32
}

/// What an action threw, which itself can only say that something went wrong.
final class ThrownError {
  var error: (any Error)?
}

/// Memory aligned for vectors, freed with its owner.
final class Memory {
  let address: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int) throws {
    let rounded = max(64, (byteCount + 63) & ~63)
    guard let address = aligned_alloc(64, rounded) else { throw ComputeError.outOfMemory(bytes: byteCount) }
    self.address = address
    self.byteCount = rounded
  }

  deinit { free(address) }
}
