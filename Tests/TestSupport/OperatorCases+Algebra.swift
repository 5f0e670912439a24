import Graph

extension OperatorCases {
  static let algebra: [OperatorCase] = einsums + recurrences + quantizations + transforms

  private static func einsum(_ equation: String, _ operands: OperatorCase.OperandSource...) -> OperatorCase {
    OperatorCase(
      op: "Einsum", attributes: ["equation": .string(equation)], operands: operands, note: equation)
  }

  private static let einsums: [OperatorCase] = [
    einsum("ij,jk->ik", .data([3, 4]), .weight([4, 5])),
    einsum("bhwc,hkc->bhwk", .data([2, 3, 4, 5]), .weight([3, 6, 5])),
    einsum("nchw,kc->nkhw", .blocked([2, 20, 3, 3]), .weight([7, 20])),
    einsum("...ij, ...jk -> ...ik", .data([2, 1, 3, 4]), .data([5, 4, 2])),
    einsum("ij,jk", .data([3, 4]), .data([4, 5])),
    einsum("i...j", .data([3, 2, 4])),
    einsum("ii->i", .data([4, 4])),
    einsum("iji->j", .data([3, 4, 3])),
    einsum("ij->", .data([3, 4])),
    einsum("i,j->ji", .data([3]), .data([4])),
    einsum("bij,bij->b", .data([2, 3, 4]), .data([2, 3, 4])),
    einsum("ab,bc,cd->da", .data([2, 3]), .data([3, 4]), .weight([4, 5])),
    einsum("ij,ij->ij", .data([3, 4]), .data([1, 4])),
    einsum("ijk,k->i", .data([2, 3, 4]), .data([4])),
  ]

  private static func recurrence(
    _ op: String, _ attributes: [String: Attribute] = [:], directions d: Int = 1, outputs: Int? = nil,
    bias: Bool = true, lengths: [Int]? = nil, state: Bool = false, peepholes: Bool = false,
    batchFirst: Bool = false, note: String
  ) -> OperatorCase {
    let (t, b, i, h) = (4, 3, 5, 2)
    let rows = (op == "LSTM" ? 4 : op == "GRU" ? 3 : 1) * h
    let first: OperatorCase.OperandSource? = state ? .data(batchFirst ? [b, d, h] : [d, b, h]) : nil
    var operands: [OperatorCase.OperandSource?] = [
      .data(batchFirst ? [b, t, i] : [t, b, i]), .weight([d, rows, i]), .weight([d, rows, h]),
      bias ? .weight([d, 2 * rows]) : nil, lengths.map { .integers($0) }, first,
    ]
    if op == "LSTM" { operands += [first, peepholes ? .weight([d, 3 * h]) : nil] }
    var all = attributes
    all["hidden_size"] = .int(h)
    if d == 2 { all["direction"] = .string("bidirectional") }
    if batchFirst { all["layout"] = .int(1) }
    return OperatorCase(
      op: op, attributes: all, operands: operands, outputs: outputs ?? (op == "LSTM" ? 3 : 2), note: note)
  }

  private static let recurrences: [OperatorCase] =
    ["LSTM", "GRU", "RNN"].flatMap { op -> [OperatorCase] in
      [
        recurrence(op, note: "forward"),
        recurrence(op, ["direction": .string("reverse")], outputs: 1, bias: false, note: "reverse"),
        recurrence(op, directions: 2, state: true, note: "both directions, first states"),
        recurrence(op, directions: 2, lengths: [4, 1, 3], state: true, note: "lengths"),
        recurrence(op, directions: 2, state: true, batchFirst: true, note: "batch first"),
        recurrence(op, ["clip": .float(0.4)], note: "clip"),
      ]
    } + [
      recurrence("LSTM", directions: 2, state: true, peepholes: true, note: "peepholes"),
      recurrence("LSTM", ["input_forget": .int(1)], state: true, note: "coupled gates"),
      recurrence("GRU", ["linear_before_reset": .int(1)], state: true, note: "reset behind the product"),
      recurrence(
        "GRU", ["linear_before_reset": .int(1)], directions: 2, lengths: [2, 4, 3],
        note: "reset behind the product, lengths"),
      recurrence(
        "LSTM",
        [
          "activations": .strings(["HardSigmoid", "ScaledTanh", "Affine"]),
          "activation_alpha": .floats([0.3, 0.9, 0.7]), "activation_beta": .floats([0.4, 0.8, 0.1]),
        ], note: "functions with numbers"),
    ]
    + ["Relu", "Softsign", "Softplus", "LeakyRelu", "Elu", "ThresholdedRelu", "Sigmoid"].map {
      recurrence("RNN", ["activations": .strings([$0])], note: $0)
    }

  private static func tensor(_ type: ElementType, _ shape: [Int], _ values: [Double]? = nil)
    -> OperatorCase.OperandSource
  {
    let range = type.quantizedRange ?? -500...500
    let count = shape.reduce(1, *)
    let span = Int(range.upperBound - range.lowerBound) + 1
    let list = values ?? (0..<count).map { range.lowerBound + Double(($0 * 7919 + 31 * $0 * $0 + 11) % span) }
    return .tensor(Tensor(type, list, shape: shape))
  }

  private static let quantizations: [OperatorCase] = [
    OperatorCase(
      op: "QuantizeLinear", operands: [.data([2, 3, 4], -2, 2), .fixed([0.02], []), tensor(.int8, [], [5])],
      opset: 21, hasGradient: false),
    OperatorCase(
      op: "QuantizeLinear",
      operands: [.blocked([2, 20, 3, 3], -2, 2), .fixed((1...20).map { Float($0) / 500 }, [20])],
      note: "channels, blocked", hasGradient: false),
    OperatorCase(
      op: "QuantizeLinear", attributes: ["axis": .int(1), "block_size": .int(2), "output_dtype": .int(3)],
      operands: [.data([2, 3, 4], -2, 2), .weight([2, 2, 4], 0.01, 0.05)], opset: 21,
      note: "blocks of channels", hasGradient: false),
    OperatorCase(
      op: "DequantizeLinear", operands: [.data([2, 3, 4], -90, 90), .weight([], 0.1, 1), .fixed([3], [])]),
    OperatorCase(
      op: "DequantizeLinear", attributes: ["axis": .int(0)],
      operands: [tensor(.int8, [6, 2, 3]), .weight([6], 0.1, 1), tensor(.int8, [6])], note: "int8, channels"),
    OperatorCase(
      op: "DequantizeLinear", attributes: ["axis": .int(-1), "block_size": .int(3)],
      operands: [tensor(.uint8, [2, 7]), .weight([2, 3], 0.1, 1), tensor(.uint8, [2, 3])], opset: 21,
      note: "blocks"),
    OperatorCase(
      op: "DynamicQuantizeLinear", operands: [.data([3, 7], -1, 3)], outputs: 3, hasGradient: false),
    OperatorCase(
      op: "ConvInteger", attributes: ["pads": .ints([1, 1, 1, 1])],
      operands: [
        tensor(.uint8, [1, 3, 5, 5]), tensor(.int8, [4, 3, 3, 3]), tensor(.uint8, [], [12]),
        tensor(.int8, [4]),
      ], hasGradient: false),
    OperatorCase(
      op: "MatMulInteger",
      operands: [tensor(.uint8, [4, 3]), tensor(.int8, [3, 5]), tensor(.uint8, [4]), tensor(.int8, [5])],
      hasGradient: false),
    OperatorCase(
      op: "QLinearConv", attributes: ["group": .int(2)],
      operands: [
        tensor(.uint8, [1, 4, 5, 5]), .fixed([0.02], []), tensor(.uint8, [], [100]),
        tensor(.int8, [4, 2, 3, 3]),
        .fixed([0.011, 0.023, 0.017, 0.019], [4]), tensor(.int8, [4], [0, 0, 0, 0]), .fixed([0.37], []),
        tensor(.uint8, [], [120]), tensor(.int32, [4]),
      ], hasGradient: false),
    OperatorCase(
      op: "QLinearMatMul",
      operands: [
        tensor(.uint8, [2, 4, 3]), .fixed([0.02], []), tensor(.uint8, [], [100]), tensor(.int8, [3, 5]),
        .fixed([0.013], []), tensor(.int8, [], [3]), .fixed([0.071], []), tensor(.uint8, [], [120]),
      ], hasGradient: false),
  ]

  private static let transforms: [OperatorCase] =
    ["CumSum", "CumProd"].flatMap { op in
      [(0, 0), (1, 0), (0, 1), (1, 1)].map { exclusive, reverse in
        OperatorCase(
          op: op, attributes: ["exclusive": .int(exclusive), "reverse": .int(reverse)],
          operands: [.data([2, 4, 3]), .integers([1])], note: "exclusive \(exclusive), reverse \(reverse)")
      }
    } + [
      OperatorCase(op: "DFT", operands: [.data([2, 6, 3, 1])], note: "opset 17"),
      OperatorCase(
        op: "DFT", attributes: ["onesided": .int(1)], operands: [.data([2, 7, 1]), .integers([5])], opset: 20,
        note: "half, cut"),
      OperatorCase(
        op: "DFT", attributes: ["inverse": .int(1)],
        operands: [.data([2, 3, 4, 2]), .integers([6]), .integers([1])], opset: 20, note: "inverse, padded"),
      OperatorCase(
        op: "DFT", attributes: ["inverse": .int(1), "onesided": .int(1)], operands: [.data([2, 4, 2])],
        opset: 20, note: "inverse of half"),
      OperatorCase(op: "Det", operands: [.data([2, 3, 4, 4])]),
      OperatorCase(op: "Det", operands: [.data([3, 3])], note: "one matrix"),
      OperatorCase(
        op: "DeformConv", attributes: ["pads": .ints([1, 1, 1, 1])],
        operands: [
          .data([2, 4, 4, 5]), .weight([3, 4, 3, 3]), .data([2, 18, 4, 5], -1.4, 1.4), .weight([3]),
        ]),
      OperatorCase(
        op: "DeformConv",
        attributes: [
          "group": .int(2), "offset_group": .int(2), "strides": .ints([2, 1]), "dilations": .ints([1, 2]),
        ],
        operands: [
          .data([1, 4, 5, 5]), .weight([6, 2, 2, 2]), .data([1, 16, 2, 3], -1.4, 1.4), nil,
          .data([1, 8, 2, 3]),
        ], note: "groups, mask"),
    ]
}
