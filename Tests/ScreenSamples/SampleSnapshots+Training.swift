internal import Pruning
package import Screens
internal import Training

extension SampleSnapshots {
  /// A training in the middle of its second epoch.
  package static var record: TrainingRecord {
    var state = TrainingState(epochs: 3, stepsPerEpoch: 100)
    state.phase = .training
    (state.epoch, state.step) = (2, 40)
    state.losses = (0..<140).map { step -> Double in
      let noise = step % 2 == 0 ? 0.1 : -0.1
      return 2.5 / (1 + Double(step) / 20) + noise
    }
    state.before = .init(epoch: 0, loss: 2.2, accuracy: 0.7)
    state.history = [
      .init(
        number: 1, loss: 1.1, accuracy: 0.81, validationLoss: 0.6, validationAccuracy: 0.88, rate: 0.01,
        seconds: 20, isBest: true)
    ]
    state.best = .init(epoch: 1, loss: 0.6, accuracy: 0.88)
    (state.loss, state.accuracy) = (0.5, 0.86)
    (state.rate, state.examplesPerSecond, state.secondsLeft) = (0.008, 1240, 41)
    var settings = TrainingSettings(epochs: 3)
    settings.rate = 0.01
    return TrainingRecord(settings: settings, teacher: nil, state: state, seconds: 0)
  }

  /// The same when it is over.
  package static func record(endedBy reason: TrainingState.StopReason, after seconds: Double)
    -> TrainingRecord
  {
    var record = record
    record.state.phase = .finished(reason)
    record.seconds = seconds
    return record
  }

  /// The snapshot while the current iteration is trained.
  package static func training(_ snapshot: SessionSnapshot) -> SessionSnapshot {
    var snapshot = snapshot
    snapshot.training = RunningTraining(iteration: snapshot.currentIteration, record: record)
    snapshot.activity = activity(.training, done: 8_960, total: 19_200, rate: 1240, secondsLeft: 41)
    return snapshot
  }

  /// What runs and stands in line while the current iteration is trained.
  package static func jobs(_ snapshot: SessionSnapshot) -> [Job] {
    [
      Job(
        title: "training of iteration \(snapshot.currentIteration)", position: "epoch 2 of 3",
        activity: snapshot.activity, standing: .running, secondsLeft: 41),
      Job(
        title: "scoring by taylor",
        activity: activity(.scoring, done: 37, total: 200, rate: 9, secondsLeft: 18),
        standing: .waiting, secondsLeft: 18),
      Job(
        title: "pruning step by step", position: "to 50% of multiply-accumulates, 4 steps",
        standing: .inLine(number: 7)),
      Job(title: "training", position: "10 epochs", standing: .inLine(number: 8)),
    ]
  }

  /// Two branches of iterations, measured; the second one trained.
  package static func tree(_ snapshot: SessionSnapshot) -> SessionSnapshot {
    var snapshot = snapshot
    snapshot.iterations[0].evaluation = Evaluation(examples: 2000, loss: 0.21, accuracy: 0.93)
    snapshot.iterations[0].latency = latency(8e-3)
    let (parameters, macs) = (snapshot.iterations[0].parameters, snapshot.iterations[0].multiplyAccumulates)
    let facts: [(parent: Int, title: String, share: Double, accuracy: Double)] = [
      (0, "−120 kernels by taylor", 0.7, 0.9), (1, "−80 kernels by taylor", 0.4, 0.62),
      (0, "−200 kernels by l2", 0.5, 0.71), (3, "−10 kernels by l2", 0.45, 0.88),
    ]
    for (index, fact) in facts.enumerated() {
      var iteration = IterationSummary(
        id: index + 1, parent: fact.parent, origin: fact.title,
        parameters: Int(Double(parameters) * fact.share),
        multiplyAccumulates: Int(Double(macs) * (fact.share + 0.05)))
      iteration.bytes = 4 * iteration.parameters
      iteration.evaluation = Evaluation(
        examples: 2000, loss: 1.2 - fact.accuracy, accuracy: fact.accuracy)
      iteration.latency = index == 3 ? nil : latency(8e-3 * fact.share)
      snapshot.iterations.append(iteration)
    }
    var recovery = Recovery(examples: 512)
    recovery.before = Evaluation(examples: 2000, loss: 2, accuracy: 0.41)
    recovery.steps = [
      .init(method: .refit, seconds: 1, layers: 7, evaluation: snapshot.iterations[1].evaluation)
    ]
    snapshot.iterations[1].recovery = recovery
    snapshot.iterations[4].trainings = [record(endedBy: .completed, after: 65)]
    snapshot.iterations[3].name = "wide"
    snapshot.currentIteration = 4
    snapshot.folder = "sessions/resnet18"
    return snapshot
  }

  /// The same of data without labels: outputs were compared with the original's.
  package static func unlabelled(_ snapshot: SessionSnapshot) -> SessionSnapshot {
    var snapshot = snapshot
    let values = [nil, 0.042, 0.63, 0.21, 0.088]
    for (index, value) in values.enumerated() where snapshot.iterations.indices.contains(index) {
      snapshot.iterations[index].evaluation = nil
      snapshot.iterations[index].recovery = nil
      snapshot.iterations[index].trainings = []
      snapshot.iterations[index].outputDeviation = value.map {
        OutputDeviation(measure: .outputError, value: $0, examples: 256)
      }
    }
    return snapshot
  }
}
