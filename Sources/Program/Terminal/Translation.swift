import Datasets
import Foundation
import Graph
import Pruning
import Reports
import Schedules
import Screens
import Session
import TerminalUI

/// What the session says, in the words of the screens. The two modules do not know each other.
extension EngineSnapshot {
  /// - Parameter previous: the snapshot before; large parts that did not change are taken from it.
  init(_ session: SessionSnapshot, after previous: EngineSnapshot) {
    self.init()
    guard let history = session.history, let file = session.model else {
      log = session.log.map(LogLine.init)
      failure = session.failure.map(Failure.init)
      busyCount = session.busyCount
      return
    }
    let now = history.now.network
    generation = session.generation
    model = ModelCard(session.model ?? file, original: history.original.network)
    structure =
      previous.structure?.version == session.networkVersion
      ? previous.structure
      : Versioned(Structure(bound: now.bound, groups: now.groups), version: session.networkVersion)
    scores =
      previous.scores?.version == session.scoresVersion
      ? previous.scores : session.scores.map { Versioned($0, version: session.scoresVersion) }
    latency =
      previous.latency?.version == session.latencyVersion
      ? previous.latency : session.latency.map { Versioned($0, version: session.latencyVersion) }
    latencyProblem = session.latencyProblem
    widths =
      previous.widths?.version == session.widthsVersion
      ? previous.widths : Versioned(session.widths, version: session.widthsVersion)
    sensitivity =
      previous.sensitivity?.version == session.sensitivityVersion
      ? previous.sensitivity : session.sensitivity.map { Versioned($0, version: session.sensitivityVersion) }
    scoring = ScoringState(
      isRunning: session.isScoring, examples: session.scores?.examples ?? 0)
    work = session.activity.map(WorkProgress.init)
    training = session.training
    isIterating = session.isIterating
    isKept = session.resumption != nil && session.keepingFailure == nil
    iterations = history.iterations.map(\.summary)
    latencyConditions = session.latencyConditions
    currentIteration = history.current
    data = session.dataset.map { DataSummary($0, findings: session.findings) }
    timeline = (session.hosted as? ScheduleView).map(TimelineSummary.init)
    log = session.log.map(LogLine.init)
    failure = session.failure.map(Failure.init)
    busyCount = session.busyCount
    awaitedExport = session.awaitedExport
  }
}

extension ModelCard {
  init(_ file: SessionSnapshot.Model, original: OpenNetwork) {
    let axes = original.network.batchAxes
    let inputs = original.network.inputs.map { input -> String in
      var shape = original.bound.shape(of: input) ?? []
      guard axes.fixed == nil, let axis = axes.axis(of: input), shape.indices.contains(axis) else {
        return shape.shapeText
      }
      shape.remove(at: axis)
      return shape.shapeText + ", batch free"
    }
    self.init(
      name: (file.path as NSString).lastPathComponent, path: file.path,
      format: file.formatName + (file.formatName == "ONNX" ? " opset \(original.network.opset)" : ""),
      input: inputs.joined(separator: "; "),
      bytes: file.bytes)
  }
}

extension WorkProgress {
  init(_ activity: SessionSnapshot.Activity) {
    let progress = activity.progress
    self.init(
      phase: activity.kind == .timing ? Self.timing : activity.kind.rawValue, done: progress.done,
      total: progress.total,
      rate: progress.done > 0 && activity.kind != .timing ? progress.examplesPerSecond : nil,
      unit: progress.unit == "examples" ? "ex" : progress.unit, secondsLeft: progress.secondsLeft)
  }
}

extension LogLine {
  init(_ entry: SessionSnapshot.LogEntry) {
    let weight: Weight =
      switch entry.weight {
      case .note: .note
      case .success: .success
      case .warning: .warning
      case .error: .error
      }
    let time = Date(timeIntervalSince1970: entry.time).formatted(
      .dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits).second(.twoDigits)
        .locale(Locale(identifier: "en_GB")))
    self.init(time: time, weight: weight, text: entry.text)
  }
}

extension Failure {
  init(_ failure: (number: Int, error: SessionError)) {
    self.init(id: failure.number, sentence: failure.error.sentence, remedy: failure.error.remedy)
  }
}

extension DataSummary {
  init(_ dataset: Dataset, findings: [Finding]) {
    self.init(
      title: dataset.summary, examples: dataset.count, details: ["loss \(dataset.loss.rawValue)"],
      findings: findings.map { finding in
        DataFinding(
          finding.severity == .error ? .error : .warning, finding.sentence, remedy: finding.remedy)
      })
    hasAnswers = dataset.loss != .outputEnergy
  }

  init(_ result: Result<EngineReport.DataInspection, SessionError>) {
    switch result {
    case .success(let found):
      self.init(found.dataset, findings: found.findings)
      if let bytes = found.runBytes {
        details.append("\(Quantity.bytes(bytes)) of memory to compute an example")
      }
    case .failure(let error):
      self.init(
        title: "No data here.", examples: 0,
        findings: [DataFinding(.error, error.sentence, remedy: error.remedy)])
    }
  }
}

extension EngineCommand.ExportRequest {
  init(_ request: ExportRequest) {
    let stem = request.keptPath.map { ($0 as NSString).deletingPathExtension }
    self.init(
      modelPath: request.modelPath, planPath: request.planPath,
      keptPaths: request.keptPath.map { [$0, "\(stem ?? $0).npz"] } ?? [],
      snippetPath: stem.map { "\($0).py" },
      reportPaths: [request.reportPath].compactMap { $0 }, overwrites: request.overwrites,
      duringChange: DuringChange(request.duringChange))
  }
}

extension EngineCommand.ExportRequest.DuringChange {
  init(_ choice: ExportRequest.DuringChange) {
    self =
      switch choice {
      case .ask: .refuse
      case .wait: .wait
      case .writeEarlier: .writeEarlier
      }
  }
}

extension EngineReport.ExportResult {
  /// Writes the reports that were asked for; gives what was written, with sizes in bytes.
  func writeReports(on model: String) throws(SessionError) -> [(path: String, bytes: Int)] {
    var written: [(path: String, bytes: Int)] = []
    for path in request.reportPaths {
      guard let format = ReportFormat(path: path) else { continue }
      let report = Report(on: history, model: model, commands: command.map { [$0] } ?? [], data: data)
      let text = format.text(of: report)
      try Destination.write(text, to: path)
      written.append((path, text.utf8.count))
    }
    return written
  }
}

extension ExportOutcome {
  /// - Parameter model: the model's file name, for reports.
  init(_ result: Result<EngineReport.ExportResult, SessionError>, model: String) {
    let result = result.flatMap { written in
      Result { () throws(SessionError) in (written, try written.writeReports(on: model)) }
    }
    switch result {
    case .success((let written, let reports)):
      let checks = written.largestDifference.map {
        [
          "pruned = masked on \(written.examples) examples, largest difference \(Quantity.scientific($0)) relative"
        ]
      }
      self = .written(
        ExportReport(
          files: (written.files + reports).map { .init(path: $0.path, bytes: $0.bytes) },
          checks: checks ?? [],
          command: written.command ?? ""))
    case .failure(.exists(let paths)): self = .exists(paths)
    case .failure(.changing(let change)): self = .changing(change.sentence)
    case .failure(let error): self = .failed(sentence: error.sentence, remedy: error.remedy)
    }
  }
}

extension DataDraft {
  /// The draft as settings for the data.
  func configuration() throws(DatasetError) -> DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.data = [path] + (labels.map { [$0] } ?? [])
    configuration.scale = scale
    configuration.mean = mean
    configuration.deviation = standardDeviation
    configuration.loss =
      switch loss {
      case .automatic: nil
      case .crossEntropy: .crossEntropy
      case .meanSquaredError: .meanSquaredError
      case .absoluteError: .absoluteError
      case .charbonnier: .charbonnier
      case .binaryCrossEntropy: .binaryCrossEntropy
      case .outputEnergy: .outputEnergy
      }
    return configuration
  }
}
