import Foundation
import TestSupport
import Testing

/// `bench keys`, whose keys go to a tmux of its own.
@Suite(.enabled(if: TerminalSession.isAvailable)) struct BenchKeysTests {
  private struct Report: Decodable {
    let keys: Int
    let medianMilliseconds: Double
    let highestMilliseconds: Double
  }

  /// tmux must end with it: it once inherited that signals were blocked, and was waited for without end.
  @Test func keysAreTimedAndTmuxEnds() throws {
    let model = Program.samples.appending(path: "reference.onnx").path
    let outcome = try Program.run(["bench", "keys", model, "--keys", "1", "--first", "B", "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.keys > 100)
    #expect(0 < report.medianMilliseconds && report.medianMilliseconds <= report.highestMilliseconds)
  }
}
