import Formats
import Datasets
import Graph

extension ModelSummary {
  /// What a workbench has opened.
  init(_ workbench: Workbench) {
    let original = workbench.history.original.network
    let axes = original.network.batchAxes
    let inputs = original.network.inputs.map { input -> Input in
      var shape = original.bound.shape(of: input) ?? []
      guard axes.fixed == nil, let axis = axes.axis(of: input), shape.indices.contains(axis) else {
        return Input(shape: shape, hasFreeBatch: false)
      }
      shape.remove(at: axis)
      return Input(shape: shape, hasFreeBatch: true)
    }
    let file = workbench.file
    self.init(
      path: workbench.path, formatName: file.formatName,
      opset: file.formatName == "ONNX" ? original.network.opset : nil, inputs: inputs, bytes: file.fileBytes)
    givenShapes = workbench.givenShapes
  }
}

extension DataSummary {
  /// What data are that were opened.
  init(_ dataset: Dataset, findings: [Finding], runBytes: Int? = nil) {
    self.init(
      title: dataset.summary, examples: dataset.count, loss: dataset.loss, findings: findings,
      runBytes: runBytes)
  }
}
