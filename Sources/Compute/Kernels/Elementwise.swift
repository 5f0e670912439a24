import CDNNL
import Graph

/// A function of one element that oneDNN computes, forward and backward.
struct LibraryFunctionKernel: Kernel {
  /// The function and its parameters, from the node's attributes.
  let function: @Sendable (OperatorCall) throws -> (kind: cdnnl_function, alpha: Float, beta: Float)
  /// Whether zero gives zero, so that padding stays zero.
  var keepsZero = false
  /// Whether the function is computed of `bfloat16` numbers where it is given them.
  var narrow = false

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    var source = try plan.tensor(value, narrow: narrow)
    if source.layout.isPadded, !keepsZero { source = try plan.plain(source) }
    let (kind, alpha, beta) = try function(site.call)
    let trains = plan.needsGradient(output)
    let data = source.layout
    func make(
      _ direction: cdnnl_direction, _ gradient: Layout?, _ hint: Primitive?
    ) throws(ComputeError) -> Primitive {
      try Primitive.make(site.node.op) {
        cdnnl_function_make(
          plan.engine.handle, direction, kind, alpha, beta, data.handle, gradient?.handle, hint?.handle, &$0)
      }
    }
    let forward = try make(trains ? CDNNL_TRAINING : CDNNL_INFERENCE, nil, nil)
    let target = plan.make(source.layout)
    try plan.emit(
      site.node.op, forward, [(CDNNL_SOURCE, source)], [(CDNNL_DESTINATION, target)],
      donors: [source])
    if let activation = Activation(site.call) {
      // The gradient goes through the activation where its shares are summed; the argument is not kept.
      plan.activations[output] = activation
      try plan.define(output, target)
      plan.backward { plan throws(ComputeError) in
        if let gradient = try plan.gradient(of: output, narrow: true) {
          plan.contribute(gradient, to: value)
        }
      }
      return
    }
    try plan.define(output, target)
    guard trains else { return }
    let argument = source
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output, narrow: true) else { return }
      let moved = try plan.reordered(gradient, to: argument.layout)
      let backward = try make(CDNNL_BACKWARD_DATA, argument.layout, forward)
      let result = plan.make(argument.layout)
      try plan.emit(
        site.node.op + ".backward", backward,
        [(CDNNL_SOURCE, argument), (CDNNL_GRADIENT_DESTINATION, moved)], [(CDNNL_GRADIENT_SOURCE, result)])
      plan.contribute(result, to: value)
    }
  }
}

/// A function of one element in our own code.
struct MapKernel: Kernel {
  let forward: @Sendable (OperatorCall, PlanBuilder, PlanTensor) throws(ComputeError) -> PlanTensor
  /// The gradient of the argument from the argument, the result and the result's gradient; `nil` for
  /// functions whose gradient is zero.
  var backward:
    (
      @Sendable (OperatorCall, PlanBuilder, _ x: PlanTensor, _ y: PlanTensor, _ g: PlanTensor)
        throws(ComputeError)
        -> PlanTensor
    )?
  /// Whether the function takes `bfloat16` numbers.
  var narrow = false

  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    let source = try plan.tensor(value, narrow: narrow)
    let target = try forward(site.call, plan, source)
    try plan.define(output, target)
    guard let backward, plan.needsGradient(output) else { return }
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output, narrow: narrow) else { return }
      plan.contribute(try backward(site.call, plan, source, target, gradient), to: value)
    }
  }
}

/// The elements as they are: `Identity`.
struct PassThroughKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    let value = try site.required(0)
    guard let output = site.output(0) else { return }
    guard site.output(1) == nil else { throw site.unsupported("its second output is used") }
    let source = try plan.tensor(value, narrow: true)
    try plan.define(output, source)
    plan.backward { plan throws(ComputeError) in
      if let gradient = try plan.gradient(of: output, narrow: true) { plan.contribute(gradient, to: value) }
    }
  }
}

/// `Dropout`: nothing in inference; in training, elements are dropped by a seeded generator.
struct DropoutKernel: Kernel {
  func lower(_ site: KernelSite, into plan: PlanBuilder) throws {
    var ratio = site.call.float("ratio", default: 0.5)
    if site.call.has(1), let given = try site.call.constant(1).floats.first { ratio = given }
    // Before opset 12 the program decides about training, since then an input does.
    var trains = plan.isTraining && plan.options.dropsOut
    if site.call.has(2), let mode = try site.call.constant(2).doubles.first { trains = trains && mode != 0 }
    let value = try site.required(0)
    guard trains, ratio > 0 else {
      if let mask = site.output(1) {
        try plan.define(
          mask, plan.map("Dropout.mask", One(), [plan.tensor(value)], shape: site.outputShapes[1]))
      }
      guard let output = site.output(0) else { return }
      try plan.define(output, plan.tensor(value, narrow: true))
      return plan.backward { plan throws(ComputeError) in
        if let gradient = try plan.gradient(of: output, narrow: true) {
          plan.contribute(gradient, to: value)
        }
      }
    }
    guard ratio < 1 else { throw site.unsupported("it drops everything") }
    let source = try plan.plain(value)
    let mask = plan.make(source.layout)
    var generator = SeededGenerator(seed: plan.options.seed &+ UInt64(site.place))
    let (kept, factor) = (1 - ratio, 1 / (1 - ratio))
    plan.emit("Dropout.mask", reads: [], writes: [mask]) {
      let elements = mask.stored
      return {
        for place in elements.indices { elements[place] = Float(generator.unit()) < kept ? factor : 0 }
      }
    }
    if let flags = site.output(1) {
      try plan.define(flags, plan.map("Dropout.mask", Nonzero(), [mask], shape: mask.shape))
    }
    guard let output = site.output(0) else { return }
    try plan.define(output, plan.multiplied(source, by: mask))
    plan.backward { plan throws(ComputeError) in
      guard let gradient = try plan.gradient(of: output) else { return }
      plan.contribute(try plan.multiplied(plan.plain(gradient), by: mask), to: value)
    }
  }
}

/// 1, whatever it is given.
struct One: MapFunction {
  static let arity = 1
  static let keepsZero = false
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float { 1 }
}

/// 1 where the element is not zero.
struct Nonzero: MapFunction {
  static let arity = 1
  static let keepsZero = true
  @inline(__always) func callAsFunction(_ x: Float, _ b: Float, _ c: Float) -> Float { x != 0 ? 1 : 0 }
}

extension KernelTable {
  private static func library(
    _ kind: cdnnl_function, alpha: Float = 0, beta: Float = 0, keepsZero: Bool = false
  ) -> LibraryFunctionKernel {
    LibraryFunctionKernel(function: { _ in (kind, alpha, beta) }, keepsZero: keepsZero)
  }

  private static func activation(keepsZero: Bool = true) -> LibraryFunctionKernel {
    LibraryFunctionKernel(
      function: { call in
        if let activation = Activation(call) { return activation.function }
        if call.node.op == "LeakyRelu" { return (CDNNL_RELU, call.float("alpha", default: 0.01), 0) }
        throw ComputeError.unsupportedForm(
          op: call.node.op, node: call.node.name, problem: "its bounds cross")
      }, keepsZero: keepsZero, narrow: true)
  }

  private static func stepwise(_ kind: Stepwise.Kind) -> MapKernel {
    MapKernel(forward: { call, plan, x throws(ComputeError) in
      try plan.map(call.node.op, Stepwise(kind: kind), [x], shape: x.shape)
    })
  }

  static let elementwise: [String: any Kernel] = [
    "Relu": activation(), "LeakyRelu": activation(), "Clip": activation(keepsZero: false),
    "Sigmoid": activation(keepsZero: false), "Tanh": activation(),
    "Elu": LibraryFunctionKernel(
      function: { (CDNNL_ELU, $0.float("alpha", default: 1), 0) }, keepsZero: true, narrow: true),
    "Gelu": LibraryFunctionKernel(
      function: { call in
        (call.string("approximate", default: "none") == "tanh" ? CDNNL_GELU_TANH : CDNNL_GELU_ERF, 0, 0)
      }, keepsZero: true, narrow: true),
    "Exp": library(CDNNL_EXP), "Log": library(CDNNL_LOG), "Sqrt": library(CDNNL_SQRT, keepsZero: true),
    "Abs": library(CDNNL_ABS, keepsZero: true), "Softplus": library(CDNNL_SOFT_RELU, alpha: 1),
    "Neg": MapKernel(
      forward: { _, plan, x throws(ComputeError) in try plan.map("Neg", Negate(), [x], shape: x.shape) },
      backward: { _, plan, _, _, g throws(ComputeError) in
        try plan.map("Neg.backward", Negate(), [g], shape: g.shape)
      }),
    "Reciprocal": MapKernel(
      forward: { _, plan, x throws(ComputeError) in
        try plan.map("Reciprocal", Reciprocal(), [x], shape: x.shape)
      },
      backward: { _, plan, _, y, g throws(ComputeError) in
        try plan.map("Reciprocal.backward", ReciprocalGradient(), [y, g], shape: g.shape)
      }),
    "Erf": MapKernel(
      forward: { _, plan, x throws(ComputeError) in
        try plan.map("Erf", ErrorFunction(), [x], shape: x.shape)
      },
      backward: { _, plan, x, _, g throws(ComputeError) in
        try plan.map("Erf.backward", ErrorFunctionGradient(), [x, g], shape: g.shape)
      }),
    "HardSigmoid": MapKernel(
      forward: { call, plan, x throws(ComputeError) in
        let (alpha, beta) = (call.float("alpha", default: 0.2), call.float("beta", default: 0.5))
        return try plan.map("HardSigmoid", HardSigmoid(alpha: alpha, beta: beta), [x], shape: x.shape)
      },
      backward: { call, plan, x, _, g throws(ComputeError) in
        let (alpha, beta) = (call.float("alpha", default: 0.2), call.float("beta", default: 0.5))
        return try plan.map(
          "HardSigmoid.backward", HardSigmoidGradient(alpha: alpha, beta: beta), [x, g], shape: g.shape)
      }, narrow: true),
    "HardSwish": MapKernel(
      forward: { _, plan, x throws(ComputeError) in
        try plan.map("HardSwish", HardSwish(), [x], shape: x.shape)
      },
      backward: { _, plan, x, _, g throws(ComputeError) in
        try plan.map("HardSwish.backward", HardSwishGradient(), [x, g], shape: g.shape)
      }, narrow: true),
    "Floor": stepwise(.floor), "Ceil": stepwise(.ceil), "Round": stepwise(.round), "Sign": stepwise(.sign),
    "Not": stepwise(.not),
    "Identity": PassThroughKernel(), "Cast": CastKernel(), "Dropout": DropoutKernel(),
    "Add": AdditionKernel(factors: (1, 1)), "Sub": AdditionKernel(factors: (1, -1)),
    "Mul": PairKernel(.multiply), "Div": PairKernel(.divide), "Pow": PairKernel(.power),
    "Max": ListKernel(.maximum), "Min": ListKernel(.minimum), "Sum": ListKernel(.sum),
    "Mean": ListKernel(.mean), "PRelu": SlopeKernel(), "Where": SelectKernel(),
    "Equal": CompareKernel(.equal), "Less": CompareKernel(.less), "LessOrEqual": CompareKernel(.lessOrEqual),
    "Greater": CompareKernel(.greater), "GreaterOrEqual": CompareKernel(.greaterOrEqual),
    "And": CompareKernel(.and), "Or": CompareKernel(.or), "Xor": CompareKernel(.xor),
  ]
}
