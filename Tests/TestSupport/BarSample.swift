public import Datasets
public import Graph
import Training

/// A network that learns in a moment, and what it learns: pictures of 8×8 points whose bright bar is their class.
public enum BarSample {
  /// conv1 – conv2 – fc, with normalizations.
  ///
  /// - Parameters:
  ///   - kernels: of both convolutions.
  ///   - stride: of the second one.
  public static func network(
    kernels: (Int, Int) = (6, 8), stride: Int = 1, classes: Int = 3, seed: UInt64 = 3
  ) -> Network {
    var build = Training.NetworkBuilder(name: "small", seed: seed)
    var value = build.input("input", shape: [1, 8, 8])
    let first = build.convolution("conv1", value, kernels: kernels.0, extent: 3)
    value = build.relu("relu1", build.batchNormalization("bn1", first))
    let second = build.convolution("conv2", value, kernels: kernels.1, extent: 3, stride: stride)
    value = build.relu("relu2", build.batchNormalization("bn2", second))
    build.output(
      build.linear("fc", build.pooledFeatures("pool", value), features: classes), shape: [classes])
    return build.network
  }

  /// Pictures of noise with a bright bar whose direction and place are the class, in a file.
  ///
  /// - Parameters:
  ///   - isLabelled: whether the file says the classes; without them, the energy of the output is the loss.
  ///   - bad: of how many pictures one is no number.
  public static func data(
    at path: String, count: Int, seed: UInt64 = 4, isLabelled: Bool = true, bad: Int? = nil
  ) throws -> DatasetConfiguration {
    var generator = SeededGenerator(seed: seed)
    var (pictures, labels): ([Float], [Float]) = ([], [])
    for example in 0..<count {
      let label = Int(generator.unit() * 3)
      labels.append(Float(label))
      for row in 0..<8 {
        for column in 0..<8 {
          let isBright = label == 0 ? row == 3 : label == 1 ? column == 4 : row == column
          let value = (isBright ? 1.5 : 0) + Float(0.4 * generator.normal())
          pictures.append(bad.map { example % $0 == 0 } ?? false ? .nan : value)
        }
      }
    }
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [count, 1, 8, 8], floats: pictures)
    if isLabelled { archive["y"] = try NumPyArray(shape: [count], floats: labels) }
    try archive.write(to: path)
    var configuration = DatasetConfiguration()
    configuration.data = [path]
    configuration.loss = isLabelled ? .crossEntropy : .outputEnergy
    return configuration
  }
}
