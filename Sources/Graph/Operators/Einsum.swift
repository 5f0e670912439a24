/// An `Einsum` equation over operands of known shapes: every axis has a label, and axes of one label are one index.
///
/// Letters are labelled by their code points, the axes that `...` stands for by −1, −2, … from the right.
/// https://onnx.ai/onnx/operators/onnx__Einsum.html
package struct EinsumEquation: Sendable, Hashable {
  /// The labels of each operand's axes.
  package let operands: [[Int]]
  /// The labels of the result's axes.
  package let result: [Int]
  /// The extent of each label: the largest one, as an extent of 1 is broadcast.
  package let extents: [Int: Int]

  /// The shape of the result.
  package var shape: [Int] { result.map { extents[$0]! } }

  /// What is wrong with an equation.
  struct Problem: Error { let text: String }

  /// Reads `equation` for operands of `shapes`.
  init(_ equation: String, _ shapes: [[Int]]) throws(Problem) {
    let text = Array(equation.unicodeScalars.filter { $0 != " " })
    let arrow = text.indices.first { text[$0] == "-" && $0 + 1 < text.count && text[$0 + 1] == ">" }
    let terms = text[..<(arrow ?? text.count)].split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == shapes.count else {
      throw Problem(text: "its equation \(equation) has \(terms.count) terms for \(shapes.count) inputs")
    }
    var operands: [[Int]] = []
    var extents: [Int: Int] = [:]
    for (term, shape) in zip(terms, shapes) {
      let labels = try Self.labels(Array(term), rank: shape.count, in: equation)
      for (label, extent) in zip(labels, shape) {
        let known = extents[label] ?? 1
        guard known == extent || known == 1 || extent == 1 else {
          throw Problem(
            text: "its equation \(equation) gives one name to axes of \(known) and of \(extent) elements")
        }
        extents[label] = known == 1 ? extent : known
      }
      operands.append(labels)
    }
    let all = operands.flatMap { $0 }
    let dots = Array(Set(all.filter { $0 < 0 })).sorted()
    if let arrow {
      let term = Array(text[(arrow + 2)...])
      result = try Self.labels(term, rank: nil, in: equation, dots: dots)
    } else {
      result =
        dots + Set(all).filter { label in label >= 0 && all.filter { $0 == label }.count == 1 }.sorted()
    }
    guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
      throw Problem(text: "the right side of its equation \(equation) repeats a name or has a new one")
    }
    self.operands = operands
    self.extents = extents
  }

  /// The labels of one term; `...` takes the axes that its letters leave over.
  private static func labels(
    _ term: [Unicode.Scalar], rank: Int?, in equation: String, dots: [Int] = []
  ) throws(Problem) -> [Int] {
    let ellipsis = term.indices.first { term[$0...].starts(with: "...".unicodeScalars) }
    let head = term[..<(ellipsis ?? term.count)]
    let tail = ellipsis.map { term[($0 + 3)...] } ?? []
    guard (head + tail).allSatisfy({ $0.properties.isAlphabetic }) else {
      throw Problem(text: "its equation \(equation) has other signs than letters, commas, ... and ->")
    }
    var middle = ellipsis == nil ? [] : dots
    if let rank {
      let left = rank - head.count - tail.count
      guard ellipsis == nil ? left == 0 : left >= 0 else {
        throw Problem(
          text: "its equation \(equation) names \(head.count + tail.count) axes of an input of \(rank)")
      }
      middle = (0..<left).map { $0 - left }
    }
    return head.map { Int($0.value) } + middle + tail.map { Int($0.value) }
  }
}

extension EinsumEquation {
  /// The result for constant operands, in C order; `nil` where there is nothing to multiply, or where it would take too
  /// long.
  fileprivate func product(of operands: [Tensor]) -> [Double]? {
    let labels = extents.keys.sorted()
    let counts = labels.map { extents[$0] ?? 1 }
    guard !counts.contains(0), let work = counts.checkedElementCount,
      work <= FoldedProduct.multiplicationLimit,
      let size = shape.checkedElementCount, size <= FoldedProduct.elementLimit
    else { return nil }
    /// How far apart in a tensor the elements of neighbouring indices stand; axes of 1 are broadcast.
    func steps(_ axes: [Int], _ shape: [Int]) -> [Int] {
      labels.map { label in
        zip(axes, zip(shape, shape.denseStrides)).reduce(0) { sum, axis in
          axis.0 == label && axis.1.0 > 1 ? sum + axis.1.1 : sum
        }
      }
    }
    let sources = zip(self.operands, operands).map { (steps($0, $1.shape), $1.doubles) }
    let target = steps(result, shape)
    var sums = [Double](repeating: 0, count: size)
    var indices = [Int](repeating: 0, count: sources.count)
    for number in 0..<work {
      var (rest, position) = (number, 0)
      for operand in indices.indices { indices[operand] = 0 }
      for axis in counts.indices.reversed() {
        let index = rest % counts[axis]
        rest /= counts[axis]
        position += index * target[axis]
        for operand in sources.indices { indices[operand] += index * sources[operand].0[axis] }
      }
      sums[position] += sources.indices.reduce(into: 1.0) { $0 *= sources[$1].1[indices[$1]] }
    }
    return sums
  }
}

extension OperatorCall {
  /// The equation of an `Einsum`.
  package func einsumEquation() throws -> EinsumEquation {
    var shapes: [[Int]] = []
    for number in inputs.indices { shapes.append(try shape(number)) }
    do {
      return try EinsumEquation(string("equation", default: ""), shapes)
    } catch {
      throw invalid(error.text)
    }
  }
}

/// `Einsum`: products of the inputs' elements, summed over the indices that the result does not have.
struct EinsumRule: OperatorRule {
  let traits = OperatorTraits.other(.value)

  func learnableInputs(_ call: OperatorCall) -> [Int] { Array(call.inputs.indices) }

  func outputs(_ call: OperatorCall) throws -> [TensorSpec] {
    let first = try call.input(0)
    let shape = try call.einsumEquation().shape
    guard shape.checkedElementCount != nil else {
      throw call.invalid("its result would have the shape \(shape.shapeText)")
    }
    try call.requireOneElementType()
    return [TensorSpec(first.elementType, shape)]
  }

  func evaluate(_ call: OperatorCall) throws -> [Tensor]? {
    let spec = try outputs(call)[0]
    let equation = try call.einsumEquation()
    var operands: [Tensor] = []
    for number in call.inputs.indices { operands.append(try call.constant(number)) }
    guard let elements = equation.product(of: operands) else { return nil }
    return [Tensor(spec.elementType, elements, shape: spec.shape)]
  }

  func relations(_ call: OperatorCall, outputs: [TensorSpec]) throws -> [ChannelRelation] {
    let equation = try call.einsumEquation()
    return equation.extents.keys.sorted().map { label in
      var axes: [AxisReference] = []
      for (number, labels) in equation.operands.enumerated() {
        for (axis, own) in labels.enumerated() where own == label {
          // An extent of 1 that is broadcast is no channel of the others.
          if call.inputs[number]?.shape[axis] == equation.extents[label] {
            axes.append(.input(number, axis: axis))
          }
        }
      }
      guard let index = equation.result.firstIndex(of: label) else { return .contracted(axes) }
      return .same(axes + [.output(0, axis: index)])
    }
  }

  func multiplyAccumulates(_ call: OperatorCall, outputs: [TensorSpec]) -> Int {
    guard let equation = try? call.einsumEquation(), equation.operands.count > 1 else { return 0 }
    // One operand after another, with what no later one asks for summed.
    var sum = 0
    var labels = Set(equation.operands[0])
    for number in equation.operands.indices.dropFirst() {
      labels.formUnion(equation.operands[number])
      sum = sum.plus(labels.map { equation.extents[$0]! }.elementCount)
      labels.formIntersection(equation.operands[(number + 1)...].reduce(equation.result, +))
    }
    return sum
  }
}
