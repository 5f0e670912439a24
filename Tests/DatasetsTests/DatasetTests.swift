import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct DatasetTests {
  /// `count` examples of `shape`, counting up, with labels `index % classes`.
  private func archive(_ count: Int, _ shape: [Int], classes: Int, in folder: TemporaryFolder) throws
    -> String
  {
    var archive = NumPyArchive()
    let size = shape.reduce(1, *)
    archive["x"] = try NumPyArray(shape: [count] + shape, floats: (0..<(count * size)).map(Float.init))
    archive["y"] = try NumPyArray(shape: [count], integers: (0..<count).map { Int64($0 % classes) })
    let path = "\(folder.path)/data.npz"
    try archive.write(to: path, compressed: true)
    return path
  }

  @Test func layoutsComeToPlanes() throws {
    let folder = try TemporaryFolder()
    let path = try archive(2, [2, 2, 3], classes: 2, in: folder)
    let planes = try Dataset(path: path)
    #expect(planes.exampleShape == [2, 2, 3])
    #expect(try planes.batch([1]).inputs == (12..<24).map(Float.init))
    var configuration = DatasetConfiguration()
    configuration.layout = .nhwc
    let pixels = try Dataset(path: path, configuration: configuration)
    #expect(pixels.exampleShape == [3, 2, 2])
    #expect(try pixels.batch([0]).inputs == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    // The model's three channels say which dimension they are.
    #expect(try Dataset(path: path, fitting: [nil, 3, nil, nil]).exampleShape == [3, 2, 2])
    #expect(planes.check(against: [nil, 3, 2, 2], classes: 2).first?.remedy == "Set layout: nhwc.")
  }

  @Test func separateFilesAndKerasNames() throws {
    let folder = try TemporaryFolder()
    try NumPyArray(shape: [3, 4], floats: (0..<12).map(Float.init)).write(to: "\(folder.path)/x.npy")
    try NumPyArray(shape: [3, 2], floats: [1, 2, 3, 4, 5, 6]).write(to: "\(folder.path)/y.npy")
    for path in [folder.path, "\(folder.path)/x.npy"] {
      let dataset = try Dataset(path: path)
      #expect(dataset.loss == .meanSquaredError && dataset.targets == .arrays(shape: [2]))
      let batch = try dataset.batch([2, 1])
      #expect(batch.inputs == [8, 9, 10, 11, 4, 5, 6, 7])
      #expect(batch.targets == [5, 6, 3, 4] && batch.targetShape == [2, 2])
    }
    var archive = NumPyArchive()
    archive["x_train"] = try NumPyArray(shape: [2, 1], floats: [1, 2])
    archive["y_train"] = try NumPyArray(shape: [2], integers: [0, 1])
    archive["x_test"] = try NumPyArray(shape: [1, 1], floats: [9])
    archive["y_test"] = try NumPyArray(shape: [1], integers: [1])
    let path = "\(folder.path)/keras.npz"
    try archive.write(to: path)
    #expect(try Dataset(path: path).batch([0, 1]).inputs == [1, 2])
    #expect(try Dataset(path: path, preferring: [.test]).batch([0]).inputs == [9])
    var other = NumPyArchive()
    other["a"] = archive["x_train"]
    other["b"] = archive["x_train"]
    try other.write(to: path)
    #expect(failure { try Dataset(path: path) }?.sentence.hasSuffix("has no array x; it has a, b.") == true)
  }

  @Test func partsAreDisjointAndRepeat() throws {
    let folder = try TemporaryFolder()
    let path = try archive(50, [1], classes: 5, in: folder)
    func part(_ split: Split, seed: UInt64) throws -> [Float] {
      var configuration = DatasetConfiguration()
      configuration.validation = 0.2
      configuration.test = 0.1
      configuration.split = split
      configuration.seed = seed
      let dataset = try Dataset(path: path, configuration: configuration)
      let batch = try dataset.batch(0..<dataset.count)
      #expect(batch.labels == batch.inputs.map { Int($0) % 5 })
      return batch.inputs
    }
    let parts = try [Split.train, .validation, .test].map { try part($0, seed: 3) }
    #expect(parts.map(\.count) == [35, 10, 5])
    #expect(Set(parts.joined()).count == 50)
    #expect(try part(.validation, seed: 3) == parts[1])
    #expect(try part(.validation, seed: 4) != parts[1])
    #expect(try part(.all, seed: 3).count == 50)
  }

  @Test func orderIsAPermutationOfTheSeed() throws {
    let folder = try TemporaryFolder()
    let dataset = try Dataset(path: try archive(100, [1], classes: 2, in: folder))
    #expect(dataset.order().sorted() == Array(0..<100))
    #expect(dataset.order() == dataset.order() && dataset.order() != dataset.order(epoch: 1))
    // Computed apart (SplitMix64 from 0, Fisher and Yates from the end): fixed for all systems and releases.
    #expect(Array(dataset.order().prefix(4)) == [20, 59, 97, 90])
  }

  @Test func anUpsamplerIsComparedWithTheWholeImage() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(idx([1, 2, 4], [0, 2, 4, 6, 2, 4, 6, 8]), "train-images-idx3-ubyte")
    var configuration = DatasetConfiguration()
    configuration.downsample = 2
    configuration.scale = 1
    let dataset = try Dataset(path: path, configuration: configuration)
    #expect(dataset.loss == .meanSquaredError)
    #expect(dataset.exampleShape == [1, 1, 2] && dataset.targets == .arrays(shape: [1, 2, 4]))
    let batch = try dataset.batch([0])
    #expect(batch.inputs == [2, 6])
    #expect(batch.targets == [0, 2, 4, 6, 2, 4, 6, 8] && batch.targetShape == [1, 1, 2, 4])
    #expect(dataset.check(against: [nil, 1, 1, 2], output: [nil, 1, 2, 4]).isEmpty)
    #expect(dataset.check(against: [nil, 1, 1, 2], output: [nil, 1, 2, 2]).map(\.severity) == [.error])
    configuration.downsample = 3
    #expect(failure { try Dataset(path: path, configuration: configuration) } != nil)
    configuration.downsample = nil
    configuration.target = .input
    let same = try Dataset(path: path, configuration: configuration).batch([0])
    #expect(same.targets == same.inputs)
    configuration.target = nil
    configuration.loss = .meanSquaredError
    #expect(
      failure { try Dataset(path: path, configuration: configuration) }?.remedy.contains("target: input")
        == true)
  }

  @Test func findingsSayWhatDoesNotFit() throws {
    let folder = try TemporaryFolder()
    let dataset = try Dataset(path: try archive(20, [1, 4, 4], classes: 10, in: folder))
    #expect(dataset.check(against: [nil, 1, nil, nil], classes: 10).isEmpty)
    let warning = dataset.check(against: [1, 1, 4, 4], classes: 1000)
    #expect(warning.map(\.severity) == [.warning])
    #expect(warning.first?.sentence == "10 classes do not fill 1,000 outputs.")
    let range = dataset.check(against: [1, 1, 4, 4], classes: 5)
    #expect(range.first?.sentence == "A label is 9, and the model has 5 outputs (0 to 4).")
    let size = dataset.check(against: [nil, 3, 8, 8], classes: 10)
    #expect(size.map(\.remedy) == ["Set channels: rgb.", "Set resize: [8, 8]."])
    #expect(dataset.check(against: [nil, 16]).map(\.severity) == [.error])
    var configuration = DatasetConfiguration()
    configuration.channels = .rgb
    configuration.resize = .init(height: 8, width: 8)
    let path = "\(folder.path)/data.npz"
    #expect(
      try Dataset(path: path, configuration: configuration).check(against: [nil, 3, 8, 8], classes: 10)
        .isEmpty)
    configuration = DatasetConfiguration()
    configuration.loss = .outputEnergy
    #expect(
      try Dataset(path: path, configuration: configuration).check(against: [1, 1, 4, 4], classes: 5).isEmpty)
  }

  @Test func labelsThatAreNoClassesAreRefused() throws {
    let folder = try TemporaryFolder()
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [2, 1], floats: [1, 2])
    archive["y"] = try NumPyArray(shape: [2], integers: [0, -3])
    let path = "\(folder.path)/a.npz"
    try archive.write(to: path)
    guard case .badLabel(_, 1, "-3") = failure({ try Dataset(path: path) }) else {
      Issue.record("-3 is no class")
      return
    }
    archive["y"] = try NumPyArray(shape: [2], floats: [0, 1.5])
    try archive.write(to: path)
    var configuration = DatasetConfiguration()
    configuration.loss = .crossEntropy
    #expect(failure { try Dataset(path: path, configuration: configuration) }?.remedy.contains("mse") == true)
    configuration.loss = .outputEnergy
    #expect(try Dataset(path: path, configuration: configuration).targets == .none)
  }

  @Test func aLargeFileIsReadInPartsAndMayShrink() throws {
    let folder = try TemporaryFolder()
    let (rows, row) = (70, 1 << 20)
    let header = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (\(rows), \(row))}", [])
    let path = try folder.write(header, "x.npy")
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.truncate(atOffset: UInt64(header.count + rows * row))
    try file.seek(toOffset: UInt64(header.count + 69 * row))
    try file.write(contentsOf: Data([255, 51]))
    let dataset = try Dataset(path: path)
    #expect(dataset.count == rows)
    let inputs = try dataset.batch([69]).inputs
    #expect(inputs.count == row && near(Array(inputs[..<3]), [1, 0.2, 0], within: 1e-6))
    try file.truncate(atOffset: 1000)
    guard case .unreadable(path, "it ends at byte 1000") = failure({ try dataset.batch([0]) }) else {
      Issue.record("the rest cannot be read")
      return
    }
  }

  @Test func limitAndIndices() throws {
    let folder = try TemporaryFolder()
    var configuration = DatasetConfiguration()
    configuration.limit = 3
    let dataset = try Dataset(
      path: try archive(20, [2], classes: 4, in: folder), configuration: configuration)
    #expect(dataset.count == 3)
    #expect(failure { try dataset.batch([0, 3]) } == .badIndex(index: 3, count: 3))
    #expect(failure { try dataset.batch([-1]) } != nil)
    #expect(try dataset.batch([]).shape == [0, 2])
    #expect(try dataset.label(of: 2) == 2)
  }

  @Test func completionOffersFoldersAndData() throws {
    let folder = try TemporaryFolder()
    for name in ["fashion/train-images-idx3-ubyte.gz", "fast.npz", "far.txt", ".fancy/x.npy"] {
      try folder.write([1], name)
    }
    let candidates = PathCompletion.candidates(for: "\(folder.path)/fa")
    #expect(candidates == ["\(folder.path)/fashion/", "\(folder.path)/fast.npz"])
    #expect(PathCompletion.commonPrefix(of: candidates) == "\(folder.path)/fas")
    #expect(PathCompletion.candidates(for: "\(folder.path)/.f") == ["\(folder.path)/.fancy/"])
    #expect(PathCompletion.candidates(for: "\(folder.path)/none/x").isEmpty)
    for name in ["net.onnx", "a-symbol.json", "a-0001.params", "notes.txt"] {
      try Data().write(to: URL(filePath: "\(folder.path)/\(name)"))
    }
    let models = PathCompletion.candidates(for: "\(folder.path)/", of: .models).filter { !$0.hasSuffix("/") }
    #expect(models == ["a-0001.params", "a-symbol.json", "net.onnx"].map { "\(folder.path)/\($0)" })
    #expect(PathCompletion.candidates(for: "\(folder.path)/n", of: .all).count == 2)
    #expect(PathCompletion.candidates(for: "\(folder.path)/", limit: 1).count == 1)
  }
}
