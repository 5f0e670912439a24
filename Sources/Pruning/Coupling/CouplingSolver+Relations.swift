import Graph

extension CouplingSolver {
  /// Carries out what an operator says of its channels.
  mutating func relate(
    _ index: Int, _ relations: [ChannelRelation], _ outputs: [TensorSpec]
  ) throws {
    var classes: [[AxisReference]] = []
    var spoken = Set<AxisReference>()
    var moved = Set<Int>()
    for relation in relations {
      switch relation {
      case .same(let axes), .contracted(let axes):
        classes.append(axes)
      case .elementwise(let inputs, let numbers):
        classes += elementwiseClasses(index, inputs, numbers, outputs)
      case .joined(let inputs, let output, let axis):
        for other in outputs[output].shape.indices where other != axis {
          classes.append(inputs.map { .input($0, axis: other) } + [.output(output, axis: other)])
        }
        spoken.formUnion(inputs.map { .input($0, axis: axis) })
      case .grouped(let input, let inner, let output, _):
        spoken.formUnion([input, inner] + output)
      case .moved(let input, _, _):
        moved.insert(input)
      case .normalized(let channels, _, let parameters):
        spoken.formUnion([channels] + parameters)
      case .inexact: break
      case .frozen(let axes, _):
        spoken.formUnion(axes)
      }
    }
    for axes in classes { spoken.formUnion(axes) }
    freezeNamed(index, relations)
    keepUnspoken(index, spoken, moved)
    for relation in relations {
      switch relation {
      case .moved(let input, let output, let movements): try move(index, input, output, movements)
      case .joined(let inputs, let output, let axis): try join(index, inputs, output, axis)
      case .grouped(let input, let inner, let output, let groups):
        try group(index, input, inner, output, groups)
      case .normalized(let channels, let groups, let parameters):
        try normalize(index, channels, groups, parameters)
      default: break
      }
    }
    try unite(index, Self.merged(classes))
    // Statistics over weights keep the values they had.
    if bound.isWeightArithmetic(at: index) { return }
    for relation in relations {
      guard case .inexact(let axes, let reason) = relation else { continue }
      for axis in axes {
        if let slot = slot(axis.operand, of: index) {
          inexact.append((slot, axis.axis, "at the \(label(index)), \(reason)"))
        }
      }
    }
  }

  /// Inputs broadcast against each other, aligned from the right: a class an output axis.
  private func elementwiseClasses(
    _ index: Int, _ inputs: [Int], _ numbers: [Int], _ outputs: [TensorSpec]
  ) -> [[AxisReference]] {
    guard let first = numbers.first, first < outputs.count else { return [] }
    let shape = outputs[first].shape
    return shape.indices.map { axis in
      var members = numbers.filter { $0 < outputs.count && outputs[$0].shape == shape }
        .map { AxisReference.output($0, axis: axis) }
      for input in inputs {
        let operand = self.shape(.input(input), of: index)
        let own = axis - (shape.count - operand.count)
        if own >= 0, operand[own] == shape[axis] { members.append(.input(input, axis: own)) }
      }
      return members
    }
  }

  private mutating func freezeNamed(_ index: Int, _ relations: [ChannelRelation]) {
    for relation in relations {
      guard case .frozen(let axes, let reason) = relation else { continue }
      for axis in axes {
        if let slot = slot(axis.operand, of: index) {
          keepWhole(slot, axis: axis.axis, node: index, cause: reason)
        }
      }
    }
  }

  /// Axes with channels that no relation speaks of: spread over others, or beyond the rule.
  private mutating func keepUnspoken(_ index: Int, _ spoken: Set<AxisReference>, _ moved: Set<Int>) {
    for number in bound.network.nodes[index].inputs.indices where !moved.contains(number) {
      guard let slot = slot(.input(number), of: index) else { continue }
      let shape = shape(.input(number), of: index)
      for axis in self[slot].flatMap({ $0.axes.map(\.axis) }) {
        if spoken.contains(.input(number, axis: axis)) { continue }
        let isSpread = axis < shape.count && shape[axis] == 1
        keepWhole(
          slot, axis: axis, node: index,
          cause: isSpread ? "it spreads a single channel over all others" : "it needs every one of them")
      }
    }
  }

  /// Classes that share an axis are one.
  private static func merged(_ classes: [[AxisReference]]) -> [[AxisReference]] {
    var result: [[AxisReference]] = []
    var home: [AxisReference: Int] = [:]
    for axes in classes {
      let known = axes.compactMap { home[$0] }
      let target = known.min() ?? result.count
      if target == result.count { result.append([]) }
      for other in Set(known) where other != target {
        for axis in result[other] { home[axis] = target }
        result[target] += result[other]
        result[other] = []
      }
      for axis in axes where home[axis] == nil {
        home[axis] = target
        result[target].append(axis)
      }
    }
    return result.filter { !$0.isEmpty }
  }

  // MARK: - Classes of axes

  /// An operand with the class of each of its axes.
  private struct Participant {
    var operand: Operand
    var slot: LabelSlot
    /// By axis: the class.
    var classes: [Int: Int]
  }

  /// Makes the axes of each class hold the same channels.
  private mutating func unite(_ index: Int, _ classes: [[AxisReference]]) throws {
    var participants: [Participant] = []
    var numbers: [Operand: Int] = [:]
    for (number, axes) in classes.enumerated() {
      for reference in axes {
        guard let slot = slot(reference.operand, of: index) else { continue }
        if let known = numbers[reference.operand] {
          participants[known].classes[reference.axis] = number
        } else {
          numbers[reference.operand] = participants.count
          participants.append(
            Participant(operand: reference.operand, slot: slot, classes: [reference.axis: number]))
        }
      }
    }
    participants.sort { Self.order($0.operand) < Self.order($1.operand) }
    // Cutting a field down to fewer axes can leave an axis without channels, which holds others in turn.
    var axes = labelledAxes(participants)
    while true {
      holdImmovable(index, participants)
      for number in classes.indices { try mergeFields(of: number, participants) }
      let left = labelledAxes(participants)
      if left == axes { break }
      axes = left
    }
    for number in classes.indices { try distribute(index, number, participants) }
  }

  private func labelledAxes(_ participants: [Participant]) -> Int {
    participants.reduce(0) { sum, member in self[member.slot].reduce(sum) { $0 + $1.axes.count } }
  }

  private static func order(_ operand: Operand) -> Int {
    switch operand {
    case .input(let number): number
    case .output(let number): 1 << 20 + number
    }
  }

  /// An input without channels along an axis (a spatial axis, a value behind an unknown operator) holds
  /// those of the others in place.
  private mutating func holdImmovable(_ index: Int, _ participants: [Participant]) {
    for member in participants {
      guard case .input = member.operand, !isFlexible(member.operand, of: index) else { continue }
      let labelled = Set(self[member.slot].flatMap { $0.axes.map(\.axis) })
      for (axis, number) in member.classes where !labelled.contains(axis) {
        let name = value(member.operand, of: index).map(bound.network.name(of:)) ?? ""
        for other in participants {
          for (otherAxis, otherNumber) in other.classes where otherNumber == number {
            keepWhole(
              other.slot, axis: otherAxis, node: index,
              cause: "it combines them with \(name), whose extent is fixed")
          }
        }
      }
    }
  }

  /// The indices of the participants' fields that have an axis of a class.
  private func holders(of number: Int, _ participants: [Participant]) -> [(member: Int, field: Int)] {
    participants.indices.flatMap { member -> [(member: Int, field: Int)] in
      let fields = self[participants[member].slot]
      return fields.indices.filter { index in
        fields[index].axes.contains { participants[member].classes[$0.axis] == number }
      }.map { (member, $0) }
    }
  }

  /// Unites the fields that meet in a class.
  private mutating func mergeFields(of number: Int, _ participants: [Participant]) throws {
    let found = holders(of: number, participants)
    guard let base = found.first else { return }
    for other in found.dropFirst() {
      func classSet(_ holder: (member: Int, field: Int)) -> Set<Int> {
        Set(
          self[participants[holder.member].slot][holder.field].axes.compactMap {
            participants[holder.member].classes[$0.axis]
          })
      }
      let common = classSet(base).intersection(classSet(other))
      guard common.contains(number) else { continue }
      narrow(base, to: common, participants)
      narrow(other, to: common, participants)
      let order = common.sorted()
      let left = arranged(base, order, participants)
      let right = arranged(other, order, participants)
      let (a, b) = try Self.aligned(left, right)
      if a.cells.count == b.cells.count { sets.union(a.cells, b.cells) }
    }
  }

  /// Keeps only the axes of a field that belong to the given classes.
  private mutating func narrow(
    _ holder: (member: Int, field: Int), to common: Set<Int>, _ participants: [Participant]
  ) {
    let member = participants[holder.member]
    var fields = self[member.slot]
    guard holder.field < fields.count else { return }
    let kept = fields[holder.field].axes.indices.filter { index in
      member.classes[fields[holder.field].axes[index].axis].map(common.contains) ?? false
    }
    guard !kept.isEmpty, kept.count < fields[holder.field].axes.count else { return }
    fields[holder.field] = fields[holder.field].projected(onto: kept, &sets)
    self[member.slot] = fields
  }

  /// A field with its axes in the order of the classes.
  private func arranged(
    _ holder: (member: Int, field: Int), _ order: [Int], _ participants: [Participant]
  ) -> LabelField {
    let member = participants[holder.member]
    let field = self[member.slot][holder.field]
    let indices = order.compactMap { number in
      field.axes.firstIndex { member.classes[$0.axis] == number }
    }
    return indices == Array(field.axes.indices) ? field : field.transposed(indices)
  }

  /// Two fields over the same channels with the same repeats.
  static func aligned(
    _ a: LabelField, _ b: LabelField
  ) throws -> (LabelField, LabelField) {
    var (a, b) = (a, b)
    for index in a.axes.indices where index < b.axes.count && a.axes[index].repeats != b.axes[index].repeats {
      let common = greatestCommonDivisor(a.axes[index].repeats, b.axes[index].repeats)
      a = try a.refined(index, to: common)
      b = try b.refined(index, to: common)
    }
    return (a, b)
  }

  /// Gives the channels of a class to the outputs and constants that have none yet.
  private mutating func distribute(
    _ index: Int, _ number: Int, _ participants: [Participant]
  ) throws {
    let takers = participants.indices.filter { member in
      let axes = participants[member].classes.filter { $0.value == number }.map(\.key)
      guard let axis = axes.first else { return false }
      let isLabelled = hasChannels(participants[member].slot, along: axis)
      if case .output = participants[member].operand { return !isLabelled }
      return !isLabelled && isFlexible(participants[member].operand, of: index)
    }
    guard !takers.isEmpty else { return }
    guard let base = holders(of: number, participants).first else {
      try startChannels(index, number, takers, participants)
      return
    }
    for taker in takers {
      let wanted = Set(participants[taker].classes.values)
      let source = participants[base.member]
      let has = Set(self[source.slot][base.field].axes.compactMap { source.classes[$0.axis] })
      narrow(base, to: has.intersection(wanted), participants)
      let field = self[source.slot][base.field]
      guard field.axes.allSatisfy({ source.classes[$0.axis].map(wanted.contains) ?? false }) else { continue }
      let given = field.renumbered { axis in
        let target = source.classes[axis]
        return participants[taker].classes.first { $0.value == target }?.key ?? axis
      }
      let shape = shape(participants[taker].operand, of: index)
      guard given.axes.allSatisfy({ $0.axis < shape.count && shape[$0.axis] == $0.count * $0.repeats }) else {
        continue
      }
      // A value that is read twice takes them once.
      guard !given.axes.contains(where: { hasChannels(participants[taker].slot, along: $0.axis) }) else {
        continue
      }
      self[participants[taker].slot].append(given)
    }
  }

  private func hasChannels(_ slot: LabelSlot, along axis: Int) -> Bool {
    self[slot].contains { $0.index(of: axis) != nil }
  }

  /// Channels that begin here: a class of constants and outputs alone, such as a convolution's kernels.
  private mutating func startChannels(
    _ index: Int, _ number: Int, _ takers: [Int], _ participants: [Participant]
  ) throws {
    let members = participants.indices.filter { participants[$0].classes.values.contains(number) }
    let inputs = members.filter { if case .input = participants[$0].operand { true } else { false } }
    guard !inputs.isEmpty, inputs.allSatisfy({ isFlexible(participants[$0].operand, of: index) }),
      let first = inputs.first,
      let axis = participants[first].classes.first(where: { $0.value == number })?.key
    else { return }
    let extent = shape(participants[first].operand, of: index)[axis]
    guard extent > 0 else { return }
    let cells = try sets.make(extent)
    for taker in takers {
      guard let axis = participants[taker].classes.first(where: { $0.value == number })?.key,
        !hasChannels(participants[taker].slot, along: axis)
      else { continue }
      self[participants[taker].slot].append(LabelField(axis: axis, cells: cells))
    }
  }

  /// Gives one axis of an operand the channels of a field, or unites them with those it has.
  mutating func assign(
    _ field: LabelField, to reference: AxisReference, _ index: Int
  ) throws {
    guard let slot = slot(reference.operand, of: index) else { return }
    let axis = reference.axis
    if let own = singleAxisField(slot, axis: axis) {
      let (a, b) = try Self.aligned(own, field)
      if a.cells.count == b.cells.count { sets.union(a.cells, b.cells) }
      return
    }
    var isOutput = false
    if case .output = reference.operand { isOutput = true }
    if isOutput || isFlexible(reference.operand, of: index) {
      self[slot].append(field.renumbered { _ in axis })
    } else {
      sets.freeze(
        field.cells,
        event: event(index, label(index), "it combines them with an operand whose extent is fixed"))
    }
  }

  /// The field along an axis, cut down to that axis alone; `nil` where there is none.
  mutating func singleAxisField(_ slot: LabelSlot, axis: Int) -> LabelField? {
    var fields = self[slot]
    guard let number = fields.firstIndex(where: { $0.index(of: axis) != nil }),
      let position = fields[number].index(of: axis)
    else { return nil }
    if fields[number].axes.count > 1 {
      fields[number] = fields[number].projected(onto: [position], &sets)
      self[slot] = fields
    }
    return fields[number]
  }
}
