import Pruning
import Quantities
import Session
import Training

/// What was done after kernels were gone.
extension ReportWriter {
  mutating func addRecoveries() {
    let recovered = chain.filter { $0.recovery?.steps.isEmpty == false }
    guard !recovered.isEmpty else { return }
    document.parts.append(.heading("Won back without training", level: 2))
    for iteration in recovered {
      guard let recovery = iteration.recovery else { continue }
      var table = ReportDocument.Table(
        columns: ["recovery of \(iteration.id)", "layers", "time", "accuracy", "loss", "deviation"],
        caption: "From \(Quantity.grouped(recovery.examples)) examples")
      func add(_ name: String, _ layers: String, _ time: String, _ worth: Evaluation?, _ deviation: Double?) {
        table.add([
          name, layers, time, worth?.accuracy.map(Self.percent) ?? "", worth.map { Self.loss($0.loss) } ?? "",
          deviation.map(recovery.deviationText) ?? "",
        ])
      }
      add("none", "", "", recovery.before, recovery.deviationBefore)
      for step in recovery.steps {
        add(
          step.method.summary, String(step.layers), Quantity.duration(seconds: step.seconds), step.evaluation,
          step.deviation)
      }
      document.parts.append(.table(table))
    }
  }

  mutating func addTrainings() {
    let trained = chain.flatMap { iteration in iteration.trainings.map { (iteration, $0) } }
    guard !trained.isEmpty else { return }
    document.parts.append(.heading("Training", level: 2))
    for (number, (iteration, record)) in trained.enumerated() {
      document.parts.append(
        .fold(
          .init(
            title: "Training of iteration \(iteration.id)",
            note: "\(record.epochsKept) of \(record.state.history.count) epochs kept, "
              + Quantity.duration(seconds: record.seconds),
            bar: nil, isOpen: number == trained.count - 1, parts: parts(of: record))))
    }
  }

  private func parts(of record: TrainingRecord) -> [ReportDocument.Part] {
    var table = ReportDocument.Table(columns: [
      "epoch", "loss", "accuracy", "validation loss", "validation accuracy", "rate", "time",
    ])
    for (index, epoch) in record.state.history.enumerated() {
      if epoch.number == record.state.best?.epoch { table.marked.insert(index) }
      table.add([
        String(epoch.number), Self.loss(epoch.loss), epoch.accuracy.map(Self.percent) ?? "",
        epoch.validationLoss.map(Self.loss) ?? "", epoch.validationAccuracy.map(Self.percent) ?? "",
        Quantity.scientific(epoch.rate), Quantity.duration(seconds: epoch.seconds),
      ])
    }
    return [
      .plot(curves(of: record)), .code("secateur finetune " + record.settings.commandLine), .table(table),
    ]
  }

  private func curves(of record: TrainingRecord) -> ReportDocument.Plot {
    let state = record.state
    let perEpoch = Double(max(1, state.stepsPerEpoch))
    // A mean over a fiftieth of an epoch is what an eye can follow.
    let width = max(1, state.stepsPerEpoch / 50)
    var training: [(x: Double, y: Double)] = []
    for start in stride(from: 0, to: state.losses.count, by: width) {
      let part = state.losses[start..<min(start + width, state.losses.count)]
      training.append((Double(start + part.count) / perEpoch, part.reduce(0, +) / Double(part.count)))
    }
    let first = state.before.map { [(x: 0.0, y: $0.loss)] } ?? []
    let validation =
      first
      + state.history.compactMap { epoch in
        epoch.validationLoss.map { (x: Double(epoch.number), y: $0) }
      }
    let ends = [validation.first?.y, validation.last?.y].compactMap { $0 }
    return ReportDocument.Plot(
      title: "Loss",
      summary: ends.count == 2 && validation.count > 1
        ? "The loss of the validation data went from \(Self.loss(ends[0])) to \(Self.loss(ends[1]))."
        : "The loss of the training data.",
      xTitle: "epoch", yTitle: "loss",
      series: [
        .init(name: "training", points: training, style: .line),
        .init(name: "validation", points: validation, style: .line),
      ], xText: { Quantity.significant($0, digits: 2) }, yText: { Quantity.precise($0, digits: 2) })
  }
}
