import Foundation
import Testing

/// What tests of iterations do on the screen.
extension TerminalSession {
  /// Opens the sample on a small part of its data, so that a step or an epoch takes a second.
  static func openingLittleData(
    of sample: Sample? = nil, width: Int, height: Int, environment: [String: String] = [:],
    command: String = "secateur reference.onnx"
  ) throws -> TerminalSession {
    let sample = try sample ?? Sample()
    let configuration = String(decoding: try #require(sample.bytes("reference.yaml")), as: UTF8.self)
    _ = try sample.write(configuration + "\nlimit: 600\n", to: "reference.yaml")
    return try opening(sample, width: width, height: height, environment: environment, command: command)
  }

  /// Runs a command by its line.
  func run(_ line: String) throws {
    try type(":" + line)
    try press("Enter")
  }

  /// Prunes to a target by hand, which makes an iteration.
  func prune(to target: String) throws {
    try run("target \(target)")
    // What is proposed is said below, until an accuracy that comes late is; the header has it for as long as it stands.
    try wait(what: "what is proposed for \(target)") { lines in
      lines.contains { $0.contains("Proposed for \(target)") }
        || lines.prefix(3).contains { $0.contains(#/→.*MACs/#) }
    }
    try type("P")
    try wait(for: "It becomes a new iteration")
    try type("y")
  }
}
