import Reports
import Screens
import Session

extension EngineReport.Export {
  /// Writes the reports that were asked for, and gives all that was written.
  ///
  /// - Parameter model: the model's file name.
  func writingReports(on model: String) throws -> ExportResult {
    var result = result
    for path in request.reportPaths {
      guard let format = ReportFormat(path: path) else { continue }
      let report = Report(
        on: history, model: model, commands: result.command.map { [$0] } ?? [], data: data)
      let text = format.text(of: report)
      try Destination.write(text, to: path)
      result.files.append(.init(path: path, bytes: text.utf8.count))
    }
    return result
  }
}
