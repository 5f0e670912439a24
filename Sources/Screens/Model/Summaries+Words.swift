internal import Datasets
internal import Errors
import Foundation
internal import Graph
internal import TerminalUI

extension Activity {
  /// Whether it goes on by itself, so that what somebody asks for comes first.
  var givesWay: Bool { [.scoring, .evaluating, .timing].contains(kind) }

  /// Units a second; `nil` before that was measured, and where it says nothing.
  var rate: Double? {
    kind == .timing || progress.done <= progress.doneBefore ? nil : progress.examplesPerSecond
  }

  /// The share that is done, 0…1; `nil` where the total is not known.
  var fraction: Double? {
    progress.total > 0 ? min(1, max(0, Double(progress.done) / Double(progress.total))) : nil
  }
}

extension RunProgress {
  /// What a unit is, as it stands before `/s`: `ex`, `passes`.
  var shownUnit: String { unit == "examples" ? "ex" : unit }
}

extension ModelSummary {
  /// The file's name, without folders.
  var fileName: String { path.nameInFolder }

  /// What it is: `ONNX opset 17`.
  var format: String { formatName + (opset.map { " opset \($0)" } ?? "") }

  /// The inputs as people write them: `3×224×224, batch free`.
  var input: String {
    inputs.map { $0.shape.shapeText + ($0.hasFreeBatch ? ", batch free" : "") }.joined(separator: "; ")
  }
}

extension DataSummary {
  /// More lines than the title.
  var details: [String] {
    (loss.map { ["loss \($0.rawValue)"] } ?? [])
      + (runBytes.map { ["\(Quantity.bytes($0)) of memory to compute an example"] } ?? [])
  }
}

extension DataInspection {
  /// What was found. Data that cannot be read at all have an error among the findings.
  var summary: DataSummary {
    switch result {
    case .success(let summary): summary
    case .failure(let error):
      DataSummary(
        title: "No data here.", examples: 0,
        findings: [Finding(severity: .error, sentence: error.sentence, remedy: error.remedy)])
    }
  }
}

extension DatasetConfiguration.Loss {
  /// As the data dialog offers it.
  var label: String {
    switch self {
    case .crossEntropy: "cross entropy"
    case .meanSquaredError: "mean squared error"
    case .absoluteError: "L1"
    case .charbonnier: "Charbonnier"
    case .binaryCrossEntropy: "binary cross entropy"
    case .outputEnergy: "output energy"
    }
  }
}

extension LogEntry {
  /// The time of day: `14:03:27`.
  var clock: String {
    let date = Date(timeIntervalSince1970: time)
    let seconds = Int(time.rounded(.down)) + TimeZone.current.secondsFromGMT(for: date)
    let parts = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60]
    return parts.map { ($0 < 10 ? "0" : "") + "\($0)" }.joined(separator: ":")
  }
}

extension LogEntry.Weight {
  /// How a line of this weight is drawn.
  var role: Role {
    switch self {
    case .note: .text
    case .success: .success
    case .warning: .warning
    case .error: .error
    }
  }
}

extension String {
  /// What the file of a path is called in its folder.
  var nameInFolder: String { split(separator: "/").last.map(String.init) ?? self }
}
