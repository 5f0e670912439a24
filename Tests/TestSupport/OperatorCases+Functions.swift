import Graph

/// Functions of one element, reductions, normalisations, pooling by norms, and what early operator sets say
/// otherwise.
extension OperatorCases {
  private typealias Case = OperatorCase

  static let functions: [OperatorCase] = elementFunctions + furtherReductions + statistics + earlyOpsets

  private static let elementFunctions: [Case] =
    [
      ("Sin", -4.0, 4.0), ("Cos", -4, 4), ("Tan", -1.2, 1.2), ("Asin", -0.9, 0.9), ("Acos", -0.9, 0.9),
      ("Atan", -4, 4), ("Sinh", -3, 3), ("Cosh", -3, 3), ("Asinh", -4, 4), ("Acosh", 1.2, 5),
      ("Atanh", -0.9, 0.9), ("Selu", -4, 4), ("Celu", -4, 4), ("Mish", -6, 6), ("Swish", -6, 6),
      ("Softsign", -4, 4), ("ThresholdedRelu", -3, 3), ("Shrink", -2, 2),
    ].flatMap { op, lower, upper in
      [
        Case(op: op, operands: [.data([2, 3, 4, 5], lower, upper)], opset: 24),
        Case(op: op, operands: [.blocked([2, 20, 3, 3], lower, upper)], opset: 24, note: "blocked"),
      ]
    } + [
      Case(
        op: "Selu", attributes: ["alpha": .float(2), "gamma": .float(3)], operands: [.data([3, 7], -3, 3)],
        note: "factors"),
      Case(op: "Celu", attributes: ["alpha": .float(0.5)], operands: [.data([3, 7], -3, 3)], note: "alpha"),
      Case(
        op: "Swish", attributes: ["alpha": .float(0.5)], operands: [.data([3, 7], -3, 3)], opset: 24,
        note: "alpha"),
      Case(
        op: "ThresholdedRelu", attributes: ["alpha": .float(-0.5)], operands: [.blocked([1, 20, 2, 2])],
        note: "below zero"),
      Case(
        op: "Shrink", attributes: ["bias": .float(0.3), "lambd": .float(-0.2)],
        operands: [.blocked([1, 20, 2, 2])], note: "bias"),
      Case(
        op: "Dropout", operands: [.data([3, 5]), .fixed([0], [])], outputs: 2, note: "mask",
        hasGradient: false),
    ]

  private static let furtherReductions: [Case] =
    ["ReduceProd", "ReduceLogSum", "ReduceLogSumExp"].flatMap {
      op -> [Case] in
      func item(_ axes: [Int]?, _ operand: Case.OperandSource, keeps: Bool = true, note: String) -> Case {
        var attributes: [String: Attribute] = ["keepdims": .int(keeps ? 1 : 0)]
        if let axes { attributes["axes"] = .ints(axes) }
        return Case(op: op, attributes: attributes, operands: [operand], opset: 11, note: note)
      }
      return [
        item(nil, .data([2, 3, 2], 0.5, 1.5), note: "all"),
        item([1], .data([2, 3, 4], 0.5, 1.5), note: "middle"),
        item([-1], .data([2, 3, 37], 0.8, 1.2), keeps: false, note: "last"),
        item([2, 3], .blocked([2, 20, 3, 2], 0.5, 1.5), note: "space, blocked"),
        item([1], .blocked([2, 20, 3, 3], 0.8, 1.2), keeps: false, note: "channels, blocked"),
        Case(
          op: op, attributes: ["noop_with_empty_axes": .int(1)],
          operands: [.data([2, 3], 0.5, 1.5), .integers([])], opset: 18, note: "no axes"),
        Case(
          op: op, operands: [.data([2, 3, 4], 0.5, 1.5), .integers([0, 2])], opset: 18, note: "axes as input"),
      ]
    } + [
      Case(
        op: "ReduceSumSquare", attributes: ["noop_with_empty_axes": .int(1)], operands: [.data([2, 3])],
        opset: 18, note: "no axes"),
      // Elements of zero: the others' products, and none where there are two.
      Case(
        op: "ReduceProd", attributes: ["axes": .ints([1])],
        operands: [.data([3, 4], 0, 0)], opset: 11, note: "zeros"),
      Case(op: "ReduceLogSumExp", operands: [.data([3, 4], 85, 95)], note: "large"),
    ]

  private static let statistics: [Case] = [
    Case(
      op: "LayerNormalization", operands: [.data([2, 3, 8]), .weight([8], 0.5, 1.5), .weight([8])],
      outputs: 3,
      note: "statistics"),
    Case(
      op: "LayerNormalization", attributes: ["axis": .int(1)],
      operands: [.blocked([2, 20, 2, 2]), .weight([20, 2, 2], 0.5, 1.5)], outputs: 3,
      note: "statistics, blocked"),
    Case(op: "RMSNormalization", operands: [.data([2, 3, 8]), .weight([8], 0.5, 1.5)], opset: 23),
    Case(
      op: "RMSNormalization", attributes: ["axis": .int(1), "epsilon": .float(0.1)],
      operands: [.blocked([2, 20, 3, 3]), .weight([20, 1, 1], 0.5, 1.5)], opset: 23, note: "blocked"),
    Case(
      op: "GroupNormalization", attributes: ["num_groups": .int(2)],
      operands: [.data([2, 6, 4, 3]), .weight([6], 0.5, 1.5), .weight([6])], opset: 21),
    Case(
      op: "GroupNormalization", attributes: ["num_groups": .int(5), "epsilon": .float(0.01)],
      operands: [.blocked([2, 20, 3, 3]), .weight([20], 0.5, 1.5), .weight([20])], opset: 21, note: "blocked"),
    Case(
      op: "GroupNormalization", attributes: ["num_groups": .int(3)],
      operands: [.data([2, 6, 5]), .weight([3], 0.5, 1.5), .weight([3])], opset: 18, note: "opset 18"),
    Case(op: "MeanVarianceNormalization", operands: [.data([3, 2, 4, 4])]),
    Case(
      op: "MeanVarianceNormalization", attributes: ["axes": .ints([2, 3])],
      operands: [.blocked([2, 20, 4, 4])],
      note: "blocked"),
    Case(op: "LpNormalization", operands: [.data([2, 3, 5])]),
    Case(
      op: "LpNormalization", attributes: ["axis": .int(1), "p": .int(1)],
      operands: [.blocked([2, 20, 3, 3])],
      note: "L1"),
    Case(op: "LRN", attributes: ["size": .int(3)], operands: [.data([2, 5, 3, 3])]),
    Case(
      op: "LRN",
      attributes: ["size": .int(4), "alpha": .float(0.5), "beta": .float(0.6), "bias": .float(1.5)],
      operands: [.blocked([2, 20, 3, 3])], note: "even, blocked"),
    Case(
      op: "LRN", attributes: ["size": .int(9), "alpha": .float(1)], operands: [.data([1, 3, 4])], note: "wide"
    ),
    Case(op: "LpPool", attributes: ["kernel_shape": .ints([2, 2])], operands: [.data([2, 3, 5, 4])]),
    Case(
      op: "LpPool",
      attributes: [
        "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]), "p": .int(3),
      ], operands: [.blocked([2, 20, 6, 6])], note: "padded, p 3, blocked"),
    Case(
      op: "LpPool",
      attributes: ["kernel_shape": .ints([3]), "strides": .ints([2]), "ceil_mode": .int(1), "p": .int(1)],
      operands: [.data([1, 2, 8])], opset: 18, note: "ceil, p 1"),
    Case(
      op: "LpPool", attributes: ["kernel_shape": .ints([2, 2]), "dilations": .ints([2, 2])],
      operands: [.data([1, 2, 6, 6])], opset: 18, note: "dilated"),
    Case(op: "GlobalLpPool", operands: [.data([2, 3, 4, 5])]),
    Case(
      op: "GlobalLpPool", attributes: ["p": .int(3)], operands: [.blocked([2, 20, 3, 3])],
      note: "p 3, blocked"),
    Case(
      op: "AveragePool",
      attributes: [
        "kernel_shape": .ints([2, 3]), "dilations": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
      ],
      operands: [.data([1, 2, 6, 7])], opset: 19, note: "dilated, padded"),
    Case(
      op: "AveragePool",
      attributes: [
        "kernel_shape": .ints([2, 2]), "dilations": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]),
        "count_include_pad": .int(1), "ceil_mode": .int(1), "strides": .ints([2, 2]),
      ],
      operands: [.blocked([1, 20, 6, 6])], opset: 19, note: "dilated, counting pads"),
    Case(
      op: "BatchNormalization", attributes: ["training_mode": .int(1), "momentum": .float(0.7)],
      operands: batch, outputs: 3, note: "training mode", hasGradient: false),
    Case(
      op: "BatchNormalization", attributes: ["training_mode": .int(1)], operands: batch,
      note: "training mode, gradient"),
    Case(
      op: "BatchNormalization", operands: batch, outputs: 5, opset: 9, note: "five outputs",
      hasGradient: false),
  ]

  private static let batch: [Case.OperandSource?] = [
    .data([3, 4, 5, 5]), .weight([4], 0.5, 1.5), .weight([4]), .fixed([0.1, -0.2, 0.3, 0], [4]),
    .fixed([0.5, 1, 2, 0.7], [4]),
  ]

  private static let earlyOpsets: [Case] =
    ["Add", "Sub", "Mul", "Div", "Pow"].flatMap { op in
      [
        Case(
          op: op, attributes: ["broadcast": .int(1), "axis": .int(1)],
          operands: [.blocked([2, 20, 3, 3], 0.4, 2), .weight([20], 0.4, 2)], opset: 6,
          note: "channels, opset 6"),
        Case(
          op: op, attributes: ["broadcast": .int(1), "axis": .int(0)],
          operands: [.data([2, 3, 4], 0.4, 2), .data([2, 3], 0.4, 2)], opset: 6, note: "leading, opset 6"),
      ]
    } + [
      Case(
        op: "Greater", attributes: ["broadcast": .int(1), "axis": .int(1)],
        operands: [.data([2, 3, 4]), .data([3])], opset: 6, note: "channels, opset 6", hasGradient: false),
      Case(op: "PRelu", operands: [.blocked([2, 20, 3, 3]), .weight([20])], opset: 6, note: "opset 6"),
      Case(
        op: "Pad", attributes: ["paddings": .ints([1, 0, 0, 2])], operands: [.data([2, 3])], opset: 1,
        note: "opset 1"),
      Case(
        op: "Tile", operands: [.data([2, 3]), .integers([3]), .integers([1])], opset: 1, note: "opset 1"),
      Case(
        op: "BatchNormalization", attributes: ["spatial": .int(0), "is_test": .int(1)],
        operands: [
          .data([3, 2, 3]), .weight([2, 3], 0.5, 1.5), .weight([2, 3]),
          .fixed([0.1, -0.2, 0.3, 0, 0.2, 0.1], [2, 3]), .fixed([0.5, 1, 2, 0.7, 1, 0.9], [2, 3]),
        ], opset: 6, note: "not spatial, opset 6"),
    ]
}
