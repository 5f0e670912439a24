/// What stands beside the examples, as the loss needs it.
struct Answers {
  var loss: DatasetConfiguration.Loss
  var target: DatasetConfiguration.Target?
  var labels: [Int32]?
  var classCount = 0
  var targetArray: StoredArray?

  init(_ found: DataLocator.Found, settings: DatasetConfiguration, total: Int) throws {
    if let answers = found.answers, answers.rowCount != total || answers.shape.isEmpty {
      throw DatasetError.countsDiffer(
        first: found.path, firstCount: total, second: answers.source.path, secondCount: answers.rowCount)
    }
    let isLabelShaped = found.answers.map { $0.shape.dropFirst().allSatisfy { $0 == 1 } } ?? false
    let isLabels = isLabelShaped && found.answers?.elementType.isInteger == true
    if let loss = settings.loss {
      self.loss = loss
    } else if settings.target != nil || (settings.downsample ?? 1) > 1 {
      self.loss = .meanSquaredError
    } else if found.folderLabels != nil || isLabels {
      self.loss = .crossEntropy
    } else {
      self.loss = found.answers == nil ? .outputEnergy : .meanSquaredError
    }
    if loss.comparesValues {
      let target = settings.target ?? ((settings.downsample ?? 1) > 1 ? .image : .array)
      if target == .array, found.answers == nil {
        throw DatasetError.unsuitable(
          setting: "loss: \(loss.rawValue)", reason: "they have no array y to compare with",
          remedy: "Set target: input or target: image, or loss: output-energy.")
      }
      self.target = target
      if target == .array { targetArray = found.answers }
      return
    }
    if let target = settings.target {
      throw DatasetError.unsuitable(
        setting: "target: \(target.rawValue)", reason: "loss: \(loss.rawValue) compares with no array",
        remedy: "Set loss: mse, or leave the target out.")
    }
    if let labels = found.folderLabels {
      self.labels = labels
      self.classCount = found.classNames?.count ?? 0
    } else if loss == .crossEntropy, let answers = found.answers, !isLabelShaped,
      answers.elementType.isInteger
    {
      // A class for each place of the output.
      self.target = .array
      targetArray = answers
    } else if let answers = found.answers, loss == .crossEntropy || isLabels {
      guard isLabelShaped else {
        throw DatasetError.unsuitable(
          setting: "loss: \(loss.rawValue)",
          reason: "y has the shape \(answers.shape), not one label per example",
          remedy: "Give class indices as integers, or set loss: mse.")
      }
      let labels = try Self.labels(answers)
      self.labels = labels
      self.classCount = labels.max().map { Int($0) + 1 } ?? 0
    }
  }

  private static func labels(_ array: StoredArray) throws -> [Int32] {
    let values: [Int64]
    do {
      values = try array.integers()
    } catch DatasetError.badValue(let path, let index, _) {
      throw DatasetError.badLabel(path: path, index: index, value: "a fraction")
    }
    var labels: [Int32] = []
    labels.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard value >= 0, let label = Int32(exactly: value), label < Int32.max else {
        throw DatasetError.badLabel(path: array.source.path, index: index, value: String(value))
      }
      labels.append(label)
    }
    return labels
  }
}
