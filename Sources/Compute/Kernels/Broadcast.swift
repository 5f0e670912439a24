import Graph

/// `Add` and `Sub`, with the activation behind them.
struct AdditionKernel: Kernel {
  /// What each operand is multiplied with; 1 or −1.
  let factors: (first: Float, second: Float)

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (a, b) = (try site.required(0), try site.required(1))
    guard var output = site.output(0) else { return }
    let operands = [try plan.tensor(a, narrow: true), try plan.operand(1, of: site, narrow: true)]
    let shape = site.outputShapes[0]
    if factors.second < 0 {
      try plan.define(output, plan.map("Sub", Subtract(), operands, shape: shape))
    } else if let place = plan.soleConsumer(of: output), plan.bound.network.nodes[place].op == "Relu",
      let (_, value) = plan.fusedActivation(after: output)
    {
      output = value
      try plan.define(output, plan.map("Add.Relu", AddRelu(), operands, shape: shape))
    } else {
      try plan.define(output, plan.map("Add", Add(), operands, shape: shape))
    }
    let negates = factors.second < 0
    let result = output
    if !negates { try plan.joinTerms(at: result, of: [a, b], operands) }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: result, narrow: true) else { return }
      if plan.needsGradient(a) {
        plan.contribute(try plan.unbroadcast(gradient, to: operands[0].shape), to: a)
      }
      if plan.needsGradient(b) {
        var share = try plan.unbroadcast(gradient, to: operands[1].shape)
        if negates { share = try plan.map("Sub.backward", Negate(), [share], shape: share.shape) }
        try plan.contribute(share, as: b)
      }
    }
  }
}

/// `Mul`, `Div`, `Pow`.
struct PairKernel: Kernel {
  enum Operation { case multiply, divide, power }

  let operation: Operation

  init(_ operation: Operation) { self.operation = operation }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (a, b) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    // Quotients and powers are taken of floats.
    let narrow = operation == .multiply
    let (x, y) = (try plan.tensor(a, narrow: narrow), try plan.operand(1, of: site, narrow: narrow))
    let shape = site.outputShapes[0]
    let op = site.node.op
    let target =
      switch operation {
      case .multiply: try plan.map(op, Multiply(), [x, y], shape: shape)
      case .divide: try plan.map(op, Divide(), [x, y], shape: shape)
      case .power: try plan.map(op, Power(), [x, y], shape: shape)
      }
    if operation == .divide, plan.bound.specs[output.index]?.elementType.isFloatingPoint == false {
      let whole = try plan.map(op, Stepwise(kind: .truncate), [target], shape: shape)
      return try plan.define(output, whole)
    }
    try plan.define(output, target)
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output, narrow: narrow) else { return }
      let label = op + ".backward"
      if plan.needsGradient(a) {
        let share =
          switch operation {
          case .multiply: try plan.map(label, Multiply(), [g, y], shape: shape)
          case .divide: try plan.map(label, Divide(), [g, y], shape: shape)
          case .power: try plan.map(label, PowerFirstGradient(), [x, y, g], shape: shape)
          }
        plan.contribute(try plan.unbroadcast(share, to: x.shape), to: a)
      }
      if plan.needsGradient(b) {
        let share =
          switch operation {
          case .multiply: try plan.map(label, Multiply(), [g, x], shape: shape)
          case .divide: try plan.map(label, DivideSecondGradient(), [x, y, g], shape: shape)
          case .power: try plan.map(label, PowerSecondGradient(), [x, y, g], shape: shape)
          }
        try plan.contribute(plan.unbroadcast(share, to: y.shape), as: b)
      }
    }
  }
}

/// `Max`, `Min`, `Sum`, `Mean` of any number of operands: one pair after another.
struct ListKernel: Kernel {
  enum Operation { case maximum, minimum, sum, mean }

  let operation: Operation

  init(_ operation: Operation) { self.operation = operation }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard let output = site.output(0) else { return }
    let values = try site.node.inputs.indices.map { try site.required($0) }
    let op = site.node.op
    var partial = try plan.tensor(values[0])
    var steps: [(left: PlanTensor, right: PlanTensor, value: ValueID)] = []
    for value in values.dropFirst() {
      let next = try plan.tensor(value)
      let shape = broadcastShape(partial.shape, next.shape)
      steps.append((partial, next, value))
      switch operation {
      case .maximum: partial = try plan.map(op, Maximum(), [partial, next], shape: shape)
      case .minimum: partial = try plan.map(op, Minimum(), [partial, next], shape: shape)
      case .sum, .mean: partial = try plan.map(op, Add(), [partial, next], shape: shape)
      }
    }
    let share = 1 / Float(values.count)
    if operation == .mean, values.count > 1 {
      partial = try plan.map(op, Scale(factor: share), [partial], shape: partial.shape)
    }
    try plan.define(output, partial)
    plan.backward { plan throws(ComputeError) in
      guard var gradient = try plan.gradient(of: output) else { return }
      let label = op + ".backward"
      if operation == .mean, values.count > 1 {
        gradient = try plan.map(label, Scale(factor: share), [gradient], shape: gradient.shape)
      }
      for (left, right, value) in steps.reversed() {
        let shape = gradient.shape
        var (first, second) = (gradient, gradient)
        switch operation {
        case .sum, .mean: break
        case .maximum:
          first = try plan.map(label, GreaterGradient(), [left, right, gradient], shape: shape)
          second = try plan.map(label, GreaterGradient(), [right, left, gradient], shape: shape)
        case .minimum:
          first = try plan.map(label, GreaterGradient(), [right, left, gradient], shape: shape)
          second = try plan.map(label, GreaterGradient(), [left, right, gradient], shape: shape)
        }
        if plan.needsGradient(value) {
          plan.contribute(try plan.unbroadcast(second, to: right.shape), to: value)
        }
        gradient = try plan.unbroadcast(first, to: left.shape)
      }
      plan.contribute(gradient, to: values[0])
    }
  }

  private func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
    let rank = max(a.count, b.count)
    return (0..<rank).map { axis in
      let left = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let right = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      return left == 1 ? right : left
    }
  }
}

/// `PRelu`: x below zero is multiplied with a learned slope.
struct SlopeKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let (a, b) = (try site.required(0), try site.required(1))
    guard let output = site.output(0) else { return }
    let (x, slope) = (try plan.tensor(a), try plan.operand(1, of: site))
    let shape = x.shape
    try plan.define(output, plan.map("PRelu", LeakySlope(), [x, slope], shape: shape))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output) else { return }
      if plan.needsGradient(a) {
        plan.contribute(
          try plan.map("PRelu.backward", LeakySlopeGradient(), [x, slope, g], shape: shape), to: a)
      }
      if plan.needsGradient(b) {
        let share = try plan.map("PRelu.backward", SlopeGradient(), [x, g], shape: shape)
        try plan.contribute(plan.unbroadcast(share, to: slope.shape), as: b)
      }
    }
  }
}

/// `Where`: one operand or the other.
struct SelectKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let values = try (0..<3).map { try site.required($0) }
    guard let output = site.output(0) else { return }
    let operands = try values.map { try plan.tensor($0) }
    let shape = site.outputShapes[0]
    try plan.define(output, plan.map("Where", Select(), operands, shape: shape))
    guard plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let g = try plan.gradient(of: output) else { return }
      for number in 1...2 where plan.needsGradient(values[number]) {
        let share = try plan.map(
          "Where.backward", SelectGradient(ofFirst: number == 1), [operands[0], g], shape: shape)
        plan.contribute(try plan.unbroadcast(share, to: operands[number].shape), to: values[number])
      }
    }
  }
}

/// Comparisons: no gradient passes.
struct CompareKernel: Kernel {
  let relation: Compare.Relation

  init(_ relation: Compare.Relation) { self.relation = relation }

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    guard let output = site.output(0) else { return }
    let operands = [try plan.operand(0, of: site), try plan.operand(1, of: site)]
    try plan.define(
      output, plan.map(site.node.op, Compare(relation: relation), operands, shape: site.outputShapes[0]))
  }
}
