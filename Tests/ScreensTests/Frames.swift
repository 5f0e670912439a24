import Foundation
import TerminalUI
import Testing

/// Frames that were looked at and found good, a file each in `Fixtures/Screens`.
///
/// A frame that changes on purpose is written anew with `RECORD_FRAMES=1` in the environment, and looked at before it is kept.
enum Frames {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/Screens")
  private static let isRecording = ProcessInfo.processInfo.environment["RECORD_FRAMES"] != nil

  /// Compares a frame with the file of this name, row by row, and checks that no number in it is cut.
  static func expect(_ grid: Grid, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let file = folder.appending(path: name + ".txt")
    let found = grid.lines
    if isRecording {
      let text = found.map { $0 + "\n" }.joined()
      try? text.write(to: file, atomically: true, encoding: .utf8)
    }
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let wanted = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    for row in 0..<max(found.count, wanted.count) {
      let (one, other) = (row < found.count ? found[row] : nil, row < wanted.count ? wanted[row] : nil)
      #expect(one == other, "\(name), row \(row)", sourceLocation: sourceLocation)
    }
    expectWholeNumbers(grid, name, sourceLocation: sourceLocation)
  }

  /// Checks that no number ends in an ellipsis: what is left of it would be another number.
  static func expectWholeNumbers(
    _ grid: Grid, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard !grid.glyphs.isASCII else { return }
    for line in grid.lines {
      let cut = line.firstMatch(of: /(?:^|[\s│(→])[−+<]?\d[\d.,e−\-]*…/)
      #expect(cut == nil, "\(name): \(line)", sourceLocation: sourceLocation)
    }
  }
}
