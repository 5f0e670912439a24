import Foundation
import TestSupport
import Testing

/// A model that was made to harm ends with a documented code, a sentence and a remedy: no signal, within seconds.
@Suite struct HostileFileTests {
  private static let documented: Set<Int32> = [0, 64, 65, 66, 69]

  @Test(arguments: CaseFile.hostile) func inspectRefusesOrLists(file: URL) throws {
    let start = ContinuousClock.now
    let outcome = try Program.run(["inspect", file.path])
    let said = Comment(rawValue: "\(file.lastPathComponent): exit \(outcome.code)\n\(outcome.errors)")
    #expect(Self.documented.contains(outcome.code), said)
    #expect(ContinuousClock.now - start < .seconds(20), said)
    let lines = outcome.errors.split(separator: "\n")
    if outcome.code == 0 {
      #expect(lines.isEmpty, said)
    } else {
      #expect(outcome.output.isEmpty, said)
      #expect(lines.count == 2 && lines[0].hasPrefix("secateur: ") && lines[0].hasSuffix("."), said)
    }
  }

  /// `Expand` of one number to 30000×20000, in 91 bytes.
  private static let expansion = """
    CAg6UQoRCgF4CgFzEgF5IgZFeHBhbmQSAWcqGQgCEAdCAXNKEDB1AAAAAAAAIE4AAAAAAABaEwoBeBIOCgwIARIICgIIAQoCCAFiCQoBeRIECgII\
    AUIECgAQEQ==
    """

  /// An NPY file of one number, [1, 1].
  private static let number: Data = {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }"
    let text = header + String(repeating: " ", count: 117 - header.count) + "\n"
    return Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(text.utf8) + Data([0, 0, 128, 63])
  }()

  @Test func aRunThatTheBudgetDoesNotHoldIsRefused() throws {
    let sample = try Sample()
    let model = try sample.write(try #require(Data(base64Encoded: Self.expansion)), to: "expansion.onnx")
    let input = try sample.write(Self.number, to: "x.npy")
    let outcome = try Program.run([
      "infer", model, "--input", input, "-o", sample.path("y.npz"), "--memory", "1G",
    ])
    #expect(outcome.code == 65, Comment(rawValue: outcome.errors))
    #expect(outcome.errors.contains("2.4 GB") && outcome.errors.contains("--memory 3G"))
    #expect(!FileManager.default.fileExists(atPath: sample.path("y.npz")))
    let inspected = try Program.run(["inspect", model])
    #expect(inspected.code == 0 && inspected.output.contains("GB of memory"))
  }

  @Test func whatUnpacksToMoreThanTheBudgetIsRefused() throws {
    let sample = try Sample()
    let data = sample.path("train-images-idx3-ubyte.gz")
    // 4096 pictures of 128×128 zeros.
    let made = try Program.launch(
      "/bin/sh",
      [
        "-c",
        #"(printf '\0\0\010\003\0\0\020\0\0\0\0\200\0\0\0\200'; head -c 67108864 /dev/zero) | gzip > "$0""#,
        data,
      ])
    try #require(made.code == 0, Comment(rawValue: made.errors))
    let outcome = try Program.run(["evaluate", sample.model, "--data", data, "--memory", "32M"])
    #expect(outcome.code == 65, Comment(rawValue: outcome.errors))
    #expect(outcome.errors.contains("67 MB") && outcome.errors.contains("--memory"))
  }

  @Test func aBudgetThatIsNoneIsWrongUsage() throws {
    let outcome = try Program.run(["inspect", try Sample().model, "--memory", "much"])
    #expect(outcome.code == 64 && outcome.errors.contains("--memory"))
  }
}
