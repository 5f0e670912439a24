public import Datasets

extension Loss {
  /// The loss that a data set's configuration names.
  public init(_ loss: DatasetConfiguration.Loss) {
    switch loss {
    case .crossEntropy: self = .crossEntropy
    case .meanSquaredError: self = .meanSquaredError
    case .outputEnergy: self = .outputEnergy
    }
  }
}

extension Batch {
  /// What this batch's outputs are compared with under `loss`.
  public func targets(for loss: Loss) -> Targets {
    switch loss {
    case .crossEntropy: labels.map(Targets.classes) ?? .none
    case .meanSquaredError: targets.map(Targets.values) ?? .none
    case .outputEnergy: .none
    }
  }
}
