package import Datasets

extension Loss {
  /// The loss that a data set's configuration names.
  package init(_ loss: DatasetConfiguration.Loss) {
    switch loss {
    case .crossEntropy: self = .crossEntropy
    case .meanSquaredError: self = .meanSquaredError
    case .absoluteError: self = .absoluteError
    case .charbonnier: self = .charbonnier
    case .binaryCrossEntropy: self = .binaryCrossEntropy
    case .outputEnergy: self = .outputEnergy
    }
  }
}

extension Batch {
  /// What this batch's outputs are compared with under `loss`.
  package func targets(for loss: Loss) -> Targets {
    switch loss {
    // Without a label an example the targets are class maps.
    case .crossEntropy: labels.map(Targets.classes) ?? classMaps
    case .meanSquaredError, .absoluteError, .charbonnier, .binaryCrossEntropy:
      targets.map(Targets.values) ?? .none
    case .outputEnergy: .none
    }
  }

  private var classMaps: Targets {
    guard let targets else { return .none }
    return .classes(targets.map { $0 >= 0 && $0 < 0x1p24 ? Int($0) : Targets.unlabelled })
  }
}
