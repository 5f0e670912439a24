import CDNNL
import Graph

/// The weights of plans as their kernels want them: constants, reordered and folded ones.
///
/// Plans for different batch sizes of one network share a store. What a weight becomes is a list of steps that
/// run again when a weight changes; memory that only those steps need is given back after them.
final class WeightStore {
  let engine: Engine
  /// Values that replace constants of the network.
  private(set) var overrides: [ValueID: [Float]] = [:]
  private var constants: [Key: PlanTensor] = [:]
  private var versions: [Version: PlanTensor] = [:]
  private var derived: [String: PlanTensor] = [:]
  private var steps: [Step] = []
  private var persistent: [ObjectIdentifier: Memory] = [:]
  private var needed: [ObjectIdentifier: Buffer] = [:]
  private var isStale = true

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

  init() throws(ComputeError) { engine = try Engine() }

  /// Bytes that stay allocated.
  var byteCount: Int { persistent.values.reduce(0) { $0 + $1.byteCount } }

  /// The constant in C order.
  func constant(_ value: ValueID, _ tensor: Tensor, isInitializer: Bool) throws(ComputeError) -> PlanTensor {
    let key = Key(value: value, tensor: isInitializer ? nil : tensor)
    if let known = constants[key] { return known }
    let result = try make(.plain(tensor.shape))
    constants[key] = result
    emit(
      Step(label: "weights.fill", reads: [], writes: [result.buffer]) { [unowned self] _ in
        let target = result.floats
        return {
          let values = isInitializer ? self.overrides[value] ?? tensor.floats : tensor.floats
          for (place, element) in values.enumerated() { target[place] = element }
          return 0
        }
      })
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
    _ name: String, _ make: () throws(ComputeError) -> PlanTensor
  ) throws(ComputeError) -> PlanTensor {
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
  func keep(_ buffer: Buffer) throws(ComputeError) {
    let id = ObjectIdentifier(buffer)
    guard persistent[id] == nil else { return }
    let memory = try Memory(byteCount: buffer.byteCount)
    memory.address.initializeMemory(as: UInt8.self, repeating: 0, count: memory.byteCount)
    persistent[id] = memory
    needed[id] = buffer
    buffer.address = memory.address
    isStale = true
  }

  /// The value that replaces a constant from now on.
  func set(_ value: ValueID, _ elements: [Float]) {
    overrides[value] = elements
    isStale = true
  }

  /// Runs the steps where a weight changed.
  func refresh() throws(ComputeError) {
    guard isStale else { return }
    var transient: [Memory] = []
    var lent: [Buffer] = []
    defer { for buffer in lent { buffer.address = nil } }
    for step in steps {
      for buffer in step.reads + step.writes where buffer.home == .weights && buffer.address == nil {
        let memory = try Memory(byteCount: buffer.byteCount)
        transient.append(memory)
        lent.append(buffer)
        buffer.address = memory.address
      }
      let scratch = step.scratchBytes > 0 ? try Memory(byteCount: step.scratchBytes) : nil
      let status = try step.bind(scratch?.address)()
      try check(status, step.label)
    }
    isStale = false
  }
}
