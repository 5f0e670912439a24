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

  /// Checks that the shell has its terminal back as it was.
  func expectSaneShell(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try waitForShell(sourceLocation: sourceLocation)
    try enter("clear; stty -a; tput cols")
    try wait(for: "echok", sourceLocation: sourceLocation)
    try waitForShell(sourceLocation: sourceLocation)
    let settings = try screen().joined(separator: " ").split(separator: " ")
    for setting in ["icanon", "echo", "isig", "opost", "icrnl"] {
      #expect(settings.contains(Substring(setting)), "\(setting) is off", sourceLocation: sourceLocation)
    }
  }

  /// The row of a layer in the table.
  static func row(_ layer: String, in lines: [String]) -> String? {
    lines.first { $0.contains(" \(layer) ") && $0.contains("│") && !$0.contains("Kernels of") }
  }

  /// The kernels that the table keeps of a layer.
  static func kept(of layer: String, in lines: [String]) -> Int? {
    row(layer, in: lines)?.firstMatch(of: #/%\s+(\d+)\D/#).flatMap { Int($0.1) }
  }
}
