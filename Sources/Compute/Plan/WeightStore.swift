import CDNNL
import Foundation
import Graph

/// The weights of plans as their kernels want them: constants, reordered and folded ones.
///
/// Plans for different batch sizes of one network share a store. What a weight becomes is a list of steps that
/// run again when a weight changes; memory that only those steps need is given back after them.
final class WeightStore {
  let engine: Engine
  /// Values that replace constants of the network.
  private var overrides: [ValueID: [Float]] = [:]
  private var constants: [Key: PlanTensor] = [:]
  private var versions: [Version: PlanTensor] = [:]
  private var derived: [String: PlanTensor] = [:]
  private var steps: [Step] = []
  private var persistent: [ObjectIdentifier: Memory] = [:]
  private var needed: [ObjectIdentifier: Buffer] = [:]
  private var isStale = true
  /// Whether the memory between the steps stays too, because weights change all the time.
  var keepsEverything = false {
    didSet { if keepsEverything { for value in Array(borrowed.keys) { giveBack(value) } } }
  }
  /// Constants of the network that steps read where the network has them. That is never written to: one that changes gets
  /// memory of its own.
  private var borrowed: [ValueID: Buffer] = [:]
  /// Counts how often constants got memory of their own: passes that were bound before read the network's.
  private(set) var generation = 0
  private var changed: Set<ValueID> = []
  /// Constants that were changed where they lie: their memory is what counts, and no step fills it any more.
  private var resident: Set<ValueID> = []
  private var actions: [(run: () -> Int32, scratch: Memory?)] = []

  private struct Key: Hashable {
    let value: ValueID
    /// Constants that binding made may differ between bindings.
    let tensor: Tensor?
  }

  /// A tensor in another layout.
  struct Version: Hashable {
    let buffer: ObjectIdentifier
    /// The same memory can be read in several ways: a matrix and its transpose.
    let source: Layout
    let layout: Layout
  }

  init() throws { engine = try Engine() }

  /// Bytes that stay allocated.
  var byteCount: Int { persistent.values.reduce(0) { $0 + $1.byteCount } }

  /// Bytes that will be allocated for weights that steps touch, which are not yet.
  func foretoldBytes(of steps: [Step]) -> Int {
    var found: [ObjectIdentifier: Int] = [:]
    for step in steps {
      for buffer in step.reads + step.writes
      where buffer.home == .weights && !buffer.isBorrowed && persistent[ObjectIdentifier(buffer)] == nil {
        found[ObjectIdentifier(buffer)] = buffer.byteCount
      }
    }
    return found.values.reduce(0) { $0.plus($1) }
  }

  /// The constant in C order.
  func constant(_ value: ValueID, _ tensor: Tensor, isInitializer: Bool) throws -> PlanTensor {
    let key = Key(value: value, tensor: isInitializer ? nil : tensor)
    if let known = constants[key] { return known }
    let result = try make(.plain(tensor.shape))
    constants[key] = result
    let mayChange = isInitializer && (keepsEverything || overrides[value] != nil)
    if !mayChange, let index = tensor.addressOfFloats {
      result.buffer.address = index
      result.buffer.isBorrowed = true
      if isInitializer { borrowed[value] = result.buffer }
    }
    var step = Step(label: "weights.fill", reads: [], writes: [result.buffer]) { [unowned self] _ in
      let target = result.stored
      return {
        if result.buffer.isBorrowed || isInitializer && self.resident.contains(value) { return 0 }
        if isInitializer, let values = self.overrides[value] {
          _ = target.update(fromContentsOf: values)
        } else {
          tensor.copyFloats(to: target)
        }
        return 0
      }
    }
    if isInitializer { step.source = value }
    emit(step)
    return result
  }

  /// A new tensor among the weights.
  func make(_ layout: Layout) -> PlanTensor {
    PlanTensor(layout, Buffer(byteCount: layout.byteCount, home: .weights))
  }

  /// A step that runs when weights change.
  func emit(_ step: Step) {
    steps.append(step)
    isStale = true
  }

  /// What `make` computes from weights, made once for a name.
  func derive(
    _ name: String, _ make: () throws -> PlanTensor
  ) throws -> PlanTensor {
    if let known = derived[name] { return known }
    let result = try make()
    derived[name] = result
    return result
  }

  /// A version of a weight in another layout, if it was made before.
  subscript(version: Version) -> PlanTensor? {
    get { versions[version] }
    set { versions[version] = newValue }
  }

  /// Keeps the memory of a buffer that steps of a plan read.
  func keep(_ buffer: Buffer) throws {
    let id = ObjectIdentifier(buffer)
    guard persistent[id] == nil, !buffer.isBorrowed else { return }
    let memory = try Memory(byteCount: buffer.byteCount)
    memory.address.initializeMemory(as: UInt8.self, repeating: 0, count: memory.byteCount)
    persistent[id] = memory
    needed[id] = buffer
    buffer.address = memory.address
    isStale = true
  }

  /// The value that replaces a constant from now on.
  func set(_ value: ValueID, _ elements: [Float]) {
    giveBack(value)
    overrides[value] = elements
    resident.remove(value)
    changed.insert(value)
    isStale = true
  }

  /// Ends the reading of a constant where the network has it: passes that read it keep memory for it when they are bound
  /// again.
  private func giveBack(_ value: ValueID) {
    guard let buffer = borrowed.removeValue(forKey: value) else { return }
    buffer.isBorrowed = false
    buffer.address = nil
    generation += 1
    isStale = true
  }

  /// What replaces a constant of the network now; `nil` where nothing does.
  func replacement(of value: ValueID) -> [Float]? {
    if resident.contains(value), let tensor = plainTensor(of: value) { return Array(tensor.stored) }
    return overrides[value]
  }

  /// A constant's own memory in C order; `nil` where no step of any plan reads the constant.
  func plainTensor(of value: ValueID) -> PlanTensor? {
    guard let tensor = constants[Key(value: value, tensor: nil)], tensor.buffer.address != nil else {
      return nil
    }
    return tensor
  }

  /// Says that the memory of a constant is about to be changed in place. Only where all memory stays.
  func markWritten(_ value: ValueID) {
    precondition(keepsEverything, "memory that is lent cannot be written to")
    overrides[value] = nil
    resident.insert(value)
    changed.insert(value)
    isStale = true
  }

  /// Runs the steps where a weight changed.
  func refresh() throws {
    guard isStale else { return }
    if keepsEverything { try refreshChanged() } else { try refreshAll() }
    changed = []
    isStale = false
  }

  /// Runs the steps that depend on what changed; all memory stays.
  private func refreshChanged() throws {
    var written: Set<ObjectIdentifier> = []
    for index in steps.indices {
      let step = steps[index]
      if index == actions.count {
        for buffer in step.reads + step.writes where buffer.home == .weights { try keep(buffer) }
        let scratch = step.scratchBytes > 0 ? try Memory(byteCount: step.scratchBytes) : nil
        actions.append((try step.bind(scratch?.address), scratch))
      } else if !step.reads.contains(where: { written.contains(ObjectIdentifier($0)) }),
        !(step.source.map(changed.contains) ?? false)
      {
        continue
      }
      try check(actions[index].run(), step.label)
      written.formUnion(step.writes.map(ObjectIdentifier.init))
    }
  }

  /// Runs every step, with memory that is given back after its last use.
  private func refreshAll() throws {
    var lastUse: [ObjectIdentifier: Int] = [:]
    for (index, step) in steps.enumerated() {
      for buffer in step.reads + step.writes { lastUse[ObjectIdentifier(buffer)] = index }
    }
    var lent: [ObjectIdentifier: (buffer: Buffer, memory: Memory)] = [:]
    defer { for (buffer, _) in lent.values { buffer.address = nil } }
    for (index, step) in steps.enumerated() {
      let buffers = step.reads + step.writes
      for buffer in buffers where buffer.home == .weights && buffer.address == nil {
        let memory = try Memory(byteCount: buffer.byteCount)
        lent[ObjectIdentifier(buffer)] = (buffer, memory)
        buffer.address = memory.address
      }
      let scratch = step.scratchBytes > 0 ? try Memory(byteCount: step.scratchBytes) : nil
      try check(try step.bind(scratch?.address)(), step.label)
      for buffer in buffers where lastUse[ObjectIdentifier(buffer)] == index {
        if lent.removeValue(forKey: ObjectIdentifier(buffer)) != nil { buffer.address = nil }
      }
    }
  }
}

extension Tensor {
  /// Where its elements lie, of a large tensor of floats that begins where vectors do; `nil` of any other.
  ///
  /// Valid as long as the tensor is: bytes that are not changed stay where they are, and so many never lie within `Data`
  /// itself. They are not to be written to.
  fileprivate var addressOfFloats: UnsafeMutableRawPointer? {
    guard elementType == .float32, bytes.count >= 1 << 16 else { return nil }
    return bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, UInt(bitPattern: start) % 64 == 0 else { return nil }
      return UnsafeMutableRawPointer(mutating: start)
    }
  }
}
