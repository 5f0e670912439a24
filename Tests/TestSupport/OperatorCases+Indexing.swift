import Graph

extension OperatorCases {
  private typealias Case = OperatorCase

  private static func ints(_ list: Int...) -> Attribute { .ints(list) }

  /// Operators that read, choose and write by index, and those that sample.
  static let indexing: [OperatorCase] =
    gathers + scatters + choices + rearrangements + remainders + interpolations + unpoolings + samplings

  private static let gathers: [Case] = [
    Case(
      op: "Gather", attributes: ["axis": .int(1)],
      operands: [.data([2, 5, 3]), .indices([3, 0, -1, 3], [2, 2])], note: "from data"),
    Case(
      op: "Gather", operands: [.blocked([3, 20, 2, 2]), .indices([2], [])], note: "from data, scalar, blocked"
    ),
    Case(
      op: "GatherElements", attributes: ["axis": .int(1)],
      operands: [.data([3, 4]), .indices([0, 3, -1, 2, 2, 2], [3, 2])]),
    Case(
      op: "GatherElements", attributes: ["axis": .int(-2)],
      operands: [.blocked([1, 20, 2, 2]), .indices([1, 0, -2, 1], [1, 1, 2, 2])], note: "blocked"),
    Case(op: "GatherND", operands: [.data([3, 4, 2]), .indices([0, 1, -1, 3, 0, 1], [3, 2])]),
    Case(
      op: "GatherND", attributes: ["batch_dims": .int(1)],
      operands: [.data([2, 3, 4]), .indices([2, 0, 1, -1], [2, 2, 1])], note: "batch axis"),
    Case(
      op: "GatherND", attributes: ["batch_dims": .int(1)],
      operands: [.data([2, 3, 4]), .indices([2, 0, 1, -1], [2, 2])], note: "single elements"),
  ]

  private static let scatters: [Case] =
    ["none", "add", "max", "min"].flatMap { reduction -> [Case] in
      let attributes: [String: Attribute] = ["reduction": .string(reduction)]
      let indices: [Float] = reduction == "none" ? [2, 0] : [2, 2]
      return [
        Case(
          op: "ScatterND", attributes: attributes,
          operands: [.data([3, 4]), .indices(indices, [2, 1]), .data([2, 4])], opset: 18, note: reduction),
        Case(
          op: "ScatterND", attributes: attributes,
          operands: [.blocked([2, 20, 2, 2]), .indices([1, 3, 0, 19], [2, 2]), .data([2, 2, 2])], opset: 18,
          note: "\(reduction), blocked"),
        Case(
          op: "ScatterElements", attributes: attributes.merging(["axis": .int(1)]) { $1 },
          operands: [.data([2, 4]), .indices([0, -1, 2, 1], [2, 2]), .data([2, 2])], opset: 18,
          note: reduction),
      ]
    } + [
      Case(
        op: "ScatterND", attributes: ["reduction": .string("mul")],
        operands: [.data([3, 4]), .indices([2, 2], [2, 1]), .data([2, 4])], opset: 18, note: "mul",
        hasGradient: false),
      Case(
        op: "Scatter", operands: [.data([3, 3]), .indices([1, 0, 2], [1, 3]), .data([1, 3])], opset: 10),
    ]

  private static let choices: [Case] =
    [
      Case(
        op: "TopK", attributes: ["axis": .int(1)], operands: [.data([2, 7, 3]), .integers([3])], outputs: 2),
      Case(
        op: "TopK", attributes: ["largest": .int(0)], operands: [.blocked([1, 20, 2, 5]), .integers([2])],
        outputs: 2, note: "smallest, blocked"),
      Case(
        op: "TopK", attributes: ["k": .int(2), "axis": .int(0)], operands: [.data([4, 2])], outputs: 2,
        opset: 9,
        note: "opset 9"),
      Case(op: "Hardmax", operands: [.data([2, 5, 3])], hasGradient: false),
      Case(
        op: "Hardmax", attributes: ["axis": .int(1)], operands: [.blocked([2, 20, 2, 2])], hasGradient: false),
      Case(
        op: "OneHot", attributes: ["axis": .int(1)],
        operands: [.indices([0, -1, 7, 2], [2, 2]), .integers([3]), .fixed([-1, 5], [2])], hasGradient: false),
    ]
    + ["ArgMax", "ArgMin"].flatMap { op in
      [
        Case(op: op, attributes: ["axis": .int(1)], operands: [.blocked([2, 20, 3, 3])], hasGradient: false),
        Case(
          op: op, attributes: ["keepdims": .int(0), "axis": .int(-1)], operands: [.data([3, 5])],
          note: "dropped",
          hasGradient: false),
        Case(
          op: op, attributes: ["select_last_index": .int(1)],
          operands: [.given([1, 1, 0, 0, 0, 1], [2, 3])],
          note: "last", hasGradient: false),
      ]
    }

  private static let rearrangements: [Case] = [
    Case(op: "Trilu", operands: [.data([2, 4, 5])]),
    Case(
      op: "Trilu", attributes: ["upper": .int(0)], operands: [.blocked([1, 20, 3, 4]), .integers([-1])],
      note: "lower, blocked"),
    Case(
      op: "ReverseSequence", operands: [.data([4, 3, 2]), .indices([4, 1, 3], [3])]),
    Case(
      op: "ReverseSequence", attributes: ["batch_axis": .int(0), "time_axis": .int(3)],
      operands: [.blocked([2, 20, 2, 4]), .indices([0, 3], [2])], note: "width, blocked"),
    Case(op: "CenterCropPad", operands: [.data([4, 7]), .integers([7, 2])], opset: 18),
    Case(
      op: "CenterCropPad", attributes: ["axes": ints(-1, 2)],
      operands: [.blocked([1, 20, 3, 4]), .integers([7, 2])], opset: 18, note: "axes, blocked"),
    Case(
      op: "Col2Im", attributes: ["pads": ints(1, 0, 1, 0), "strides": ints(2, 1)],
      operands: [.data([2, 12, 8]), .integers([4, 5]), .integers([3, 2])], opset: 18, note: "pads"),
    Case(
      op: "Col2Im", attributes: ["dilations": ints(2)],
      operands: [.data([1, 4, 4]), .integers([6]), .integers([2])], opset: 18, note: "1-D, dilated"),
    Case(
      op: "SpaceToDepth", attributes: ["blocksize": .int(2), "mode": .string("CRD")],
      operands: [.data([1, 3, 4, 6])], note: "CRD"),
    Case(op: "IsNaN", operands: [.given([.nan, 1, -.infinity], [3])], hasGradient: false),
    Case(op: "IsInf", operands: [.given([.nan, .infinity, -.infinity], [3])], hasGradient: false),
    Case(
      op: "IsInf", attributes: ["detect_negative": .int(0)], operands: [.blocked([1, 20, 2, 2])],
      note: "finite",
      hasGradient: false),
    Case(op: "CastLike", operands: [.data([3, 5]), .fixed([0], [1])], opset: 19),
    Case(
      op: "CastLike", operands: [.data([3, 5], -9, 9), .integers([1])], opset: 19, note: "whole",
      hasGradient: false),
    Case(
      op: "Cast", attributes: ["to": .int(9)], operands: [.data([3, 5])], note: "to truth", hasGradient: false
    ),
    Case(
      op: "Cast", attributes: ["to": .int(3)], operands: [.indices([300, -129, 5, 128], [4])],
      note: "to fewer bits", hasGradient: false),
  ]

  private static let remainders: [Case] = [0, 1].flatMap { mode in
    [
      Case(
        op: "Mod", attributes: ["fmod": .int(mode)], operands: [.data([3, 4], -5, 5), .data([4], 0.7, 2)],
        note: "fmod \(mode)"),
      Case(
        op: "Mod", attributes: ["fmod": .int(mode)],
        operands: [.indices([-4, 7, 5, 4, -7, 8], [6]), .indices([2, -3, 8, -2, 3, 5], [6])],
        note: "fmod \(mode), whole", hasGradient: false),
    ]
  }

  private static func resize(
    _ mode: String, _ transform: String, _ source: Case.OperandSource, _ sizes: [Int],
    _ more: [String: Attribute] = [:], region: [Float]? = nil, note: String
  ) -> Case {
    Case(
      op: "Resize",
      attributes: more.merging(
        ["mode": .string(mode), "coordinate_transformation_mode": .string(transform)]) { $1 },
      operands: [source, region.map { .fixed($0, [$0.count]) }, nil, .integers(sizes)], opset: 19, note: note)
  }

  private static let interpolations: [Case] =
    ["linear", "cubic"].flatMap { mode -> [Case] in
      [
        resize(
          mode, "half_pixel", .data([1, 2, 9, 8]), [1, 2, 4, 3], ["antialias": .int(1)],
          note: "\(mode), smoothed"),
        resize(
          mode, "half_pixel", .data([1, 2, 9, 8]), [1, 2, 4, 12],
          ["antialias": .int(1), "exclude_outside": .int(1)], note: "\(mode), smoothed, exclusive"),
        resize(
          mode, "tf_crop_and_resize", .data([1, 2, 6, 5]), [1, 2, 4, 3], ["extrapolation_value": .float(2)],
          region: [0, 0, 0.2, -0.3, 1, 1, 0.9, 1.1], note: "\(mode), cropped"),
        resize(
          mode, "half_pixel_symmetric", .blocked([1, 20, 4, 5]), [1, 20, 3, 7], note: "\(mode), symmetric"),
        resize(mode, "half_pixel", .data([1, 2, 5]), [1, 2, 8], note: "\(mode), 1-D"),
        resize(mode, "align_corners", .data([1, 1, 3, 4, 2]), [1, 1, 5, 2, 3], note: "\(mode), 3-D"),
      ]
    }
    + ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"].map { rounding in
      resize(
        "nearest", "half_pixel", .data([1, 2, 6, 4]), [1, 2, 9, 2], ["nearest_mode": .string(rounding)],
        note: rounding)
    }
    + ["not_larger", "not_smaller"].map { policy in
      resize(
        "linear", "half_pixel", .data([1, 2, 6, 4]), [5, 9],
        ["axes": ints(-1, 2), "keep_aspect_ratio_policy": .string(policy)], note: policy)
    }
    + [
      resize(
        "cubic", "asymmetric", .data([1, 2, 4, 4]), [1, 2, 6, 3], ["cubic_coeff_a": .float(-0.5)],
        note: "sharper")
    ]

  private static let unpoolings: [Case] = [
    Case(
      op: "MaxPool",
      attributes: ["kernel_shape": ints(3, 3), "strides": ints(2, 2), "pads": ints(1, 1, 1, 1)],
      operands: [.blocked([2, 20, 5, 4])], outputs: 2, note: "with places"),
    Case(
      op: "MaxPool", attributes: ["kernel_shape": ints(2, 3), "storage_order": .int(1)],
      operands: [.data([2, 3, 5, 4])], outputs: 2, note: "with places, column major"),
    Case(
      op: "MaxPool", attributes: ["kernel_shape": ints(2), "strides": ints(2), "ceil_mode": .int(1)],
      operands: [.data([2, 3, 5])], outputs: 2, note: "with places, 1-D"),
    Case(
      op: "MaxUnpool", attributes: ["kernel_shape": ints(2, 2), "strides": ints(2, 2)],
      operands: [.data([1, 2, 2, 2]), .indices([5, 7, 13, 15, 16, 18, 29, 31], [1, 2, 2, 2])]),
    Case(
      op: "MaxUnpool", attributes: ["kernel_shape": ints(2, 2), "strides": ints(2, 2)],
      operands: [
        .data([1, 1, 2, 2]), .indices([5, 7, 13, 15], [1, 1, 2, 2]), .integers([1, 1, 5, 6]),
      ], note: "larger"),
  ]

  private static let samplings: [Case] =
    ["nearest", "linear", "cubic"].flatMap { mode in
      ["zeros", "border", "reflection"].flatMap { padding in
        [0, 1].map { aligns in
          Case(
            op: "GridSample",
            attributes: [
              "mode": .string(mode), "padding_mode": .string(padding), "align_corners": .int(aligns),
            ],
            operands: [.data([2, 3, 4, 5]), .data([2, 3, 2, 2], -1.6, 1.6)], opset: 20,
            note: "\(mode), \(padding), \(aligns)", tolerance: 1e-3)
        }
      }
    } + [
      Case(
        op: "GridSample", operands: [.blocked([1, 20, 4, 5]), .data([1, 3, 2, 2])], opset: 20,
        note: "blocked",
        tolerance: 1e-3),
      Case(
        op: "GridSample", operands: [.data([1, 2, 3, 4, 3]), .data([1, 2, 3, 2, 3])], opset: 20, note: "3-D",
        tolerance: 1e-3),
      Case(op: "AffineGrid", operands: [.data([2, 2, 3]), .integers([2, 3, 4, 5])], opset: 20),
      Case(
        op: "AffineGrid", attributes: ["align_corners": .int(1)],
        operands: [.data([2, 3, 4]), .integers([2, 3, 2, 4, 1])], opset: 20, note: "3-D, corners"),
      Case(
        op: "RoiAlign",
        attributes: ["output_height": .int(2), "output_width": .int(3), "spatial_scale": .float(0.5)],
        operands: [
          .data([2, 3, 6, 7]), .fixed([1, 2, 9, 10, 0, 0, 20, 12], [2, 4]), .indices([1, 0], [2]),
        ]),
      Case(
        op: "RoiAlign",
        attributes: [
          "output_height": .int(2), "output_width": .int(2), "sampling_ratio": .int(2),
          "mode": .string("max"),
          "coordinate_transformation_mode": .string("output_half_pixel"),
        ],
        operands: [.blocked([1, 20, 6, 7]), .fixed([1.2, 2, 5.7, 3.5], [1, 4]), .indices([0], [1])],
        note: "largest, blocked"),
    ]
}
