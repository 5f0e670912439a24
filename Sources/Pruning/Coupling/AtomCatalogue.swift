import Graph

/// What the solver found, put in order: atoms, groups, layers and the channel map.
struct AtomCatalogue {
  private(set) var atoms: [Atom] = []
  private(set) var groups: [ChannelGroup] = []
  private(set) var layers: [CoupledLayer] = []
  private(set) var map: ChannelMap

  /// - Throws: `PruningError.tooManyChannels`.
  init(_ solver: inout CouplingSolver, layers found: [Layer]) throws(PruningError) {
    var kernelCells: [[Int32]] = []
    for layer in found { kernelCells.append(try Self.kernelCells(of: layer, &solver)) }
    let pins = solver.sets.pinsByRoot()
    let inexact = Self.inexactRoots(&solver)
    var atomOfRoot = [Int32](repeating: -1, count: solver.sets.count)
    var kernels: [[Kernel]] = []
    var roots: [Int32] = []
    var atomsOfLayer: [[Int]] = []
    for (layer, cells) in kernelCells.enumerated() {
      var own: [Int] = []
      own.reserveCapacity(cells.count)
      for (index, cell) in cells.enumerated() {
        let root = solver.sets.find(cell)
        var atom = Int(atomOfRoot[Int(root)])
        if atom < 0 {
          atom = kernels.count
          atomOfRoot[Int(root)] = Int32(atom)
          kernels.append([])
          roots.append(root)
        }
        kernels[atom].append(Kernel(layer: layer, index: index))
        own.append(atom)
      }
      atomsOfLayer.append(own)
    }
    var tracer = PinTracer(solver, layers: found)
    map = ChannelMap(
      values: [], roots: solver.roots, isFromShapes: solver.isFromShapes,
      isVector: solver.roots.indices.map { value in
        solver.roots[value] == ValueID(value) && solver.isVector(ValueID(value))
      })
    map.chains = solver.chains
    collectGroups(kernels, roots, pins, inexact, &tracer)
    collectLayers(found, atomsOfLayer, kernels, roots, pins, &tracer)
    collectTables(&solver, atomOfRoot)
    map.covers = covers(atomsOfLayer)
  }

  /// The cell of each kernel; cells of their own, frozen, where the output carries no channels.
  private static func kernelCells(
    of layer: Layer, _ solver: inout CouplingSolver
  ) throws(PruningError) -> [Int32] {
    let slot = LabelSlot.value(layer.output.index)
    if let field = solver.singleAxisField(slot, axis: layer.outputAxis) {
      let cells = try field.refined(0, to: 1).cells
      if cells.count == layer.kernels { return cells }
    }
    let cells = try solver.sets.make(layer.kernels)
    let place = solver.bound.network.nodes.firstIndex { $0.id == layer.node }
    solver.sets.pin(
      cells,
      event: solver.event(
        place, place.map(solver.label) ?? layer.op, "secateur cannot follow its channels"))
    return cells
  }

  /// The roots whose removal changes statistics over what stays, with the reason.
  private static func inexactRoots(_ solver: inout CouplingSolver) -> [Int32: String] {
    var result: [Int32: String] = [:]
    for (slot, axis, reason) in solver.inexact {
      for field in solver[slot] {
        guard let place = field.place(of: axis) else { continue }
        let inner = field.axes[(place + 1)...].map(\.count).elementCount
        let count = field.axes[place].count
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
    _ kernels: [[Kernel]], _ roots: [Int32], _ pins: [Int32], _ inexact: [Int32: String],
    _ tracer: inout PinTracer
  ) {
    var numbers: [[Int]: Int] = [:]
    var members: [(layers: [Int], atoms: [Int], inexact: String?)] = []
    for (atom, kernels) in kernels.enumerated() {
      let pin = pins[Int(roots[atom])]
      guard pin < 0 else {
        atoms.append(
          Atom(group: nil, kernels: kernels, pin: tracer.reason(Int(pin), layer: kernels[0].layer)))
        continue
      }
      var signature: [Int] = []
      for kernel in kernels where signature.last != kernel.layer { signature.append(kernel.layer) }
      let group = numbers[signature] ?? members.count
      if group == members.count {
        numbers[signature] = group
        members.append((signature, [], nil))
      }
      members[group].atoms.append(atom)
      if members[group].inexact == nil { members[group].inexact = inexact[roots[atom]] }
      atoms.append(Atom(group: group, kernels: kernels, pin: nil))
    }
    var letters = 0
    groups = members.map { member in
      var name = ""
      if member.layers.count > 1 {
        name = Self.letters(letters)
        letters += 1
      }
      return ChannelGroup(name: name, layers: member.layers, atoms: member.atoms, inexact: member.inexact)
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
    _ found: [Layer], _ atomsOfLayer: [[Int]], _ kernels: [[Kernel]], _ roots: [Int32], _ pins: [Int32],
    _ tracer: inout PinTracer
  ) {
    for (place, layer) in found.enumerated() {
      let own = atomsOfLayer[place]
      var groups: [Int] = []
      var frozen: Int32?
      for atom in own {
        if let group = atoms[atom].group {
          if groups.last != group, !groups.contains(group) { groups.append(group) }
        } else if frozen == nil {
          frozen = pins[Int(roots[atom])]
        }
      }
      // Something must stay: a layer that is one atom can lose all or nothing.
      let isOne = !own.isEmpty && own.allSatisfy { $0 == own[0] }
      var reason: PinReason?
      if groups.isEmpty, let frozen {
        reason = tracer.reason(Int(frozen), layer: place)
      } else if isOne {
        reason = PinReason(
          label: layer.kernels == 1 ? "single kernel" : "one unit", chain: [],
          sentence: layer.kernels == 1
            ? "It has a single kernel."
            : "Its \(layer.kernels) kernels can only go all together, which would leave nothing of it.")
      }
      let pinsOfKernels = own.map { atoms[$0].pin == nil ? -1 : pins[Int(roots[$0])] }
      layers.append(
        CoupledLayer(
          layer: layer, isPrunable: !groups.isEmpty && !isOne, reason: reason, groups: groups, atoms: own,
          frozen: Self.frozenKernels(pinsOfKernels, layer: place, &tracer)))
    }
  }

  /// The kernels of a layer by why they cannot go.
  ///
  /// - Parameter pins: by kernel the event that pins it, or -1.
  private static func frozenKernels(
    _ pins: [Int32], layer: Int, _ tracer: inout PinTracer
  ) -> [FrozenKernels] {
    var places: [String: Int] = [:]
    var found: [(kernels: [Int], reason: PinReason)] = []
    for (kernel, pin) in pins.enumerated() where pin >= 0 {
      let reason = tracer.reason(Int(pin), layer: layer)
      if let number = places[reason.sentence] {
        found[number].kernels.append(kernel)
      } else {
        places[reason.sentence] = found.count
        found.append(([kernel], reason))
      }
    }
    return found.map { FrozenKernels(kernels: $0.kernels, reason: $0.reason) }
  }

  private mutating func collectTables(_ solver: inout CouplingSolver, _ atomOfRoot: [Int32]) {
    var numbers: [[Int32]: Int] = [:]
    func channels(_ fields: [LabelField], _ sets: inout DisjointCells) -> [AxisChannels] {
      var result: [AxisChannels] = []
      for field in fields {
        for place in field.axes.indices {
          // Along an axis that a mixed field is not sliced along, every cell is its row's.
          if field.axes.count > 1, !Self.isSliceAxis(field, place, &sets) { continue }
          let inner = field.axes[(place + 1)...].map(\.count).elementCount
          let list = (0..<field.axes[place].count).map { atomOfRoot[Int(sets.find(field.cells[$0 * inner]))] }
          if list.allSatisfy({ $0 < 0 }) { continue }
          let number = numbers[list] ?? map.tables.count
          if number == map.tables.count {
            numbers[list] = number
            map.tables.append(list)
          }
          result.append(
            AxisChannels(axis: field.axes[place].axis, repeats: field.axes[place].repeats, table: number))
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
  private static func isSliceAxis(_ field: LabelField, _ place: Int, _ sets: inout DisjointCells) -> Bool {
    let inner = field.axes[(place + 1)...].map(\.count).elementCount
    let count = field.axes[place].count
    for number in field.cells.indices {
      let slice = number / inner % count
      if sets.find(field.cells[number]) != sets.find(field.cells[slice * inner]) { return false }
    }
    return true
  }

  /// Axes that would be empty although every layer keeps a kernel: pieces of a split, for instance.
  private func covers(_ atomsOfLayer: [[Int]]) -> [[Int]] {
    var result: [[Int]] = []
    for table in map.tables {
      let list = Set(table)
      if list.contains(-1) || list.contains(where: { atoms[Int($0)].pin != nil }) { continue }
      let holdsALayer = list.contains { atom in
        let layers = Set(atoms[Int(atom)].kernels.map(\.layer))
        return layers.contains { atomsOfLayer[$0].allSatisfy { list.contains(Int32($0)) } }
      }
      if !holdsALayer { result.append(list.map(Int.init).sorted()) }
    }
    return result
  }
}
