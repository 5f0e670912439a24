import Datasets
import Graph
import TestSupport

/// Networks of a layer whose channels know of each other, and one that reads them.
enum RedundantNetwork {
  /// What reads the channels of the first convolution.
  enum Reader: CaseIterable {
    case convolution, convolutionWithoutBias, strided, depthwiseThenPointwise, transposed, normalized
    case gemm, matrix, matrixWithSum, addedToItsInput
  }

  /// More than one batch of calibration holds.
  static let images = 80

  /// Pictures that differ in brightness, so that batches differ in their means too.
  static var pictures: [Float] {
    var random = RandomNumbers(seed: 11)
    return random.numbers(images * 128).enumerated().map { $1 + 0.5 * Float($0 / 128 * 7 % 5 - 2) }
  }

  /// Eight kernels over two channels, the last four of them `copied`, then a reader.
  static func network(_ reader: Reader, copies: (inout [Float], inout [Float]) -> Void) -> Network {
    var build = NetworkBuilder(seed: 7)
    let x = build.input("x", [nil, 2, 8, 8])
    var random = RandomNumbers(seed: 3)
    var (weights, biases) = (random.numbers(8 * 18), random.numbers(8, 0.1, 0.5))
    copies(&weights, &biases)
    let w = build.constant("first", Tensor(weights, shape: [8, 2, 3, 3]))
    let b = build.constant("first.bias", Tensor(biases, shape: [8]))
    let features = build.node("Relu", build.node("Conv", x, w, b))
    func pooled(_ value: ValueID) -> ValueID {
      build.node("Flatten", build.node("GlobalAveragePool", value))
    }
    func convolution(_ value: ValueID, _ shape: [Int], bias: Bool, _ attributes: [String: Attribute] = [:])
      -> ValueID
    {
      let weight = build.constant("second", shape)
      let shift = bias ? build.constant("second.bias", [shape[0]]) : nil
      return build.node("Conv", value, weight, shift, attributes: attributes)
    }
    switch reader {
    case .convolution: build.output(convolution(features, [5, 8, 3, 3], bias: true))
    case .convolutionWithoutBias: build.output(convolution(features, [5, 8, 3, 3], bias: false))
    case .strided:
      build.output(
        convolution(
          features, [5, 8, 3, 3], bias: true, ["strides": .ints([2, 1]), "dilations": .ints([1, 2])]))
    case .depthwiseThenPointwise:
      // The same for a channel and its copy.
      let own = random.numbers(4 * 9, 0.1, 1)
      let depth = build.node(
        "Conv", features, build.constant("depth", Tensor(own + own, shape: [8, 1, 3, 3])),
        attributes: ["group": .int(8)])
      build.output(convolution(depth, [5, 8, 1, 1], bias: true))
    case .transposed:
      build.output(
        build.node(
          "ConvTranspose", features, build.constant("up", [8, 5, 2, 2]), build.constant("up.bias", [5]),
          attributes: ["strides": .ints([2, 2])]))
    case .normalized:
      let value = convolution(features, [5, 8, 3, 3], bias: false)
      build.output(
        build.node(
          "BatchNormalization", value, build.constant("scale", [5], from: 0.5), build.constant("shift", [5]),
          build.constant("mean", [5]), build.constant("variance", [5], from: 0.5, to: 2)))
    case .gemm:
      build.output(
        build.node(
          "Gemm", pooled(features), build.constant("matrix", [8, 5]), build.constant("offset", [5])))
    case .matrix: build.output(build.node("MatMul", pooled(features), build.constant("matrix", [8, 5])))
    case .matrixWithSum:
      let product = build.node("MatMul", pooled(features), build.constant("matrix", [8, 5]))
      build.output(build.node("Add", product, build.constant("offset", [5])))
    case .addedToItsInput:
      let side = build.node("Conv", x, build.constant("side", [5, 2, 5, 5]))
      build.output(build.node("Add", side, convolution(features, [5, 8, 3, 3], bias: true)))
    }
    return build.network
  }

  /// The pictures, as data in a folder.
  static func data(in folder: TemporaryFolder) throws -> DatasetConfiguration {
    try NumPyArray(shape: [images, 2, 8, 8], floats: pictures).write(to: folder.path("x.npy"))
    var configuration = DatasetConfiguration()
    configuration.data = [folder.path("x.npy")]
    return configuration
  }

  /// Kernels 4 to 7 are twice the first four, which a rectifier keeps so.
  static func twice(_ weights: inout [Float], _ biases: inout [Float]) {
    for index in 0..<4 * 18 { weights[4 * 18 + index] = 2 * weights[index] }
    for kernel in 0..<4 { biases[4 + kernel] = 2 * biases[kernel] }
  }
}
