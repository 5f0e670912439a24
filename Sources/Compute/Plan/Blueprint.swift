import CDNNL
import Graph

/// A plan without its memory: what is computed how, and what it takes.
struct Blueprint {
  let dealing: Dealing?
  let portions: [Range<Int>]
  /// Of whole portions, and of a smaller one at the end.
  let drafts: [Draft]
  /// The draft of each pass.
  let passes: [Int]

  init(
    _ network: BoundNetwork, _ purpose: Purpose, _ outputs: [ValueID], _ options: ComputeOptions,
    _ weights: WeightStore
  ) throws {
    func draft(_ network: BoundNetwork) throws -> Draft {
      try Draft(network, purpose, outputs, options, weights)
    }
    if case .train = purpose { weights.keepsEverything = true }
    if let threads = options.threads { cdnnl_set_threads(Int32(clamping: threads)) }
    if let dealing = Dealing(network, purpose, outputs, options) {
      let portions = dealing.portions
      let sizes = [dealing.size] + (dealing.count % dealing.size == 0 ? [] : [dealing.count % dealing.size])
      let networks = sizes.compactMap { network.portion(of: $0, outputs + purpose.points) }
      if networks.count == sizes.count {
        (self.dealing, self.portions) = (dealing, portions)
        var drafts: [Draft] = []
        for network in networks {
          drafts.append(try onOneThread { try draft(network) })
        }
        self.drafts = drafts
        let whole = portions.count - (sizes.count - 1)
        let ofWhole = purpose.hasBackward ? whole : min(whole, dealing.threads)
        passes = [Int](repeating: 0, count: ofWhole) + sizes.indices.dropFirst()
        saveMemory(purpose, options)
        return
      }
    }
    dealing = nil
    portions = [0..<network.batchSize]
    drafts = [try draft(network)]
    passes = [0]
    saveMemory(purpose, options)
  }

  /// Lets steps be done again where the options say so, or the memory would not do.
  private func saveMemory(_ purpose: Purpose, _ options: ComputeOptions) {
    guard purpose.hasBackward, options.savesMemory || MemoryBudget.exceeded(by: byteCount) != nil else {
      return
    }
    for draft in drafts { draft.saveMemory() }
  }

  /// Bytes of the passes and of the weights that are not there yet.
  var byteCount: Int {
    let weights = drafts.map(\.bytesOfWeights).max() ?? 0
    return passes.reduce(weights) { $0.plus(drafts[$1].bytesOfPass) }
  }

  var multiplyAccumulates: Int {
    portions.reduce(0) { sum, portion in
      let draft = portion.count == portions[0].count ? drafts[0] : drafts[drafts.count - 1]
      return sum.plus(draft.builder.multiplyAccumulates)
    }
  }
}

extension BoundNetwork {
  /// The network bound to fewer examples; `nil` where the values would not have as many then.
  fileprivate func portion(of examples: Int, _ values: [ValueID]) -> BoundNetwork? {
    let axes = network.batchAxes
    var shapes: [ValueID: [Int]] = [:]
    for input in network.inputs {
      guard var shape = shape(of: input) else { continue }
      if let axis = axes.axis(of: input), shape.indices.contains(axis) { shape[axis] = examples }
      shapes[input] = shape
    }
    guard let other = try? rebound(shapes) else { return nil }
    let fits = values.allSatisfy { value in
      guard let whole = shape(of: value), let own = other.shape(of: value) else { return false }
      return own.dropFirst() == whole.dropFirst()
        && own.first.map { $0 * batchSize } == whole.first.map { $0 * examples }
    }
    return fits ? other : nil
  }
}
