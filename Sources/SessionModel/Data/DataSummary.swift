package import Datasets
package import Errors

/// What data are, as they were found or attached.
package struct DataSummary: Sendable, Hashable {
  /// One line: `12,000 images in 10 class folders`.
  package var title: String
  /// How many examples there are.
  package var examples: Int
  /// What the output is measured by; `nil` where that was not found out.
  package var loss: DatasetConfiguration.Loss?
  /// What a person should know of them and the model together.
  package var findings: [Finding]
  /// Memory that computing one example takes, weights included; `nil` where it was not asked for, or the model cannot be
  /// computed.
  package var runBytes: Int?

  /// A summary from its parts.
  package init(
    title: String, examples: Int, loss: DatasetConfiguration.Loss? = nil, findings: [Finding] = [],
    runBytes: Int? = nil
  ) {
    self.title = title
    self.examples = examples
    self.loss = loss
    self.findings = findings
    self.runBytes = runBytes
  }

  /// Whether the data can be used.
  package var isUsable: Bool { !findings.contains { $0.severity == .error } }

  /// Whether they say what is right, so that a network can be trained by them alone.
  package var hasAnswers: Bool { loss != .outputEnergy }
}

/// What looking at data found.
package struct DataInspection: Sendable, Hashable {
  /// What was looked at.
  package let configuration: DatasetConfiguration
  /// What was found, or why it cannot be read.
  package let result: Result<DataSummary, CaughtError>

  /// What was found.
  package init(of configuration: DatasetConfiguration, _ result: Result<DataSummary, CaughtError>) {
    self.configuration = configuration
    self.result = result
  }
}
