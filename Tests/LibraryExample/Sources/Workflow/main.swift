import Secateur

// The whole way from a model to a smaller one. What takes long is a run: `step()` does a batch and says whether there is more.
func finish(_ run: some DataRun) throws { while try run.step() {} }

let model = try Workbench(opening: "SampleModels/reference.onnx")
try model.keep(in: SessionFolder("workflow-session"))  // iterations outlive the process
var data = try model.dataConfiguration()  // what reference.yaml, beside the model, says
data.limit = 512
try model.attach(data)

// What there is: layers, the groups that they are tied in, and why some must stay.
let groups = model.current.groups
for layer in groups.layers {
  let ties = layer.groups.map { groups.groups[$0].name }.joined(separator: " ")
  print(layer.layer.name, layer.layer.kernels, ties, layer.reason?.sentence ?? "")
}

// What the kernels are worth, and what goes so that 60 % of the operations remain.
let scoring = try model.scoringRun(.taylor)
try finish(scoring)
model.adopt(scoring.table)
let chooser = Chooser(model.current, scores: scoring.table)
let choice = try chooser.choice(RemovalRequest(.multiplyAccumulates(keepPercent: 60)))

// What that changes, before anything is done.
for tensor in Preview(choice.selection, groups: groups, bound: model.current.bound).tensors {
  print(tensor.name, tensor.shape.before, "→", tensor.shape.after)
}

// A prune is an iteration. What it cost is regained without training, then by an epoch of it.
try model.prune(choice.selection, settings: choice.settings)
let recovery = try model.recoveryRun(RecoverySettings(methods: [.refit]), measures: false)
try finish(recovery)
model.adopt(recovery, for: model.history.current)
let training = try model.trainingRun(TrainingSettings(epochs: 1))
try finish(training)
try model.adopt(training, for: model.history.current)

let evaluation = try EvaluationRun(model.current, dataset: model.openData(preferring: [.test]), limit: 512)
try finish(evaluation)
model.record(evaluation.result, for: model.history.current)
for iteration in model.history.iterations {
  print(iteration.id, iteration.title, iteration.parameters, iteration.evaluation?.accuracy ?? "")
}

// `go` is undo and redo; `verify` compares with the original whose removed channels are masked.
try model.go(to: 0)
try model.go(to: 1)
try model.verify()
try model.export(to: "workflow.onnx", overwriting: true)
try model.writePlan(to: "workflow.yaml", overwriting: true)
