import Reports
import Screens
import Session

extension EngineReport.Export {
  /// Writes the reports that were asked for, and gives all that was written.
  ///
  /// - Parameters:
  ///   - model: the model's file name.
  ///   - script: the shell script that repeats the session; `nil` where nothing of it can be repeated.
  func writingReports(on model: String, script: String?) throws -> ExportResult {
    var result = result
    for path in request.reportPaths {
      guard let format = ReportFormat(path: path) else { continue }
      let report = Report(
        on: history, model: model, evidence: evidence,
        commands: [result.command, script].compactMap { $0 }, data: data)
      let text = format.text(of: report)
      try Destination.write(text, to: path)
      result.files.append(.init(path: path, bytes: text.utf8.count))
    }
    return result
  }
}
