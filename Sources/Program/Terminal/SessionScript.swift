import Datasets
import Formats
import Foundation
import Screens
import Session

/// The shell script that repeats a session without a terminal.
struct SessionScript {
  /// The script's text.
  let text: String

  /// The text with what it does not repeat, as comments.
  var commented: String { text + gaps.map { "# Not repeated: \($0)\n" }.joined() }

  /// What was done and cannot be repeated by a command, in sentences.
  let gaps: [String]

  /// The script of what was done; `nil` where no command makes an iteration.
  init?(_ request: ScriptRequest) throws {
    let data = try Workbench.dataConfiguration(besideModel: request.model, flags: DatasetConfiguration())
    let script = ShellScript(request, dataYAML: data.data == nil ? nil : data.yaml) {
      ShellWord($0).description
    }
    guard script.stepCount > 0 else { return nil }
    (text, gaps) = (script.text, script.gaps)
  }

  /// The script that leads to the current iteration of a kept session; `nil` where nothing was noted of how it was made.
  init?(of workbench: Workbench, in folder: String) throws {
    var path: [Int] = []
    var next = workbench.history[workbench.history.current]
    while let iteration = next {
      path.insert(iteration.id, at: 0)
      next = iteration.parent.flatMap { workbench.history[$0] }
    }
    let record = Self.record(in: folder)
    guard !record.isEmpty else { return nil }
    try self.init(
      ScriptRequest(
        record: record, path: path, model: workbench.path,
        isMXNet: workbench.file.formatName == "MXNet"))
  }

  /// The file in a session's folder that says what was done.
  static func recordPath(in folder: String) -> String { folder + "/record.txt" }

  /// What was done in a session, oldest first.
  static func record(in folder: String) -> [RecordEntry] {
    guard let text = FileManager.default.contents(atPath: recordPath(in: folder)) else { return [] }
    return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
      RecordEntry(line: String($0))
    }
  }
}
