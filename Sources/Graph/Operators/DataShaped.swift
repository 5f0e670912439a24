/// `NonMaxSuppression`: by example and class the boxes with the highest scores, without those that overlap a chosen
/// one → rows of example, class and box, [R, 3].
///
/// How many rows there are, only the data say. https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html
struct NonMaxSuppressionRule: DataShapedRule {
  let traits = OperatorTraits.other(.value, .value, .size, .size, .size)

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let (boxes, scores) = (try call.constant(0), try call.constant(1))
    guard boxes.shape.count == 3, scores.shape.count == 3, boxes.shape[2] == 4,
      boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
    else {
      throw call.invalid(
        "boxes of shape \(boxes.shape.shapeText) with scores of shape \(scores.shape.shapeText)")
    }
    let limit = call.has(2) ? try call.numbers(2).first ?? 0 : 0
    let overlap = call.has(3) ? try call.constant(3).floats.first ?? 0 : 0
    let threshold = call.has(4) ? try call.constant(4).floats.first : nil
    let (classes, count) = (scores.shape[1], scores.shape[2])
    let (indices, values) = (boxes.floats, scores.floats)
    guard [scores.shape[0], classes, count, min(count, max(0, limit))].elementCount <= 1 << 32 else {
      throw call.invalid("it would compare more boxes with each other than is reasonable")
    }
    let isCentred = call.int("center_point_box", default: 0) != 0
    var rows: [Int] = []
    for example in 0..<scores.shape[0] where limit > 0 {
      let corners = (0..<count).map { box in
        Box(indices[(example * count + box) * 4..<(example * count + box + 1) * 4], isCentred: isCentred)
      }
      for kind in 0..<classes {
        let own = values[(example * classes + kind) * count..<(example * classes + kind + 1) * count]
        let scores = Array(own)
        let candidates = scores.indices.filter { box in
          !scores[box].isNaN && threshold.map { scores[box] > $0 } ?? true
        }
        var chosen: [Int] = []
        for box in candidates.sorted(by: { (-scores[$0], $0) < (-scores[$1], $1) }) {
          if chosen.count == limit { break }
          if chosen.contains(where: { corners[$0].overlaps(corners[box], beyond: overlap) }) { continue }
          chosen.append(box)
          rows += [example, kind, box]
        }
      }
    }
    return [Tensor(rows, shape: [rows.count / 3, 3])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0, 1], reason: "it chooses among them by their values")
  }

  /// A rectangle.
  private struct Box {
    let left, right, top, bottom: Float

    /// Of a centre with width and height, or of two opposite corners, y before x, in any order.
    init(_ numbers: ArraySlice<Float>, isCentred: Bool) {
      let n = Array(numbers)
      if isCentred {
        (left, right) = (n[0] - n[2] / 2, n[0] + n[2] / 2)
        (top, bottom) = (n[1] - n[3] / 2, n[1] + n[3] / 2)
      } else {
        (left, right) = (min(n[1], n[3]), max(n[1], n[3]))
        (top, bottom) = (min(n[0], n[2]), max(n[0], n[2]))
      }
    }

    private var area: Float { (right - left) * (bottom - top) }

    /// Whether the intersection is more than a share of the union.
    func overlaps(_ other: Box, beyond share: Float) -> Bool {
      let width = min(right, other.right) - max(left, other.left)
      let height = min(bottom, other.bottom) - max(top, other.top)
      guard width > 0, height > 0, area > 0, other.area > 0 else { return false }
      let common = width * height
      return common / (area + other.area - common) > share
    }
  }
}

/// `NonZero`: the indices of the elements that are not zero → [rank, R].
struct NonZeroRule: DataShapedRule {
  let traits = OperatorTraits.other(.value)

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let input = try call.constant(0)
    let values = input.doubles
    let indices = values.indices.filter { values[$0] != 0 }
    var rows: [Int] = []
    for axis in input.shape.indices {
      let step = input.shape[(axis + 1)...].elementCount
      rows += indices.map { $0 / step % input.shape[axis] }
    }
    return [Tensor(rows, shape: [input.shape.count, indices.count])]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0], reason: "it chooses among them by their values")
  }
}

/// `Compress`: the lines of an axis (without one, the elements) for which a condition holds.
struct CompressRule: DataShapedRule {
  let traits = OperatorTraits.other(.value, .value)

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    var input = try call.constant(0)
    let condition = try call.numbers(1)
    var axis = 0
    if let given = call.ints("axis")?.first {
      axis = try call.axis(given, rank: input.shape.count)
    } else {
      input = input.reshaped(to: [input.elementCount])
    }
    guard !input.shape.isEmpty, condition.count <= input.shape[axis] else {
      throw call.invalid("a condition of \(condition.count) for the shape \(input.shape.shapeText)")
    }
    return [input.taking(condition.indices.filter { condition[$0] != 0 }, alongAxis: axis)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    try call.keepingAll([0, 1], reason: "it chooses among them by their values")
  }
}

extension OperatorTable {
  static let choices: [String: any OperatorRule] = [
    "NonMaxSuppression": NonMaxSuppressionRule(), "NonZero": NonZeroRule(), "Compress": CompressRule(),
  ]
}
