import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct IDXTests {
  /// Four 2×3 images counting up, with labels, under MNIST's names.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(idx([4, 2, 3], Array(0..<24)), "train-images-idx3-ubyte")
    try folder.write(idx([4], [2, 0, 1, 0]), "train-labels-idx1-ubyte")
    try folder.write(idx([2, 2, 3], Array(100..<112)), "t10k-images.idx3-ubyte")
    try folder.write(idx([2], [1, 2]), "t10k-labels.idx1-ubyte")
    return folder
  }

  @Test func aFolderHasATrainAndATestPart() throws {
    let folder = try folder()
    let train = try Dataset(path: folder.path)
    #expect(train.count == 4)
    #expect(train.split == .train)
    #expect(train.exampleShape == [1, 2, 3])
    #expect(train.targets == .classes(count: 3, names: nil))
    #expect(train.loss == .crossEntropy)
    #expect(train.summary == "4 images of 2×3 in 3 classes")
    let batch = try train.batch([3, 0])
    #expect(batch.shape == [2, 1, 2, 3])
    #expect(batch.labels == [0, 2])
    #expect(near(batch.inputs, [18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5].map { $0 / 255 }, within: 1e-6))
    let test = try Dataset(path: folder.path, preferring: [.test])
    #expect(test.split == .test)
    #expect(try test.batch([0, 1]).labels == [1, 2])
  }

  @Test(arguments: ["train-images-idx3-ubyte", "train", "train-im"]) func aFileOrPrefixFindsThePair(
    name: String
  ) throws {
    let folder = try folder()
    let dataset = try Dataset(path: "\(folder.path)/\(name)")
    #expect(dataset.count == 4)
    #expect(try dataset.batch(0..<4).labels == [2, 0, 1, 0])
  }

  @Test func gzipIsReadAndASubsetIsDeterministic() throws {
    let folder = try TemporaryFolder()
    let labels: [UInt8] = [0, 0, 0, 0, 1, 1, 2, 0]
    let images = try folder.write(idx([8, 1, 2], Array(0..<16)), "train-images-idx3-ubyte")
    try folder.write(idx([8], labels), "train-labels-idx1-ubyte")
    func cut(_ name: String) throws -> [UInt8] {
      let written = try IDX.subset(
        images: images, count: 5, imagesOutput: "\(folder.path)/\(name)-images-idx3-ubyte.gz",
        labelsOutput: "\(folder.path)/\(name)-labels-idx1-ubyte.gz")
      #expect(written == 5)
      return [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)-images-idx3-ubyte.gz")))
    }
    let bytes = try cut("a")
    #expect(try cut("b") == bytes)
    #expect(bytes.starts(with: [0x1f, 0x8b]))
    let dataset = try Dataset(path: "\(folder.path)/a")
    #expect(try dataset.batch(0..<5).labels == [0, 0, 1, 1, 2])
    #expect(near(try dataset.batch([2]).inputs, [8 / 255, 9 / 255], within: 1e-6))
  }

  @Test func wordsOfEveryTypeAreBigEndian() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0xff, 0xff], "a.idx")
    #expect(try Dataset(path: path).batch([0]).inputs == [256, -1])
  }

  @Test func brokenFilesAreNamedWithThePlace() throws {
    let folder = try TemporaryFolder()
    let short = try folder.write(idx([4, 2, 3], [1, 2]), "short-images-idx3-ubyte")
    #expect(
      failure { try Dataset(path: short) }?.sentence.contains("needs 24 bytes, 2 are there, at byte 16")
        == true)
    let huge = try folder.write(idx([0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff], [1]), "huge-images-idx3-ubyte")
    #expect(failure { try Dataset(path: huge) } != nil)
    let images = try folder.write(idx([2, 1, 1], [1, 2]), "train-images-idx3-ubyte")
    try folder.write(idx([3], [0, 0, 0]), "train-labels-idx1-ubyte")
    guard case .countsDiffer(_, 2, _, 3) = failure({ try Dataset(path: images) }) else {
      Issue.record("2 images do not go with 3 labels")
      return
    }
    #expect(
      failure { try Dataset(path: "\(folder.path)/nothing") }?.sentence.contains("no such file") == true)
    let noise = try folder.write([1, 2, 3, 4, 5], "noise")
    guard case .unrecognized = failure({ try Dataset(path: noise) }) else {
      Issue.record("noise is no data")
      return
    }
  }

  @Test func damagedFilesNeverTrap() throws {
    let folder = try TemporaryFolder()
    let plain = idx([3, 2, 2], Array(0..<12))
    let images = try folder.write(plain, "train-images-idx3-ubyte")
    try folder.write(idx([3], [0, 1, 2]), "train-labels-idx1-ubyte")
    try IDX.subset(
      images: images, count: 3, imagesOutput: "\(folder.path)/z-images-idx3-ubyte.gz",
      labelsOutput: "\(folder.path)/z-labels-idx1-ubyte.gz")
    let zipped = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/z-images-idx3-ubyte.gz")))
    for (seed, bytes) in [(1, plain), (2, zipped)] as [(UInt64, [UInt8])] {
      fuzz(bytes, seed: seed) {
        let dataset = try Dataset(path: folder.write($0, "fuzzed.idx"))
        _ = try dataset.batch(0..<min(dataset.count, 10))
      }
    }
  }

  @Test func aGzipBombStopsAtItsAnnouncedSize() throws {
    let folder = try TemporaryFolder()
    let images = try folder.write(
      idx([1, 1000, 4000], [UInt8](repeating: 0, count: 4_000_000)), "train-images-idx3-ubyte")
    try folder.write(idx([1], [0]), "train-labels-idx1-ubyte")
    let output = "\(folder.path)/bomb.gz"
    try IDX.subset(images: images, count: 1, imagesOutput: output, labelsOutput: "\(folder.path)/labels.gz")
    let member = [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    // A second member: more content than the header in the first announces.
    let bomb = try folder.write(member + member, "bomb2.gz")
    #expect(failure { try Dataset(path: bomb) }?.sentence.contains("longer than announced") == true)
    #expect(try Dataset(path: output).count == 1)
  }
}
