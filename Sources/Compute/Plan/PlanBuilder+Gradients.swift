import Graph

/// Gradients: the shares that readers leave at a value, and their sum behind its kernel.
extension PlanBuilder {
  /// Registers what adds the backward steps of the node that is being lowered.
  func backward(_ make: @escaping (PlanBuilder) throws -> Void) { backwardMakers.append(make) }

  /// A share of the value's gradient.
  func contribute(_ tensor: PlanTensor, to value: ValueID?) {
    guard let value, carriers.contains(value) else { return }
    contributions[value, default: []].append(tensor)
  }

  /// Whether anything flows back into the value.
  func hasGradient(_ value: ValueID?) -> Bool {
    value.map { contributions[$0] != nil || pieces[$0] != nil } ?? false
  }

  /// The gradient behind the value's kernel: its shares summed, through the activation that the kernel
  /// applied; `nil` where none flows. Called once all its readers have contributed.
  ///
  /// - Parameter narrow: whether the caller takes `bfloat16`; `float32` otherwise.
  func gradient(of value: ValueID?, narrow: Bool = false) throws -> PlanTensor? {
    guard let value else { return nil }
    if gradients[value] == nil { gradients[value] = .some(try makeGradient(value)) }
    guard let known = gradients[value], let known else { return nil }
    return narrow ? known : try widened(known)
  }

  private func makeGradient(_ value: ValueID) throws -> PlanTensor? {
    var parts = try (contributions[value] ?? []) + assembled(pieces[value] ?? [], of: value)
    // A branch's terms were taken behind the sum that reads it.
    let isPoint = points.contains(value) && terms[value] == nil
    let activation = activations[value]
    let residual = residuals[value]
    guard !parts.isEmpty else {
      if isPoint { try emitZeroTerms(value) }
      return nil
    }
    if parts.count == 1, activation == nil, !isPoint, residual == nil { return parts[0] }
    var activations = try tensor(value, narrow: true)
    let isDirect = channelAxis(of: value) == 1
    // Terms of channels that lie innermost are summed as those along another axis are.
    let isSummedApart = !isDirect || (activations.layout.isChannelsLast && residual == nil)
    if isPoint, !isSummedApart, ChannelRuns(activations.layout) == nil {
      activations = try plain(activations)
    }
    let readsValue = isPoint || activation != nil || residual != nil
    let layout = readsValue ? activations.layout : parts[0].layout
    for index in parts.indices {
      // Where elements lie matters to the join, not their type.
      let own = parts[index].layout
      let matches = own.isStrided ? try own.like(own.shape, layout.elementType) == layout : false
      if !matches {
        parts[index] = try reordered(parts[index], to: layout)
      }
    }
    if isPoint, isSummedApart {
      let sum =
        parts.count == 1 ? parts[0] : try joinGradients(parts, value: nil, activation: nil, terms: nil)
      try emitTerms(value, activations, gradient: sum)
      return activation == nil
        ? sum : try joinGradients([sum], value: activations, activation: activation, terms: nil)
    }
    let index = residual?.branch ?? (isPoint ? value : nil)
    var terms: PlanTensor?
    if let index { terms = try makeTerms(index) }
    return try joinGradients(
      parts, value: readsValue ? activations : nil, shortcut: residual?.shortcut, activation: activation,
      terms: terms)
  }

  // MARK: Parameters

  /// The gradient of a parameter in C order, which stays until the pass is over; `nil` where none flows. Called once all its
  /// readers have contributed.
  func wholeGradient(of parameter: ValueID) throws -> PlanTensor? {
    guard let gradient = try gradient(of: parameter) else { return nil }
    let plain = try plain(gradient)
    keep(plain)
    return plain
  }

  /// Lets the gradients of a node's own parameters be put in C order right behind its backward steps, not at the end of the
  /// pass: whoever adds them over several ranks can begin.
  ///
  /// Called before the node is lowered. What several nodes read is whole at the end.
  func emitWholeGradients(behind index: Int) {
    guard isTraining else { return }
    let own = bound.network.nodes[index].inputs.compactMap { input in
      input.flatMap {
        needsGradient($0) && onlyReader(of: $0) == index && bound.network.constants[$0] != nil ? $0 : nil
      }
    }
    guard !own.isEmpty else { return }
    backward { plan in
      for parameter in own where plan.hasGradient(parameter) { _ = try plan.wholeGradient(of: parameter) }
    }
  }
}
