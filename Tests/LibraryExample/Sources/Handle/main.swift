import Secateur

// HALCON's operators: scores add up batch by batch, and the model is generated when there are enough of them.
let model = try Workbench(opening: "SampleModels/reference.onnx")
var first = DatasetConfiguration()
first.limit = 256

var handle = try PruningHandle(for: model.current, mode: .taylor)
try handle.set(.percentage, to: .number(30))
try handle.addBatch(model.openData(first), of: model.current)
let smaller = try handle.generatePrunedModel(of: model.current)
try model.write(smaller, to: "handle.onnx")
print("\(handle.prunedKernelCount) kernels of \(handle.get(.prunableKernelNum).text) are gone")
