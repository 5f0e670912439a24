import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct ImageTests {
  private func sample(_ channel: Int) -> [Float] {
    (0..<Fixtures.height).flatMap { y in (0..<Fixtures.width).map { Fixtures.sample(channel, y, $0) } }
  }

  private var gray: [Float] {
    zip(zip(sample(0), sample(1)), sample(2)).map { 0.299 * $0.0 + 0.587 * $0.1 + 0.114 * $1 }
  }

  @Test func losslessImagesAreExact() throws {
    let rgb = try ImageCodec.planes(bytes: Pictures.rgbPNG, name: "a")
    #expect((rgb.channels, rgb.height, rgb.width) == (3, 12, 16))
    #expect(rgb.values == sample(0) + sample(1) + sample(2))
    #expect(try ImageCodec.planes(bytes: Pictures.alphaPNG, name: "a") == rgb)
    let deep = try ImageCodec.planes(bytes: Pictures.deepPNG, name: "a")
    #expect(deep.channels == 1 && deep.values == (0..<192).map(Float.init))
    let bit = try ImageCodec.planes(bytes: Pictures.bitPNG, name: "a")
    #expect(bit.channels == 1 && Array(bit.values[..<4]) == [0, 255, 0, 255])
    let palette = try ImageCodec.planes(bytes: Pictures.palettePNG, name: "a")
    #expect(
      palette.channels == 3 && [palette.values[0], palette.values[192], palette.values[384]] == [48, 40, 43])
    #expect(near(try ImageCodec.planes(bytes: Pictures.grayPNG, name: "a").values, gray, within: 1))
  }

  @Test func lossyImagesAreNear() throws {
    let all = sample(0) + sample(1) + sample(2)
    for bytes in [Pictures.rgbJPEG, Pictures.progressiveJPEG, Pictures.inksJPEG] {
      let planes = try ImageCodec.planes(bytes: bytes, name: "a")
      #expect(planes.channels == 3 && near(planes.values, all, within: 8))
    }
    let planes = try ImageCodec.planes(bytes: Pictures.grayJPEG, name: "a")
    #expect(planes.channels == 1 && near(planes.values, gray, within: 5))
  }

  @Test func aJPEGThatEndsEarlyIsAnError() {
    let cut = Array(Pictures.rgbJPEG.dropLast(60))
    guard
      case .malformed("cut.jpg", "JPEG", let offset, _) = failure({
        try ImageCodec.planes(bytes: cut, name: "cut.jpg")
      })
    else {
      Issue.record("it is malformed")
      return
    }
    #expect(offset > 0 && offset <= cut.count)
  }

  @Test func aHeaderLargerThanItsDataIsRefused() {
    // 60,000 × 60,000 in the IHDR chunk, its checksum made right for it.
    var bytes = Pictures.rgbPNG
    bytes.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
    var crc: UInt32 = 0xffff_ffff
    for byte in bytes[12..<29] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    bytes.replaceSubrange(29..<33, with: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~crc >> $0) })
    guard case .tooLarge = failure({ try ImageCodec.planes(bytes: bytes, name: "bomb.png") }) else {
      Issue.record("it is too large")
      return
    }
  }

  @Test func damagedImagesNeverTrap() {
    for (seed, bytes) in [
      Pictures.rgbPNG, Pictures.palettePNG, Pictures.rgbJPEG, Pictures.progressiveJPEG, Pictures.inksJPEG,
    ].enumerated() {
      fuzz(bytes, seed: UInt64(seed)) { _ = try ImageCodec.planes(bytes: $0, name: "x") }
    }
  }

  @Test func classFoldersTakeTurns() throws {
    let folder = try TemporaryFolder()
    for (name, count) in [("owl", 3), ("bee", 1), ("cat", 2)] {
      for index in 0..<count { try folder.write(Pictures.rgbPNG, "\(name)/\(index).png") }
    }
    try folder.write([1], "owl/notes.txt")
    let dataset = try Dataset(path: folder.path)
    #expect(dataset.targets == .classes(count: 3, names: ["bee", "cat", "owl"]))
    #expect(dataset.exampleShape == [3, 12, 16])
    #expect(try dataset.batch(0..<6).labels == [0, 1, 2, 1, 2, 2])
    #expect(dataset.summary == "6 images in 3 class folders, 12×16")
    let fitted = try Dataset(path: folder.path, fitting: [nil, 1, 6, 6])
    #expect(fitted.exampleShape == [1, 6, 6])
    #expect(fitted.summary == "6 images in 3 class folders, 6×6 after resize")
    #expect(fitted.check(against: [nil, 1, 6, 6], classes: 3).isEmpty)
  }

  @Test func aBrokenImageIsSkippedAndNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Pictures.rgbPNG, "a/1.png")
    let broken = try folder.write(Array(Pictures.rgbPNG.dropLast(80)), "b/1.png")
    try folder.write(Pictures.rgbPNG, "c/1.png")
    let batch = try Dataset(path: folder.path).batch(0..<3)
    #expect(batch.shape == [2, 3, 12, 16])
    #expect(batch.inputs.count == 2 * 3 * 12 * 16)
    #expect(batch.indices == [0, 2] && batch.labels == [0, 2])
    #expect(batch.skipped.map(\.name) == [broken] && batch.skipped[0].index == 1)
    #expect(batch.skipped[0].reason.contains("1.png"))
  }

  @Test func partsMayBeFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["train/a/1.png", "train/b/1.png", "val/a/1.png"] { try folder.write(Pictures.rgbPNG, name) }
    #expect(try Dataset(path: folder.path + "/").count == 2)
    #expect(try Dataset(path: folder.path, preferring: [.test, .validation]).count == 1)
    var configuration = DatasetConfiguration()
    configuration.split = .test
    #expect(
      failure { try Dataset(path: folder.path, configuration: configuration) }?.sentence.hasSuffix(
        "has no test part; it has train, validation.") == true)
  }

  @Test func imagesOfDifferentSizesNeedAResize() throws {
    let folder = try TemporaryFolder()
    try folder.write(Pictures.rgbPNG, "1.png")
    let alone = try Dataset(path: folder.path)
    #expect(alone.targets == .none && alone.loss == .outputEnergy)
    #expect(alone.check(against: [nil, 3, 12, 16]).isEmpty)
    #expect(alone.check(against: [nil, 3, 24, 24]).first?.remedy == "Set resize: [24, 24].")
    try folder.write(Pictures.tinyPNG, "2.png")
    let error = failure { try Dataset(path: folder.path) }
    #expect(error?.sentence.hasSuffix("differ in size: 1.png 12×16, 2.png 2×1.") == true)
    #expect(error?.remedy.contains("resize") == true)
    let fitted = try Dataset(path: folder.path, fitting: [1, 3, 4, 4])
    #expect(try fitted.batch(0..<2).shape == [2, 3, 4, 4])
  }

  private func resized(_ resize: DatasetConfiguration.Resize) throws -> [Float] {
    let folder = try TemporaryFolder()
    try folder.write(Pictures.rgbPNG, "1.png")
    var configuration = DatasetConfiguration()
    configuration.resize = resize
    configuration.scale = 1
    return try Dataset(path: folder.path, configuration: configuration).batch([0]).inputs
  }

  @Test func resizingEqualsPillow() throws {
    let stretched = try resized(.init(height: 5, width: 7, mode: .stretch))
    #expect(near(Array(stretched[..<35]), Fixtures.stretched5x7, within: 0.01))
    let large = try resized(.init(height: 18, width: 20, mode: .stretch))
    let picked = stride(from: 0, to: 18, by: 5).flatMap { y in
      stride(from: 0, to: 20, by: 6).map { large[360 + y * 20 + $0] }
    }
    #expect(near(picked, Fixtures.enlarged, within: 0.01))
    #expect(near(Array(try resized(.init(height: 6, width: 6))[72...]), Fixtures.cropped6, within: 0.01))
    let shorter = try resized(.init(height: 6, width: 6, shorter: 8))
    #expect(near(Array(shorter[72...]), Fixtures.cropped6of8, within: 0.01))
  }

  /// Arrays may have examples without elements, of which no size can be made.
  @Test(arguments: [[2, 1, 0, 6], [2, 3, 4, 0], [2, 0, 4, 4]])
  func whatHasNoElementsIsNotResized(shape: [Int]) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/x.npy"
    try NumPyArray(shape: shape, floats: []).write(to: path)
    var configuration = DatasetConfiguration()
    configuration.resize = .init(height: 4, width: 4)
    let error = failure { try Dataset(path: path, configuration: configuration) }
    #expect(error?.remedy == "Give data that have elements.")
  }

  @Test func channelsAndNormalization() throws {
    let folder = try TemporaryFolder()
    try folder.write(Pictures.rgbPNG, "1.png")
    var configuration = DatasetConfiguration()
    configuration.channels = .bgr
    configuration.scale = 1
    configuration.mean = [1, 2, 3]
    configuration.deviation = [2]
    let inputs = try Dataset(path: folder.path, configuration: configuration).batch([0]).inputs
    let expected =
      sample(2).map { ($0 - 1) / 2 } + sample(1).map { ($0 - 2) / 2 } + sample(0).map { ($0 - 3) / 2 }
    #expect(near(inputs, expected, within: 1e-4))
    configuration.channels = .gray
    configuration.mean = nil
    configuration.deviation = nil
    #expect(
      near(try Dataset(path: folder.path, configuration: configuration).batch([0]).inputs, gray, within: 0.01)
    )
    configuration.mean = [1, 2, 3]
    #expect(
      failure { try Dataset(path: folder.path, configuration: configuration) }?.sentence
        == "mean does not go with these data: it has 3 values for 1 channels.")
  }
}
