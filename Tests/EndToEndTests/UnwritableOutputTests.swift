import Foundation
import Testing

/// Output that cannot be written ends the program as documented, with what it did done.
@Suite struct UnwritableOutputTests {
  /// Runs a line of a shell in which `$P` is the program and `$M` the model.
  private func shell(_ line: String, _ sample: Sample) throws -> Program.Outcome {
    try Program.launch(
      "/bin/bash", ["-c", line],
      environment: ["P": Program.executable, "M": sample.model, "O": sample.path("small.onnx")])
  }

  @Test(arguments: [
    "$P inspect $M > /dev/full", "$P inspect $M >&-", "$P --help > /dev/full", "$P help criteria > /dev/full",
    "$P --version >&-", "$P inspect $M --json > /dev/full", "$P criteria > /dev/full",
  ])
  func ofStandardOutput(line: String) throws {
    let outcome = try shell(line, try Sample())
    #expect(outcome.code == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("Standard output cannot be written"))
  }

  @Test func aReaderWhoLeavesEndsItQuietly() throws {
    let outcome = try shell("$P inspect $M | true; echo ${PIPESTATUS[0]}", try Sample())
    // Whether the reader is gone when the program writes is a matter of time.
    #expect(["0\n", "74\n"].contains(outcome.output), "\(outcome.output)")
    #expect(outcome.errors.isEmpty)
    let closed = try shell("{ sleep 1; $P inspect $M; echo $? >&2; } | true", try Sample())
    #expect(closed.errors == "74\n")
  }

  @Test(arguments: ["2>&-", "2> /dev/full", ">&- 2>&-", "< /dev/null <&-"]) func nothingElseIsLost(
    streams: String
  )
    throws
  {
    let sample = try Sample()
    let outcome = try shell(
      "$P prune $M -o $O --percent 10 --criterion l2 \(streams); echo code $? > ${O%/*}/code", sample)
    #expect(outcome.errors.isEmpty)
    let code = sample.bytes("code").map { String(decoding: $0, as: UTF8.self) }
    #expect(code == (streams.contains(">&- 2") ? "code 74\n" : "code 0\n"))
    #expect((try Program.run(["inspect", sample.path("small.onnx")])).code == 0, "the model is whole")
  }

  /// A failure that nobody can be told of has its code all the same.
  @Test func aFailureKeepsItsCode() throws {
    let outcome = try shell("$P inspect /nowhere.onnx > /dev/full 2> /dev/full; echo $?", try Sample())
    #expect(outcome.output == "66\n")
  }

  /// A disk that is full for every file above some size.
  @Test func aFullDiskLeavesNothingBehind() throws {
    let sample = try Sample()
    _ = try sample.write("older", to: "small.onnx")
    let before = try sample.names()
    let outcome = try shell(
      "trap '' XFSZ; ulimit -f 100; $P prune $M -o $O --percent 5 --criterion l2 --no-verify", sample)
    #expect(outcome.code == 73, "\(outcome.errors)")
    #expect(outcome.errors.contains("small.onnx cannot be written"))
    #expect(try sample.names() == before && sample.bytes("small.onnx") == Data("older".utf8))
  }
}
