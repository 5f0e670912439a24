import Secateur

let model = try Workbench(opening: "SampleModels/reference.onnx")
let (training, test) = (try model.openData(), try model.openData(preferring: [.test]))
var loop = TaylorPruningLoop(learnablesReductionGoal: 0.3)
loop.maxToPrune = 2
loop.validationThreshold = 0.85
let network = try TaylorPrunableNetwork(model.current)
let result = try loop.prune(network, data: training, validation: test)
try model.write(result.network.extractNetwork(), to: "small.onnx")
print("\(result.stopReason), \(result.learnables) learnables left")
