import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  @Test func everySettingIsRead() throws {
    let text = """
      # beside reference.onnx
      data: ../fashion
      split: test
      validation: 0.1
      test: 0.2
      layout: nhwc
      scale: 1/255
      mean: [0.485, 0.456, 0.406]
      deviation: 0.5
      resize: {height: 224, width: 200, mode: crop, shorter: 256}
      channels: bgr
      limit: 100
      seed: -1
      loss: mse
      loss-at: [logits, "aux=b", aux=0.25]
      target: image
      downsample: 2
      """
    let read = try DatasetConfiguration(yaml: text, path: "a.yaml")
    var expected = DatasetConfiguration()
    expected.data = ["../fashion"]
    expected.split = .test
    expected.validation = 0.1
    expected.test = 0.2
    expected.layout = .nhwc
    expected.scale = 1.0 / 255
    expected.mean = [0.485, 0.456, 0.406]
    expected.deviation = [0.5]
    expected.resize = .init(height: 224, width: 200, mode: .crop, shorter: 256)
    expected.channels = .bgr
    expected.limit = 100
    expected.seed = .max
    expected.loss = .meanSquaredError
    expected.lossAt = [
      LossTerm(value: "logits"), LossTerm(value: "aux=b"), LossTerm(value: "aux", weight: 0.25),
    ]
    expected.target = .image
    expected.downsample = 2
    #expect(read == expected)
    #expect(try DatasetConfiguration(yaml: read.yaml, path: "b.yaml") == expected)
    #expect(try DatasetConfiguration(yaml: "resize: 32", path: "a").resize == .init(height: 32, width: 32))
    #expect(try DatasetConfiguration(yaml: "resize: [8, 9]", path: "a").resize == .init(height: 8, width: 9))
    #expect(try DatasetConfiguration(yaml: "# nothing\n", path: "a") == DatasetConfiguration())
  }

  @Test(
    arguments: [
      ("seed: 1\nmena: 3", 2, "mena is not a setting"),
      ("\n\nloss: huber", 3, "huber is not a value of loss"),
      ("scale: wide", 1, "scale is a number"),
      ("loss-at: a=nan", 1, "loss-at is a value's name, or names with weights: logits, aux=0.4"),
      ("seed: 1\nlimit: 0", 2, "limit is a number from 1"),
      ("deviation: [1, 0]", 1, "deviation is a number other than 0, or one per channel"),
      ("resize:\n  height: 3\n  depth: 3", 3, "depth is not a setting of resize"),
      ("mean: [1, 2", 1, nil),
      ("- a\n- b", 1, nil),
      ("seed: 1\nseed: 2", 1, nil),
    ] as [(String, Int, String?)])
  func mistakesHaveALine(text: String, line: Int, reason: String?) {
    guard
      case .configuration("a.yaml", let found, let why, _) = failure({
        try DatasetConfiguration(yaml: text, path: "a.yaml")
      })
    else {
      Issue.record("it is a mistake in the configuration")
      return
    }
    #expect(abs(found - line) <= (reason == nil ? 1 : 0))
    if let reason { #expect(why == reason) }
  }

  @Test func anyPathSurvivesWriting() throws {
    var configuration = DatasetConfiguration()
    configuration.data = ["a: \"b\"\\\n#é", "true"]
    #expect(try DatasetConfiguration(yaml: configuration.yaml, path: "a.yaml") == configuration)
  }

  @Test func allowedNamesAreListed() {
    let error = failure { try DatasetConfiguration(yaml: "loss: huber", path: "a.yaml") }
    #expect(error?.remedy == "Use one of: cross-entropy, mse, l1, charbonnier, bce, output-energy.")
    #expect(
      failure { try DatasetConfiguration(yaml: "x: 1", path: "a") }?.remedy.contains("deviation") == true)
  }

  @Test func flagsWinOverTheFileBesideTheModel() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("data: here\nlimit: 5\nseed: 7".utf8), "net.yaml")
    let file = try #require(try DatasetConfiguration.beside(model: "\(folder.path)/net.onnx"))
    #expect(file.data == ["\(folder.path)/here"])
    #expect(try DatasetConfiguration.beside(model: "\(folder.path)/other.onnx") == nil)
    var flags = DatasetConfiguration()
    flags.limit = 2
    let merged = flags.merged(over: file)
    #expect(merged.limit == 2 && merged.seed == 7)
  }

  @Test func flagsAreCheckedToo() throws {
    var flags = DatasetConfiguration()
    flags.validation = 1.5
    #expect(
      failure { try Dataset(path: "/", configuration: flags) }?.sentence.hasPrefix("validation") == true)
  }

  @Test func damagedTextNeverTraps() throws {
    let text = "data: [a, b]\nmean: [0.1, 2]\nresize: {height: 3, width: 4}\nloss: mse # why\nsplit: 'test'\n"
    fuzz(Array(text.utf8), seed: 5, rounds: 2000) {
      _ = try DatasetConfiguration(yaml: String(decoding: $0, as: UTF8.self), path: "a")
    }
    for deep in ["[", "- ", "{a: ", "? ", "a: &x [*x, "] {
      let nested = String(repeating: deep, count: 5_000)
      #expect(failure { try DatasetConfiguration(yaml: nested, path: "a") } != nil)
    }
  }
}
