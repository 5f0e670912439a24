import Datasets
import Foundation
import Graph
import Pruning
import Reports
import Schedules
import Screens
import Session
import TerminalUI

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
