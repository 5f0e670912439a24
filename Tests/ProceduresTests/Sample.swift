import Datasets
import Foundation
import Graph
import Session
import TestSupport
import Training

extension TemporaryFolder {
  /// Pictures of noise with labels from 0 to 9.
  func pictures(_ name: String, _ range: Range<Int>) throws -> Dataset {
    var generator = SeededGenerator(seed: 3)
    let all = (0..<range.upperBound * 784).map { _ in Float(generator.normal()) }
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(
      shape: [range.count, 1, 28, 28], floats: Array(all[(range.lowerBound * 784)...]))
    archive["y"] = try NumPyArray(shape: [range.count], integers: range.map { Int64(($0 * 7) % 10) })
    try archive.write(to: path(name))
    var configuration = DatasetConfiguration()
    configuration.data = [path(name)]
    return try Dataset(configuration, fitting: [nil, 1, 28, 28])
  }
}

extension OpenNetwork {
  /// The network of `reference-systems.md` §5: three convolutions of 20 kernels and ten classes.
  static func reference() throws -> OpenNetwork { try OpenNetwork(SampleNetwork.reference.untrained()) }
}
