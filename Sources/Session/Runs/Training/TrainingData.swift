public import Datasets

/// The parts of some data that a training run needs.
public struct TrainingData: Sendable {
  /// What is learned from.
  public let training: Dataset
  /// What epochs are compared on: the data's own validation part, or a share of the training part that is not learned
  /// from; `nil` where neither is there.
  public let validation: Dataset?
  /// What is measured at the end: the data's own test part, if they have one.
  public let test: Dataset?

  /// The share of the training part that is set aside where the data have no validation part and nobody says how much.
  package static let usualValidationShare = 0.1

  /// Opens the parts for a model.
  ///
  /// - Parameter configuration: its `validation` is the share that is set aside; 0 for none.
  public init(
    _ workbench: Workbench, configuration: DatasetConfiguration
  ) throws {
    guard configuration.data != nil else { throw SessionError.noData }
    if let split = configuration.split, split != .train {
      throw DatasetError.unsuitable(
        setting: "split: \(split.rawValue)", reason: "training takes the train part itself",
        remedy: "Leave the split out.")
    }
    func part(_ split: Split, _ configuration: DatasetConfiguration) throws -> Dataset? {
      var configuration = configuration
      configuration.split = split
      do {
        return try workbench.open(configuration)
      } catch DatasetError.missingPart where split != .train {
        return nil
      }
    }
    var own = configuration
    own.validation = nil
    var shared = configuration
    if let found = try part(.validation, own) {
      validation = found
    } else {
      shared.validation = configuration.validation ?? Self.usualValidationShare
      validation = shared.validation == 0 ? nil : try part(.validation, shared)
      // A handful of examples has no tenth.
      if validation == nil { shared.validation = nil }
    }
    guard let training = try part(.train, shared) else { throw SessionError.noData }
    self.training = training
    test = try part(.test, shared)
  }

  /// What a person should know about these parts and a model together.
  package func findings(for workbench: Workbench) throws -> [Finding] {
    try workbench.findings(for: training)
  }
}
