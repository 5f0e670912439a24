import Secateur

// What goes is anybody's decision: here of each layer the half whose kernels have the widest range of weights stays. The
// library knows what is tied to what, carries the decision out and checks it.
do {
  let model = try Workbench(opening: "SampleModels/reference.onnx")
  let (network, before) = (model.current.network, model.current.summary.parameters)
  var kept: [String: [Int]] = [:]
  for layer in model.current.groups.layers where layer.isPrunable {
    guard let weight = network.constants[layer.layer.weight] else { continue }
    let (weights, kernels) = (weight.floats, layer.layer.kernels)
    let size = weights.count / kernels
    let ranges = (0..<kernels).map { kernel in
      let own = weights[kernel * size..<(kernel + 1) * size]
      return (own.max() ?? 0) - (own.min() ?? 0)
    }
    kept[layer.layer.name] = Array((0..<kernels).sorted { ranges[$0] > ranges[$1] }.prefix(kernels / 2))
  }
  try model.prune(keeping: KeptKernels(kept))
  try model.export(to: "own.onnx", overwriting: true)
  print("\(before) → \(model.current.summary.parameters) parameters")
} catch let error as any ExplainedError {
  print("\(error.sentence) \(error.remedy)")
}
