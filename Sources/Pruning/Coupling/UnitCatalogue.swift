import Graph

/// What the solver found, put in order: units, groups, layers and the channel map.
struct UnitCatalogue {
  private(set) var units: [KernelUnit] = []
  private(set) var groups: [ChannelGroup] = []
  private(set) var layers: [CoupledLayer] = []
  private(set) var map: ChannelMap

  /// - Throws: `PruningError.tooManyChannels`.
  init(_ solver: inout CouplingSolver, layers found: [Layer]) throws {
    var kernelCells: [[Int32]] = []
    for layer in found { kernelCells.append(try Self.kernelCells(of: layer, &solver)) }
    let freezes = solver.sets.freezesByRoot()
    let inexact = Self.inexactRoots(&solver)
    var unitOfRoot = [Int32](repeating: -1, count: solver.sets.count)
    var kernels: [[Kernel]] = []
    var roots: [Int32] = []
    var unitsOfLayer: [[Int]] = []
    for (layer, cells) in kernelCells.enumerated() {
      var own: [Int] = []
      own.reserveCapacity(cells.count)
      for (index, cell) in cells.enumerated() {
        let root = solver.sets.find(cell)
        var unit = Int(unitOfRoot[Int(root)])
        if unit < 0 {
          unit = kernels.count
          unitOfRoot[Int(root)] = Int32(unit)
          kernels.append([])
          roots.append(root)
        }
        kernels[unit].append(Kernel(layer: layer, index: index))
        own.append(unit)
      }
      unitsOfLayer.append(own)
    }
    var tracer = FreezeTracer(solver, layers: found)
    map = ChannelMap(
      values: [], roots: solver.roots, isFromShapes: solver.isFromShapes,
      isVector: solver.roots.indices.map { value in
        solver.roots[value] == ValueID(value) && solver.isVector(ValueID(value))
      })
    map.chains = solver.chains
    collectGroups(kernels, roots, freezes, inexact, &tracer)
    collectLayers(found, unitsOfLayer, kernels, roots, freezes, &tracer)
    collectTables(&solver, unitOfRoot)
    map.covers = covers(unitsOfLayer)
  }

  /// The cell of each kernel; cells of their own, frozen, where the output carries no channels.
  private static func kernelCells(
    of layer: Layer, _ solver: inout CouplingSolver
  ) throws -> [Int32] {
    let slot = LabelSlot.value(layer.output.index)
    if let field = solver.singleAxisField(slot, axis: layer.outputAxis) {
      let cells = try field.refined(0, to: 1).cells
      if cells.count == layer.kernels { return cells }
    }
    let cells = try solver.sets.make(layer.kernels)
    let index = solver.bound.network.nodes.firstIndex { $0.id == layer.node }
    solver.sets.freeze(
      cells,
      event: solver.event(
        index, index.map(solver.label) ?? layer.op, "secateur cannot follow its channels"))
    return cells
  }

  /// The roots whose removal changes statistics over what stays, with the reason.
  private static func inexactRoots(_ solver: inout CouplingSolver) -> [Int32: String] {
    var result: [Int32: String] = [:]
    for (slot, axis, reason) in solver.inexact {
      for field in solver[slot] {
        guard let index = field.index(of: axis) else { continue }
        let inner = field.axes[(index + 1)...].map(\.count).elementCount
        let count = field.axes[index].count
        // Whole rows of statistics may go; parts of a row change the row.
        for number in field.cells.indices where number / inner % count > 0 {
          let first = solver.sets.find(field.cells[number - number / inner % count * inner])
          let root = solver.sets.find(field.cells[number])
          guard root != first else { continue }
          if result[first] == nil { result[first] = reason }
          if result[root] == nil { result[root] = reason }
        }
      }
    }
    return result
  }

  private mutating func collectGroups(
    _ kernels: [[Kernel]], _ roots: [Int32], _ freezes: [Int32], _ inexact: [Int32: String],
    _ tracer: inout FreezeTracer
  ) {
    var numbers: [[Int]: Int] = [:]
    var members: [(layers: [Int], units: [Int], inexact: String?)] = []
    for (unit, kernels) in kernels.enumerated() {
      let freeze = freezes[Int(roots[unit])]
      guard freeze < 0 else {
        units.append(
          KernelUnit(
            group: nil, kernels: kernels, freezeReason: tracer.reason(Int(freeze), layer: kernels[0].layer)))
        continue
      }
      var signature: [Int] = []
      for kernel in kernels where signature.last != kernel.layer { signature.append(kernel.layer) }
      let group = numbers[signature] ?? members.count
      if group == members.count {
        numbers[signature] = group
        members.append((signature, [], nil))
      }
      members[group].units.append(unit)
      if members[group].inexact == nil { members[group].inexact = inexact[roots[unit]] }
      units.append(KernelUnit(group: group, kernels: kernels, freezeReason: nil))
    }
    var letters = 0
    groups = members.map { member in
      var name = ""
      if member.layers.count > 1 {
        name = Self.letters(letters)
        letters += 1
      }
      return ChannelGroup(name: name, layers: member.layers, units: member.units, inexact: member.inexact)
    }
  }

  /// `A` … `Z`, `AA`, `AB` …
  static func letters(_ number: Int) -> String {
    var text = ""
    var rest = number + 1
    while rest > 0 {
      rest -= 1
      text = String(UnicodeScalar(UInt8(65 + rest % 26))) + text
      rest /= 26
    }
    return text
  }

  private mutating func collectLayers(
    _ found: [Layer], _ unitsOfLayer: [[Int]], _ kernels: [[Kernel]], _ roots: [Int32], _ freezes: [Int32],
    _ tracer: inout FreezeTracer
  ) {
    for (index, layer) in found.enumerated() {
      let own = unitsOfLayer[index]
      var groups: [Int] = []
      var frozen: Int32?
      for unit in own {
        if let group = units[unit].group {
          if groups.last != group, !groups.contains(group) { groups.append(group) }
        } else if frozen == nil {
          frozen = freezes[Int(roots[unit])]
        }
      }
      // Something must stay: a layer that is one unit can lose all or nothing.
      let isOne = !own.isEmpty && own.allSatisfy { $0 == own[0] }
      var reason: FreezeReason?
      if groups.isEmpty, let frozen {
        reason = tracer.reason(Int(frozen), layer: index)
      } else if isOne {
        reason = FreezeReason(
          label: layer.kernels == 1 ? "single kernel" : "one unit", chain: [],
          sentence: layer.kernels == 1
            ? "It has a single kernel."
            : "Its \(layer.kernels) kernels can only go all together, which would leave nothing of it.")
      }
      let freezesOfKernels = own.map { units[$0].freezeReason == nil ? -1 : freezes[Int(roots[$0])] }
      layers.append(
        CoupledLayer(
          layer: layer, isPrunable: !groups.isEmpty && !isOne, reason: reason, groups: groups, units: own,
          frozen: Self.frozenKernels(freezesOfKernels, layer: index, &tracer)))
    }
  }

  /// The kernels of a layer by why they cannot go.
  ///
  /// - Parameter freezes: by kernel the event that freezes it, or -1.
  private static func frozenKernels(
    _ freezes: [Int32], layer: Int, _ tracer: inout FreezeTracer
  ) -> [FrozenKernels] {
    var indices: [String: Int] = [:]
    var found: [(kernels: [Int], reason: FreezeReason)] = []
    for (kernel, freeze) in freezes.enumerated() where freeze >= 0 {
      let reason = tracer.reason(Int(freeze), layer: layer)
      if let number = indices[reason.sentence] {
        found[number].kernels.append(kernel)
      } else {
        indices[reason.sentence] = found.count
        found.append(([kernel], reason))
      }
    }
    return found.map { FrozenKernels(kernels: $0.kernels, reason: $0.reason) }
  }

  private mutating func collectTables(_ solver: inout CouplingSolver, _ unitOfRoot: [Int32]) {
    var numbers: [[Int32]: Int] = [:]
    func channels(_ fields: [LabelField], _ sets: inout DisjointCells) -> [AxisChannels] {
      var result: [AxisChannels] = []
      for field in fields {
        for index in field.axes.indices {
          // Along an axis that a mixed field is not sliced along, every cell is its row's.
          if field.axes.count > 1, !Self.isSliceAxis(field, index, &sets) { continue }
          let inner = field.axes[(index + 1)...].map(\.count).elementCount
          let list = (0..<field.axes[index].count).map { unitOfRoot[Int(sets.find(field.cells[$0 * inner]))] }
          if list.allSatisfy({ $0 < 0 }) { continue }
          let number = numbers[list] ?? map.tables.count
          if number == map.tables.count {
            numbers[list] = number
            map.tables.append(list)
          }
          result.append(
            AxisChannels(axis: field.axes[index].axis, repeats: field.axes[index].repeats, table: number))
          if field.axes.count > 1 { break }
        }
      }
      return result
    }
    map.values = []
    map.values.reserveCapacity(solver.valueFields.count)
    for fields in solver.valueFields { map.values.append(channels(fields, &solver.sets)) }
    for (use, fields) in solver.useFields.sorted(by: { $0.key < $1.key }) {
      map.uses[use] = channels(fields, &solver.sets)
    }
  }

  /// Whether every slice along the axis is one component.
  private static func isSliceAxis(_ field: LabelField, _ index: Int, _ sets: inout DisjointCells) -> Bool {
    let inner = field.axes[(index + 1)...].map(\.count).elementCount
    let count = field.axes[index].count
    for number in field.cells.indices {
      let slice = number / inner % count
      if sets.find(field.cells[number]) != sets.find(field.cells[slice * inner]) { return false }
    }
    return true
  }

  /// Axes that would be empty although every layer keeps a kernel: pieces of a split, for instance.
  private func covers(_ unitsOfLayer: [[Int]]) -> [[Int]] {
    var result: [[Int]] = []
    for table in map.tables {
      let list = Set(table)
      if list.contains(-1) || list.contains(where: { units[Int($0)].freezeReason != nil }) { continue }
      let holdsALayer = list.contains { unit in
        let layers = Set(units[Int(unit)].kernels.map(\.layer))
        return layers.contains { unitsOfLayer[$0].allSatisfy { list.contains(Int32($0)) } }
      }
      if !holdsALayer { result.append(list.map(Int.init).sorted()) }
    }
    return result
  }
}
