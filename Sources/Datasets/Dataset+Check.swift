/// Something about data and a model together that a person should know.
public struct Finding: Sendable, Hashable {
  /// How much it matters.
  public enum Severity: Sendable, Hashable {
    /// The data cannot be used with the model like this.
    case error
    /// It works, and may not be what is meant.
    case warning
  }

  /// How much it matters.
  public var severity: Severity
  /// What it is, in one sentence.
  public var sentence: String
  /// What to do about it, in one sentence.
  public var remedy: String

  /// A finding.
  package init(severity: Severity, sentence: String, remedy: String) {
    self.severity = severity
    self.sentence = sentence
    self.remedy = remedy
  }
}

extension Dataset {
  /// What these data are, as the data dialog says it:
  /// "12,000 images in 10 class folders, 224×224 after resize".
  package var summary: String {
    let isImage = exampleShape.count == 3 && [1, 3].contains(exampleShape[0])
    let size = isImage ? "\(exampleShape[1])×\(exampleShape[2])" : "\(exampleShape)"
    var text = "\(grouped(count)) \(isImage ? "image" : "array")\(count == 1 ? "" : "s")"
    if case .images = examples, case .classes(let classes, _) = targets {
      text += " in \(grouped(classes)) class folder\(classes == 1 ? "" : "s"), \(size)"
    } else {
      text += " of \(size)"
      if case .classes(let classes, _) = targets {
        text += " in \(grouped(classes)) class\(classes == 1 ? "" : "es")"
      }
    }
    if preprocessing.downsample > 1 {
      text += " after down-sampling by \(preprocessing.downsample)"
    } else if preprocessing.resize != nil {
      text += " after resize"
    }
    if case .arrays(let shape) = targets { text += ", targets \(shape)" }
    return text
  }

  /// Whether the data fit a model; empty when they do.
  ///
  /// - Parameters:
  ///   - inputShape: the model's input with its batch dimension, `[N, C, H, W]`, nil where free.
  ///   - outputs: how many classes the output has, where it has classes.
  ///   - outputShape: the output with its batch dimension, for losses that compare values and for class maps.
  package func check(
    against inputShape: [Int?], classes outputs: Int? = nil, output outputShape: [Int?]? = nil
  )
    -> [Finding]
  {
    inputFindings(Array(inputShape.dropFirst())) + labelFindings(outputs, outputShape ?? [])
      + targetFindings(outputShape.map { Array($0.dropFirst()) })
  }

  private func inputFindings(_ wanted: [Int?]) -> [Finding] {
    guard wanted.count == exampleShape.count else {
      return [
        Finding(
          severity: .error,
          sentence:
            "An example has the shape \(exampleShape), the model's input \(described(wanted)): \(exampleShape.count) dimensions for \(wanted.count).",
          remedy: "Give data with \(wanted.count) dimensions for each example.")
      ]
    }
    let names =
      wanted.count == 3 ? ["channels", "height", "width"] : (0..<wanted.count).map { "dimension \($0 + 1)" }
    var findings: [Finding] = []
    for (axis, name) in names.enumerated() {
      guard let length = wanted[axis], length != exampleShape[axis] else { continue }
      // One sentence for both sides of an image.
      if name == "width", let height = wanted[1], height != exampleShape[1] { continue }
      findings.append(
        Finding(
          severity: .error,
          sentence:
            "The data have \(exampleShape[axis]) for the \(name) of the input, the model wants \(length).",
          remedy: remedy(for: name, wanted)))
    }
    return findings
  }

  private func remedy(for name: String, _ wanted: [Int?]) -> String {
    if case .array(let array, .nchw) = examples, array.shape.count == 4, wanted[0] == array.shape[3],
      array.shape[1] != array.shape[3]
    {
      return "Set layout: nhwc."
    }
    switch name {
    case "channels":
      if wanted[0] == 1, exampleShape[0] == 3 { return "Set channels: gray." }
      if wanted[0] == 3, exampleShape[0] == 1 { return "Set channels: rgb." }
      return "Give data with \(wanted[0] ?? 0) channels, or set layout if the channels are last."
    case "height", "width":
      let factor = preprocessing.downsample
      let height = (wanted[1] ?? exampleShape[1]) * factor
      return "Set resize: [\(height), \((wanted[2] ?? exampleShape[2]) * factor)]."
    default: return "Give data of the shape \(described(wanted))."
    }
  }

  private func labelFindings(_ outputs: Int?, _ outputShape: [Int?]) -> [Finding] {
    // Class maps are looked at as targets.
    guard loss == .crossEntropy, targetArray == nil else { return [] }
    guard case .classes(let classes, _) = targets else {
      return [
        Finding(
          severity: .error, sentence: "Cross entropy needs labels, and the data have none.",
          remedy: "Set loss: output-energy, or give data with labels.")
      ]
    }
    if outputShape.dropFirst(2).contains(where: { $0 ?? 1 != 1 }) {
      return [
        Finding(
          severity: .error,
          sentence:
            "The data have one label an example, and the model's output \(described(Array(outputShape.dropFirst()))) is not one number a class.",
          remedy: "Name another output, give a map of classes an example, or set loss: output-energy.")
      ]
    }
    guard let outputs, classes != outputs else { return [] }
    if classes > outputs {
      return [
        Finding(
          severity: .error,
          sentence:
            "A label is \(classes - 1), and the model has \(grouped(outputs)) outputs (0 to \(outputs - 1)).",
          remedy: "Give data with labels below \(outputs), or set loss: output-energy.")
      ]
    }
    return [
      Finding(
        severity: .warning,
        sentence: "\(grouped(classes)) classes do not fill \(grouped(outputs)) outputs.",
        remedy:
          "Check that class k of the data is output k of the model, or set loss: output-energy to do without labels."
      )
    ]
  }

  private func targetFindings(_ wanted: [Int?]?) -> [Finding] {
    guard var wanted, case .arrays(let shape) = targets else { return [] }
    // A class map has the output's shape without its classes.
    if loss == .crossEntropy { wanted = Array(wanted.dropFirst()) }
    let fits = shape.count == wanted.count && zip(shape, wanted).allSatisfy { $1 == nil || $0 == $1 }
    guard !fits else { return [] }
    return [
      Finding(
        severity: .error,
        sentence:
          "The target has the shape \(shape), the model's output \(described(wanted))\(loss == .crossEntropy ? " for each class" : "").",
        remedy: "Give targets of the output's shape, or set target and downsample for an up-sampling network."
      )
    ]
  }

  private func described(_ shape: [Int?]) -> String {
    "[\(shape.map { $0.map(String.init) ?? "free" }.joined(separator: ", "))]"
  }
}
