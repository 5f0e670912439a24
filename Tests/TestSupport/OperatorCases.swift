import Graph

/// The cases, attribute variants included.
public enum OperatorCases {
  /// Every case.
  public static let all: [OperatorCase] =
    convolutions + poolings + unary + pairs + lists + reductions + normalizations + products + movements
    + resizing + stepwise + functions + algebra + indexing + decisions

  private static let decisions: [Case] = [1.0, 0].map { holds in
    Case(
      op: "secateur.If",
      operands: [
        .tensor(Tensor(.bool, [holds], shape: [])), .data([2, 4]), .data([3]), .data([2, 5]), .data([1]),
      ], outputs: 2, note: holds == 1 ? "taken" : "not taken")
  }

  private typealias Case = OperatorCase

  private static func ints(_ list: Int...) -> Attribute { .ints(list) }

  private static let convolutions: [Case] = [
    Case(op: "Conv", operands: [.data([2, 3, 6, 5]), .weight([4, 3, 3, 3]), .weight([4])], note: "valid"),
    Case(
      op: "Conv", attributes: ["pads": ints(1, 0, 2, 1), "strides": ints(2, 1)],
      operands: [.data([2, 3, 7, 6]), .weight([20, 3, 3, 2])], note: "asymmetric pads, strides"),
    Case(
      op: "Conv", attributes: ["dilations": ints(2, 2), "pads": ints(2, 2, 2, 2)],
      operands: [.blocked([1, 20, 6, 6]), .weight([17, 20, 3, 3]), .weight([17])], note: "dilated, blocked"),
    Case(
      op: "Conv", attributes: ["group": .int(2)],
      operands: [.data([1, 4, 5, 5]), .weight([6, 2, 3, 3]), .weight([6])], note: "two groups"),
    Case(
      op: "Conv", attributes: ["group": .int(18), "pads": ints(1, 1, 1, 1), "strides": ints(2, 2)],
      operands: [.data([2, 18, 7, 6]), .weight([36, 1, 3, 3]), .weight([36])], note: "two kernels a channel"),
    Case(
      op: "Conv", attributes: ["group": .int(32), "pads": ints(1, 1, 1, 1)],
      operands: [.blocked([1, 32, 5, 5]), .weight([32, 1, 3, 3]), .weight([32])], note: "depthwise"),
    Case(
      op: "Conv", attributes: ["group": .int(24), "pads": ints(2, 1, 2, 3), "strides": ints(2, 1)],
      operands: [.data([3, 24, 7, 6]), .weight([24, 1, 5, 4]), .weight([24])], note: "depthwise, 24 channels"),
    Case(
      op: "Conv", attributes: ["group": .int(20), "pads": ints(4, 4, 4, 4), "dilations": ints(2, 2)],
      operands: [.blocked([2, 20, 9, 8]), .weight([20, 1, 5, 5]), .weight([20])], note: "depthwise, dilated"),
    Case(
      op: "Conv", attributes: ["group": .int(16), "pads": ints(5, 5, 5, 5)],
      operands: [.data([1, 16, 7, 4]), .weight([16, 1, 11, 11]), .weight([16])], note: "depthwise, 11 by 11"),
    Case(
      op: "Conv", attributes: ["group": .int(40), "pads": ints(2, 0), "strides": ints(3)],
      operands: [.data([2, 40, 19]), .weight([40, 1, 3]), .weight([40])], note: "depthwise, 1-D"),
    Case(
      op: "Conv", attributes: ["dilations": ints(6, 9), "pads": ints(6, 9, 6, 9)],
      operands: [.blocked([2, 20, 6, 6]), .weight([17, 20, 3, 3]), .weight([17])],
      note: "dilated beyond the image"),
    Case(
      op: "Conv", attributes: ["pads": ints(7, 4, 5, 0), "strides": ints(3, 2)],
      operands: [.data([1, 3, 3, 2]), .weight([4, 3, 9, 4]), .weight([4])], note: "taps in the padding alone"),
    Case(
      op: "Conv", attributes: ["dilations": ints(4, 4), "pads": ints(2, 2, 8, 8)],
      operands: [.data([1, 3, 2, 2]), .weight([4, 3, 3, 3]), .weight([4])],
      note: "a window that begins outside"),
    Case(
      op: "Conv", attributes: ["auto_pad": .string("SAME_UPPER"), "strides": ints(2, 2)],
      operands: [.data([1, 2, 5, 6]), .weight([3, 2, 3, 3])], note: "same upper"),
    Case(
      op: "Conv", attributes: ["auto_pad": .string("SAME_LOWER")],
      operands: [.data([1, 2, 5, 6]), .weight([3, 2, 2, 2])], note: "same lower"),
    Case(
      op: "Conv", attributes: ["pads": ints(1, 1)],
      operands: [.data([2, 3, 7]), .weight([4, 3, 3]), .weight([4])], note: "1-D"),
    Case(
      op: "Conv", attributes: ["strides": ints(1, 2, 1)],
      operands: [.data([1, 2, 4, 5, 4]), .weight([3, 2, 2, 3, 2]), .weight([3])], note: "3-D"),
    Case(op: "ConvTranspose", operands: [.data([2, 3, 4, 4]), .weight([3, 4, 3, 3]), .weight([4])]),
    Case(
      op: "ConvTranspose",
      attributes: ["strides": ints(2, 2), "pads": ints(1, 1, 1, 1), "output_padding": ints(1, 1)],
      operands: [.data([1, 3, 4, 4]), .weight([3, 2, 3, 3])], note: "output padding"),
    Case(
      op: "ConvTranspose", attributes: ["strides": ints(2, 2), "group": .int(2)],
      operands: [.data([1, 4, 3, 3]), .weight([4, 3, 2, 2]), .weight([6])], note: "two groups"),
    Case(
      op: "ConvTranspose", attributes: ["strides": ints(2, 2), "pads": ints(1, 1, 1, 1)],
      operands: [.blocked([1, 20, 4, 4]), .weight([20, 18, 4, 4]), .weight([18])], note: "blocked"),
    Case(
      op: "ConvTranspose",
      attributes: ["strides": ints(2, 2), "dilations": ints(2, 1), "auto_pad": .string("SAME_UPPER")],
      operands: [.data([1, 2, 3, 3]), .weight([2, 2, 3, 3])], note: "same upper, dilated"),
    Case(
      op: "ConvTranspose", attributes: ["dilations": ints(5, 3), "pads": ints(5, 3, 5, 3)],
      operands: [.data([2, 3, 4, 3]), .weight([3, 4, 3, 3]), .weight([4])], note: "dilated beyond the image"),
    Case(
      op: "ConvTranspose", attributes: ["strides": ints(2)],
      operands: [.data([1, 2, 4]), .weight([2, 3, 3])], note: "1-D"),
    Case(
      op: "ConvTranspose", attributes: ["strides": ints(2, 2, 2)],
      operands: [.data([1, 2, 2, 3, 2]), .weight([2, 2, 2, 2, 2])], note: "3-D"),
  ]

  private static let poolings: [Case] =
    ["MaxPool", "AveragePool"].flatMap { op -> [Case] in
      [
        Case(
          op: op, attributes: ["kernel_shape": ints(2, 2), "strides": ints(2, 2)],
          operands: [.data([2, 3, 6, 6])]),
        Case(
          op: op, attributes: ["kernel_shape": ints(3, 3), "strides": ints(2, 2), "pads": ints(1, 1, 1, 1)],
          operands: [.blocked([2, 20, 7, 7])], note: "padded, blocked"),
        Case(
          op: op, attributes: ["kernel_shape": ints(3, 2), "strides": ints(2, 2), "ceil_mode": .int(1)],
          operands: [.data([1, 2, 6, 5])], note: "ceil"),
        Case(
          op: op,
          attributes: [
            "kernel_shape": ints(3, 3), "strides": ints(2, 2), "ceil_mode": .int(1), "pads": ints(1, 1, 1, 1),
          ],
          operands: [.data([1, 2, 6, 6])], note: "ceil, padded"),
        Case(
          op: op,
          attributes: ["kernel_shape": ints(3, 3), "strides": ints(2, 2), "auto_pad": .string("SAME_UPPER")],
          operands: [.data([1, 2, 5, 6])], note: "same upper"),
        Case(
          op: op, attributes: ["kernel_shape": ints(3), "pads": ints(1, 0)], operands: [.data([1, 2, 8])],
          note: "1-D"),
        Case(
          op: op, attributes: ["kernel_shape": ints(2, 2, 2)], operands: [.data([1, 2, 3, 4, 3])], note: "3-D"
        ),
      ]
    } + [
      Case(
        op: "MaxPool", attributes: ["kernel_shape": ints(2, 2), "dilations": ints(2, 2)],
        operands: [.data([1, 2, 6, 6])], note: "dilated"),
      Case(
        op: "AveragePool",
        attributes: ["kernel_shape": ints(3, 3), "pads": ints(1, 1, 1, 1), "count_include_pad": .int(1)],
        operands: [.data([1, 2, 5, 5])], note: "counting pads"),
      Case(
        op: "AveragePool",
        attributes: [
          "kernel_shape": ints(3, 3), "strides": ints(2, 2), "pads": ints(1, 1, 1, 1),
          "count_include_pad": .int(1), "ceil_mode": .int(1),
        ],
        operands: [.blocked([1, 20, 6, 6])], note: "counting pads, ceil"),
      Case(op: "GlobalAveragePool", operands: [.data([2, 3, 4, 5])]),
      Case(op: "GlobalAveragePool", operands: [.blocked([2, 20, 4, 5])], note: "blocked"),
      Case(op: "GlobalMaxPool", operands: [.blocked([2, 20, 4, 5])]),
    ]

  private static let unary: [Case] =
    [
      "Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Neg", "HardSwish", "HardSigmoid", "Elu", "LeakyRelu", "Abs",
      "Softplus",
      "Identity", "Gelu",
    ].flatMap { op in
      [
        Case(op: op, operands: [.data([2, 3, 4, 5], -4, 4)], opset: 20),
        Case(op: op, operands: [.blocked([2, 20, 3, 3], -4, 4)], opset: 20, note: "blocked"),
      ]
    }
    + ["Log", "Sqrt", "Reciprocal"].flatMap { op in
      [
        Case(op: op, operands: [.data([2, 3, 4, 5], 0.3, 3)]),
        Case(op: op, operands: [.blocked([2, 20, 3, 3], 0.3, 3)], note: "blocked"),
      ]
    } + [
      Case(op: "LeakyRelu", attributes: ["alpha": .float(0.2)], operands: [.data([3, 7])], note: "alpha"),
      Case(
        op: "LeakyRelu", attributes: ["alpha": .float(-0.2)], operands: [.data([3, 7])],
        note: "negative alpha"),
      Case(op: "Elu", attributes: ["alpha": .float(0.5)], operands: [.data([3, 7])], note: "alpha"),
      Case(
        op: "Gelu", attributes: ["approximate": .string("tanh")], operands: [.data([3, 7], -3, 3)], opset: 20,
        note: "tanh"),
      Case(
        op: "HardSigmoid", attributes: ["alpha": .float(1 / 6), "beta": .float(0.5)],
        operands: [.data([3, 7], -4, 4)], note: "alpha"),
      Case(
        op: "Clip", operands: [.blocked([1, 20, 3, 3], -2, 9), .fixed([0], []), .fixed([6], [])],
        note: "relu6"),
      Case(op: "Clip", operands: [.data([3, 5], -2, 9), .fixed([1], [])], note: "below only"),
      Case(
        op: "Clip", attributes: ["min": .float(-0.5), "max": .float(0.5)], operands: [.data([3, 5])],
        opset: 9,
        note: "opset 9"),
      Case(op: "Cast", attributes: ["to": .int(1)], operands: [.data([3, 5])]),
      Case(op: "Cast", attributes: ["to": .int(11)], operands: [.data([3, 5])], note: "wider"),
      Case(op: "Dropout", operands: [.data([3, 5]), .fixed([0], [])], note: "off"),
    ]

  private static let pairs: [Case] =
    ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"].flatMap { op -> [Case] in
      let (a, b) = op == "Pow" || op == "Div" ? (0.4, 2.0) : (-1.0, 1.0)
      return [
        Case(op: op, operands: [.data([2, 3, 4], a, b), .data([2, 3, 4], a, b)]),
        Case(op: op, operands: [.data([2, 3, 4], a, b), .data([4], a, b)], note: "broadcast"),
        Case(op: op, operands: [.data([3, 1], a, b), .data([2, 1, 4], a, b)], note: "both broadcast"),
        Case(op: op, operands: [.data([], a, b), .data([2, 2], a, b)], note: "scalar"),
        Case(
          op: op, operands: [.blocked([2, 20, 3, 3], a, b), .blocked([2, 20, 3, 3], a, b)], note: "blocked"),
        Case(
          op: op, operands: [.blocked([2, 20, 3, 3], a, b), .weight([20, 1, 1], a, b)],
          note: "channels, padded"),
        Case(
          op: op, operands: [.blocked([2, 32, 3, 3], a, b), .data([2, 32, 1, 1], a, b)], note: "channels"),
        Case(op: op, operands: [.blocked([2, 20, 3, 3], a, b), .data([2, 1, 3, 3], a, b)], note: "space"),
        Case(
          op: op, operands: [.data([2, 20, 3, 3], a, b), .blocked([2, 20, 3, 3], a, b)],
          note: "plain, blocked"),
      ]
    } + [
      Case(op: "PRelu", operands: [.data([2, 3, 4]), .weight([1])]),
      Case(
        op: "PRelu", operands: [.blocked([2, 20, 3, 3]), .weight([20, 1, 1])], note: "a slope a channel"),
      Case(
        op: "Where", operands: [.fixed([1, 0, 1, 0], [4]), .data([2, 4]), .data([2, 1])], note: "broadcast"),
    ]

  private static let lists: [Case] = ["Max", "Min", "Sum", "Mean"].flatMap { op in
    [
      Case(op: op, operands: [.data([2, 3])], note: "one"),
      Case(op: op, operands: [.data([2, 3]), .data([3]), .data([2, 1])], note: "three"),
      Case(
        op: op, operands: [.blocked([1, 20, 2, 2]), .blocked([1, 20, 2, 2]), .data([1, 20, 1, 1])],
        note: "blocked"),
    ]
  }

  private static let reductions: [Case] =
    ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare"].flatMap {
      op -> [Case] in
      func item(_ axes: [Int]?, _ operand: Case.OperandSource, keeps: Bool = true, note: String) -> Case {
        var attributes: [String: Attribute] = ["keepdims": .int(keeps ? 1 : 0)]
        if let axes { attributes["axes"] = .ints(axes) }
        return Case(op: op, attributes: attributes, operands: [operand], opset: 11, note: note)
      }
      return [
        item(nil, .data([2, 3, 4]), note: "all"), item([1], .data([2, 3, 4]), note: "middle"),
        item([-1], .data([2, 3, 37]), keeps: false, note: "last"),
        item([0, 2], .data([2, 3, 4]), keeps: false, note: "outer"),
        item([2, 3], .blocked([2, 20, 4, 5]), note: "space, blocked"),
        item([1], .blocked([2, 20, 3, 3]), note: "channels, blocked"),
        item([2, 3], .blocked([2, 32, 4, 5]), keeps: false, note: "space, blocked, dropped"),
      ]
    } + [
      Case(
        op: "ReduceMean", operands: [.data([2, 3, 4]), .integers([1, 2])], opset: 18, note: "axes as input")
    ]

  private static let normalizations: [Case] = [
    Case(
      op: "BatchNormalization",
      operands: [
        .data([3, 4, 5, 5]), .weight([4], 0.5, 1.5), .weight([4]), .fixed([0.1, -0.2, 0.3, 0], [4]),
        .fixed([0.5, 1, 2, 0.7], [4]),
      ]),
    Case(
      op: "BatchNormalization",
      operands: [
        .blocked([2, 20, 3, 3]), .weight([20], 0.5, 1.5), .weight([20]),
        .fixed([Float](repeating: 0.1, count: 20), [20]), .fixed([Float](repeating: 0.8, count: 20), [20]),
      ], note: "blocked"),
    Case(
      op: "BatchNormalization", attributes: ["epsilon": .float(0.001)],
      operands: [
        .blocked([3, 20, 4, 4]), .weight([20], 0.5, 1.5), .weight([20]),
        .fixed([Float](repeating: 0, count: 20), [20]), .fixed([Float](repeating: 1, count: 20), [20]),
      ], note: "batch", normalizesWithBatch: true),
    Case(
      op: "BatchNormalization",
      operands: [
        .data([8, 5]), .weight([5], 0.5, 1.5), .weight([5]), .fixed([0, 0, 0, 0, 0], [5]),
        .fixed([1, 1, 1, 1, 1], [5]),
      ], note: "batch, features", normalizesWithBatch: true),
    Case(
      op: "InstanceNormalization", operands: [.data([2, 3, 4, 5]), .weight([3], 0.5, 1.5), .weight([3])]),
    Case(
      op: "InstanceNormalization",
      operands: [.blocked([2, 20, 4, 5]), .weight([20], 0.5, 1.5), .weight([20])],
      note: "blocked"),
    Case(op: "LayerNormalization", operands: [.data([2, 3, 8]), .weight([8], 0.5, 1.5), .weight([8])]),
    Case(
      op: "LayerNormalization", attributes: ["axis": .int(1), "epsilon": .float(1e-3)],
      operands: [.data([2, 3, 8]), .weight([3, 8], 0.5, 1.5)], note: "two axes, no shift"),
    Case(op: "Softmax", operands: [.data([3, 5], -3, 3)]),
    Case(
      op: "Softmax", attributes: ["axis": .int(1)], operands: [.blocked([2, 20, 3, 3], -3, 3)],
      note: "channels"),
    Case(op: "Softmax", operands: [.data([2, 3, 4], -3, 3)], opset: 11, note: "opset 11"),
    Case(op: "LogSoftmax", attributes: ["axis": .int(-1)], operands: [.data([2, 3, 4], -3, 3)]),
    Case(
      op: "LogSoftmax", attributes: ["axis": .int(2)], operands: [.data([2, 3, 4, 5], -3, 3)], note: "axis 2"),
  ]

  private static let products: [Case] = [
    Case(
      op: "Gemm", attributes: ["transB": .int(1)], operands: [.data([3, 5]), .weight([4, 5]), .weight([4])]),
    Case(op: "Gemm", operands: [.data([3, 5]), .weight([5, 4])], note: "no bias"),
    Case(
      op: "Gemm", attributes: ["transA": .int(1), "alpha": .float(0.5), "beta": .float(2)],
      operands: [.data([5, 3]), .weight([5, 4]), .weight([3, 1])], note: "transposed, scaled"),
    Case(
      op: "Gemm", attributes: ["transA": .int(1), "transB": .int(1)],
      operands: [.data([5, 3]), .data([4, 5]), .data([3, 4])], note: "both transposed"),
    Case(op: "MatMul", operands: [.data([3, 5]), .weight([5, 4])]),
    Case(op: "MatMul", operands: [.data([2, 3, 5]), .weight([5, 4])], note: "one matrix for all"),
    Case(op: "MatMul", operands: [.data([2, 3, 5]), .data([2, 5, 4])], note: "batched"),
    Case(op: "MatMul", operands: [.data([2, 1, 3, 5]), .data([4, 5, 2])], note: "broadcast"),
    Case(op: "MatMul", operands: [.data([5]), .data([2, 5, 4])], note: "vector"),
    Case(op: "MatMul", operands: [.data([2, 3, 5]), .data([5])], note: "by vector"),
  ]

  private static let movements: [Case] = [
    Case(op: "Reshape", operands: [.data([2, 3, 4]), .integers([0, -1])]),
    Case(op: "Reshape", operands: [.blocked([2, 20, 3, 3]), .integers([2, 4, 5, 9])], note: "blocked"),
    Case(op: "Flatten", operands: [.blocked([2, 20, 1, 1])], note: "no space"),
    Case(op: "Flatten", attributes: ["axis": .int(2)], operands: [.data([2, 3, 4])]),
    Case(op: "Squeeze", operands: [.data([2, 1, 3, 1]), .integers([1])]),
    Case(op: "Unsqueeze", operands: [.data([2, 3]), .integers([0, 3])]),
    Case(op: "Transpose", attributes: ["perm": ints(0, 2, 3, 1)], operands: [.blocked([2, 20, 3, 4])]),
    Case(op: "Transpose", operands: [.data([2, 3, 4])], note: "reversed"),
    Case(
      op: "Transpose", attributes: ["perm": ints(0, 2, 1, 3, 4)], operands: [.data([2, 3, 4, 2, 3])],
      note: "shuffle"),
    Case(
      op: "Slice",
      operands: [
        .data([4, 6]), .integers([1, -1]), .integers([3, -6]), .integers([0, 1]), .integers([1, -2]),
      ]),
    Case(
      op: "Slice", operands: [.blocked([1, 32, 3, 3]), .integers([16]), .integers([32]), .integers([1])],
      note: "blocked"),
    Case(op: "Gather", attributes: ["axis": .int(1)], operands: [.data([2, 4, 3]), .integers([3, 0, 0])]),
    Case(op: "Expand", operands: [.data([3, 1]), .integers([2, 3, 4])]),
    Case(op: "Tile", operands: [.data([2, 3]), .integers([2, 3])]),
    Case(op: "Pad", operands: [.data([2, 3]), .integers([1, 0, 0, 2]), .fixed([0.5], [])]),
    Case(
      op: "Pad", attributes: ["mode": .string("reflect")],
      operands: [.data([1, 2, 4, 4]), .integers([0, 0, 2, 1, 0, 0, 1, 3])],
      note: "reflect"),
    Case(
      op: "Pad", attributes: ["mode": .string("edge")], operands: [.data([3, 4]), .integers([1, 2, 0, 1])],
      note: "edge"),
    Case(op: "Pad", operands: [.data([3, 4]), .integers([-1, 1, 0, -1])], note: "negative"),
    Case(op: "DepthToSpace", attributes: ["blocksize": .int(2)], operands: [.data([1, 8, 2, 3])]),
    Case(
      op: "DepthToSpace", attributes: ["blocksize": .int(2), "mode": .string("CRD")],
      operands: [.blocked([1, 32, 2, 3])], note: "CRD"),
    Case(op: "SpaceToDepth", attributes: ["blocksize": .int(2)], operands: [.data([1, 3, 4, 6])]),
    Case(op: "Concat", attributes: ["axis": .int(1)], operands: [.data([2, 3, 4]), .data([2, 1, 4])]),
    Case(
      op: "Concat", attributes: ["axis": .int(1)],
      operands: [.blocked([2, 16, 3, 3]), .blocked([2, 32, 3, 3])],
      note: "whole blocks"),
    Case(
      op: "Concat", attributes: ["axis": .int(1)],
      operands: [.blocked([2, 20, 3, 3]), .blocked([2, 17, 3, 3])],
      note: "cut blocks"),
    Case(
      op: "Concat", attributes: ["axis": .int(-1)],
      operands: [.blocked([2, 20, 3, 3]), .data([2, 20, 3, 1])],
      note: "space"),
    Case(
      op: "Split", attributes: ["axis": .int(1)], operands: [.data([2, 5, 3]), .integers([2, 3])], outputs: 2),
    Case(
      op: "Split", attributes: ["axis": .int(1)], operands: [.blocked([1, 32, 2, 2])], outputs: 2,
      note: "blocked"),
    Case(
      op: "Split", attributes: ["axis": .int(1)], operands: [.blocked([1, 20, 2, 2])], outputs: 2,
      note: "cut blocks"),
  ]

  private static let resizing: [Case] =
    ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"].flatMap { transform -> [Case] in
      ["nearest", "linear"].map { mode in
        Case(
          op: "Resize",
          attributes: ["mode": .string(mode), "coordinate_transformation_mode": .string(transform)],
          operands: [.data([1, 2, 4, 3]), nil, nil, .integers([1, 2, 7, 9])], note: "\(mode), \(transform)")
      }
    } + [
      Case(
        op: "Resize",
        attributes: [
          "mode": .string("nearest"), "nearest_mode": .string("floor"),
          "coordinate_transformation_mode": .string("asymmetric"),
        ],
        operands: [.blocked([1, 20, 3, 3]), nil, .fixed([1, 1, 2, 2], [4])], note: "scales, blocked"),
      Case(
        op: "Resize", attributes: ["mode": .string("linear")],
        operands: [.data([1, 2, 8, 6]), nil, .fixed([1, 1, 0.5, 0.6], [4])], note: "smaller"),
      Case(
        op: "Upsample", attributes: ["mode": .string("nearest")],
        operands: [.data([1, 2, 3, 3]), .fixed([1, 1, 2, 3], [4])], opset: 9),
      Case(
        op: "Upsample", attributes: ["mode": .string("linear")],
        operands: [.data([1, 2, 3, 3]), .fixed([1, 1, 2, 2], [4])], opset: 9, note: "linear"),
    ]

  private static let stepwise: [Case] =
    ["Floor", "Ceil", "Round", "Sign", "Not"].map {
      Case(op: $0, operands: [.data([3, 7], -3, 3)], hasGradient: false)
    }
    + ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor"].map {
      Case(op: $0, operands: [.data([3, 4]), .data([4])], hasGradient: false)
    }
}
