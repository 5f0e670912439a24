import CPointwise
import Graph

/// A program bound to memory. Belongs to a plan, and so to one thread; its passes use all of them.
final class PointwiseStep {
  private let nest: TileNest
  private let program: cpw_program
  private let instructions: UnsafeMutablePointer<cpw_instruction>
  private let constants: UnsafeMutablePointer<Float>
  private let results: UnsafeMutablePointer<UInt8>
  /// Operands, then targets, as they lie where the outer loops begin.
  private let tensors: [cpw_operand]
  private let operandCount: Int
  private let scratchCount: Int
  private let widths: [Int]
  private let cleared: [UnsafeMutableBufferPointer<Float>]

  init(
    _ source: PointwiseProgram, _ nest: TileNest, operands: [PlanTensor],
    targets: [(tensor: PlanTensor, sums: Bool)]
  ) {
    self.nest = nest
    instructions = .allocate(capacity: source.instructions.count)
    instructions.initialize(from: source.instructions, count: source.instructions.count)
    constants = .allocate(capacity: source.constants.count)
    constants.initialize(from: source.constants, count: source.constants.count)
    results = .allocate(capacity: source.results.count)
    results.initialize(from: source.results, count: source.results.count)
    program = source.raw(instructions, constants, results)
    let all = operands.map { ($0, false) } + targets.map { ($0.tensor, $0.sums) }
    tensors = all.enumerated().map { index, entry in
      let (tensor, sums) = entry
      return cpw_operand(
        address: tensor.isNarrow
          ? UnsafeMutableRawPointer(tensor.halves) : UnsafeMutableRawPointer(tensor.floats),
        row: Int64(nest.rowStrides[index]), lane: Int64(nest.laneStrides[index]),
        narrow: tensor.isNarrow ? 1 : 0, sums: sums ? 1 : 0)
    }
    widths = all.map { $0.0.isNarrow ? 2 : 4 }
    cleared = targets.filter(\.sums).map { $0.tensor.stored }
    operandCount = operands.count
    let sums = targets.count(where: \.sums)
    scratchCount = source.registerCount * CPW_TILE + 2 * sums * max(1, nest.lanes) + 2
  }

  deinit {
    instructions.deallocate()
    constants.deallocate()
    results.deallocate()
  }

  func run() {
    for target in cleared { target.update(repeating: 0) }
    let (length, perLoop) = nest.pieces
    let count = nest.extents.elementCount * perLoop
    guard count > 0, nest.inner > 0 else { return }
    parallelRanges(count, grain: max(1, (1 << 14) / length)) { range in
      withUnsafeTemporaryAllocation(byteCount: scratchCount * 4, alignment: 64) { memory in
        withUnsafeTemporaryAllocation(of: cpw_operand.self, capacity: tensors.count) { operands in
          let scratch = memory.baseAddress!.assumingMemoryBound(to: Float.self)
          for index in range { run(index / perLoop, index % perLoop * length, length, operands, scratch) }
        }
      }
    }
  }

  private func run(
    _ outer: Int, _ first: Int, _ length: Int, _ operands: UnsafeMutableBufferPointer<cpw_operand>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    for index in tensors.indices {
      var (rest, offset) = (outer, 0)
      for axis in nest.extents.indices.reversed() {
        offset += rest % nest.extents[axis] * nest.strides[index][axis]
        rest /= nest.extents[axis]
      }
      operands[index] = tensors[index]
      operands[index].address = tensors[index].address + offset * widths[index]
    }
    withUnsafePointer(to: program) { program in
      cpw_run(
        program, operands.baseAddress!, operands.baseAddress! + operandCount, Int64(nest.lanes), Int64(first),
        Int64(min(length, nest.inner - first)), scratch)
    }
  }
}

extension PointwiseProgram {
  /// The results, each for as many values of the operands as are given.
  ///
  /// - Parameter values: a list an operand, all equally long.
  func results(of values: [[Float]]) -> [[Float]] {
    let count = values.first?.count ?? 1
    var inputs = values.flatMap { $0 }
    var outputs = [Float](repeating: 0, count: results.count * count)
    var scratch = [Float](repeating: 0, count: registerCount * CPW_TILE + 2)
    inputs.withUnsafeMutableBufferPointer { inputs in
      outputs.withUnsafeMutableBufferPointer { outputs in
        scratch.withUnsafeMutableBufferPointer { scratch in
          func operands(_ memory: UnsafeMutableBufferPointer<Float>, _ number: Int) -> [cpw_operand] {
            (0..<number).map {
              cpw_operand(
                address: memory.baseAddress.map { start in UnsafeMutableRawPointer(start) }?
                  .advanced(by: 4 * $0 * count), row: Int64(count), lane: 1, narrow: 0, sums: 0)
            }
          }
          withRaw { program in
            withUnsafePointer(to: program) {
              cpw_run(
                $0, operands(inputs, values.count), operands(outputs, results.count), Int64(count), 0,
                Int64(count), scratch.baseAddress)
            }
          }
        }
      }
    }
    return results.indices.map { Array(outputs[$0 * count..<($0 + 1) * count]) }
  }

  /// Calls `body` with the program as C sees it, which is valid inside it only.
  private func withRaw(_ body: (cpw_program) -> Void) {
    instructions.withUnsafeBufferPointer { instructions in
      constants.withUnsafeBufferPointer { constants in
        self.results.withUnsafeBufferPointer { results in
          body(raw(instructions.baseAddress, constants.baseAddress, results.baseAddress))
        }
      }
    }
  }

  /// The program as C sees it, its lists lying where it is said.
  fileprivate func raw(
    _ instructions: UnsafePointer<cpw_instruction>?, _ constants: UnsafePointer<Float>?,
    _ results: UnsafePointer<UInt8>?
  ) -> cpw_program {
    cpw_program(
      instructions: instructions, constants: constants, results: results,
      instruction_count: Int32(self.instructions.count), constant_count: Int32(self.constants.count),
      input_count: Int32(operands.count), output_count: Int32(self.results.count),
      register_count: Int32(registerCount))
  }
}
