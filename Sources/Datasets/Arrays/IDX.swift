import Foundation

/// IDX files as a format to write: cutting a small data set out of a large one.
package enum IDX: Sendable {
  /// Writes `count` examples of a pair of IDX files as two gzip files.
  ///
  /// Every class gets the same share (as far as there are enough of it), in the order of the source, taken from
  /// its beginning; so a subset is the same for the same source, and so are its bytes.
  /// - Parameters:
  ///   - images: the images' file; the labels are looked for beside it.
  ///   - labels: the labels' file, where it does not stand beside the images.
  ///   - count: how many examples to take, at most all.
  ///   - imagesOutput: where the images go, compressed.
  ///   - labelsOutput: where the labels go, compressed.
  /// - Returns: how many examples were written.
  @discardableResult
  package static func subset(
    images: String, labels: String? = nil, count: Int, imagesOutput: String, labelsOutput: String
  ) throws -> Int {
    guard let labelsPath = labels ?? IDXPair.labels(beside: images) else {
      throw DatasetError.unreadable(path: images, reason: "no labels' file stands beside it")
    }
    let pixels = try IDXFile.array(try ByteSource(path: images))
    let classes = try IDXFile.array(try ByteSource(path: labelsPath))
    guard pixels.elementType == .uint8, classes.elementType == .uint8, classes.shape.count == 1 else {
      throw DatasetError.unsupported(
        path: images, feature: "elements or labels that are not bytes", remedy: "Give MNIST-like files.")
    }
    guard pixels.rowCount == classes.rowCount else {
      throw DatasetError.countsDiffer(
        first: images, firstCount: pixels.rowCount, second: labelsPath, secondCount: classes.rowCount)
    }
    guard count > 0 else {
      throw DatasetError.unsuitable(
        setting: "A subset of \(count)", reason: "it would be empty", remedy: "Ask for one example at least.")
    }
    let chosen = balanced(try classes.integers(), count: count)
    var pixelBytes: [UInt8] = []
    pixelBytes.reserveCapacity(chosen.count * pixels.rowElementCount)
    for index in chosen {
      pixelBytes += try pixels.source.bytes(at: index * pixels.rowElementCount, count: pixels.rowElementCount)
    }
    let labelBytes = try classes.source.bytes(at: 0, count: classes.source.count)
    let imagesFile = IDXFile.encoded(shape: [chosen.count] + pixels.shape.dropFirst(), bytes: pixelBytes)
    let labelsFile = IDXFile.encoded(shape: [chosen.count], bytes: chosen.map { labelBytes[$0] })
    try writeFile(try Compression.gzip.compress(imagesFile, path: imagesOutput), to: imagesOutput)
    try writeFile(try Compression.gzip.compress(labelsFile, path: labelsOutput), to: labelsOutput)
    return chosen.count
  }

  /// Indices in rising order, every class as often as the others where there are enough of it.
  private static func balanced(_ labels: [Int64], count: Int) -> [Int] {
    var seen: [Int64: Int] = [:]
    // Round r holds the r-th example of every class; rounds are taken from the first on.
    let rounds = labels.enumerated().map { index, label in
      defer { seen[label, default: 0] += 1 }
      return (round: seen[label, default: 0], index: index)
    }
    return rounds.sorted { ($0.round, $0.index) < ($1.round, $1.index) }.prefix(count).map(\.index).sorted()
  }
}
