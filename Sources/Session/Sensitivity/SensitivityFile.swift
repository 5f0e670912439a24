import Foundation
public import Pruning

/// Curves of sensitivity as JSON on disk.
public enum SensitivityFile: Sendable {
  /// Reads curves; `nil` where there is no file yet.
  ///
  /// - Throws: `unreadable`, and `unfit` for a file that holds something else.
  public static func read(_ path: String) throws -> SensitivityTable? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SessionError.unreadable(path: path)
    }
    guard let table = try? JSONDecoder.ofResults.decode(SensitivityTable.self, from: data) else {
      throw SessionError.unfit(
        sentence: "\(path) holds no curves of sensitivity.",
        remedy: "Give another file, or delete it to measure anew.")
    }
    return table
  }

  /// Writes curves, complete or not at all.
  public static func write(_ table: SensitivityTable, to path: String) throws {
    let encoder = JSONEncoder.ofResults
    encoder.outputFormatting.insert(.prettyPrinted)
    guard let data = try? encoder.encode(table) else {
      preconditionFailure("a table of numbers and names always encodes")
    }
    try Destination.write(String(decoding: data, as: UTF8.self) + "\n", to: path)
  }
}
