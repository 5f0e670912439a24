import Datasets
import Graph
import TestSupport

extension Dataset {
  /// Pictures of noise that are to be computed from their means over blocks of 2×2.
  ///
  /// - Parameter shape: of the network's input.
  static func noiseToUpsample(in folder: TemporaryFolder, fitting shape: [Int?]?) throws -> Dataset {
    var generator = SeededGenerator(seed: 2)
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(
      shape: [24, 1, 28, 28], floats: (0..<24 * 784).map { _ in Float(generator.unit()) })
    try archive.write(to: folder.path("images.npz"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("images.npz")]
    configuration.loss = .meanSquaredError
    configuration.target = .image
    configuration.downsample = 2
    return try Dataset(configuration, fitting: shape)
  }
}
