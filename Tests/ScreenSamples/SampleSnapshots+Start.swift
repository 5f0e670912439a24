package import Screens

/// What the start screen may offer.
extension SampleSnapshots {
  package static var startEntries: [StartEntry] {
    var resnet = StartEntry(.recent, path: "/home/ann/models/resnet18.onnx")
    resnet.session = "/home/ann/.local/state/secateur/sessions/resnet18-5f0c3e1a2b4d"
    var other = StartEntry(
      .recent, path: "/data/a rather long folder name/for experiments/of 2026/resnet18.onnx")
    other.inputShapes = ["input": [1, 3, 224, 224]]
    return [
      StartEntry(.sample, path: "/opt/secateur/SampleModels/residual.onnx"),
      StartEntry(.sample, path: "/opt/secateur/SampleModels/reference.onnx"),
      StartEntry(.sample, path: "/opt/secateur/SampleModels/upsampler.onnx"), resnet, other,
      StartEntry(.file, path: "/home/ann/detector.pt2"),
      StartEntry(.file, path: "/home/ann/net-symbol.json"),
    ]
  }

  /// A preview of a model; with a session where iterations were made.
  package static func preview(iterations: Int = 0) -> ModelPreview {
    var preview = ModelPreview(
      model: ModelSummary(
        path: "/home/ann/models/resnet18.onnx", formatName: "ONNX", opset: 17,
        inputs: [.init(shape: [3, 224, 224], hasFreeBatch: true)], bytes: 46_800_000),
      layers: 21, prunableLayers: 20, removableKernels: 3_904, parameters: 11_689_512,
      multiplyAccumulates: 1_814_073_344)
    guard iterations > 0 else { return preview }
    var session = ModelPreview.Session()
    (session.iterations, session.current, session.bytes) = (iterations, 2, 92_400_000)
    session.best = .init(id: 1, accuracy: 0.912)
    preview.session = session
    return preview
  }
}
