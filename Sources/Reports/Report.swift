import Pruning
package import Session
import Foundation
import Graph
import Quantities
import Training

/// What was done to a model and what came of it, as a page to hand on: where it began, each step, the layers, the curves.
package struct Report {
  private let document: ReportDocument

  /// The report in Markdown.
  package var markdown: String { document.markdown }
  /// The report as one HTML page with its plots inside.
  package var html: String { document.html }

  /// A report on an iteration.
  ///
  /// - Parameters:
  ///   - id: the iteration; the current one where `nil`.
  ///   - model: the original's file name.
  ///   - commands: what repeats it without a terminal.
  ///   - data: the data, in a line; `nil` without.
  package init(
    on history: History, iteration id: Int? = nil, model: String, commands: [String] = [], data: String? = nil
  ) {
    let iteration = id.flatMap { history[$0] } ?? history.now
    var writer = ReportWriter(history: history, iteration: iteration, model: model)
    writer.summarize(data: data)
    writer.addSteps()
    writer.addLayers()
    writer.addTrainings()
    writer.addAll()
    writer.add(commands: commands)
    document = writer.document
  }
}

/// Puts the parts of a report together.
private struct ReportWriter {
  let history: History
  let iteration: Iteration
  /// From the original to the iteration.
  let chain: [Iteration]
  var document: ReportDocument

  init(history: History, iteration: Iteration, model: String) {
    self.history = history
    self.iteration = iteration
    var chain = [iteration]
    while let parent = chain[0].parent.flatMap({ history[$0] }) { chain.insert(parent, at: 0) }
    self.chain = chain
    let name = iteration.name.map { " “\($0)”" } ?? ""
    document = ReportDocument(title: "\(model), iteration \(iteration.id)\(name)")
  }

  private var original: Iteration { history.original }

  private static func text(_ accuracy: Double?) -> String {
    accuracy.map { Quantity.percent($0, digits: 2) } ?? ""
  }

  private static func time(_ seconds: Double) -> String {
    Quantity.significant(1000 * seconds, digits: 3) + " ms"
  }

  /// An iteration's time; one that does not compare with the original's says so.
  private static func time(of iteration: Iteration, beside original: Iteration) -> String {
    guard let latency = iteration.latency else { return "" }
    let compares = iteration.id == original.id || original.latency.map(latency.compares(with:)) ?? false
    return time(latency.seconds) + (compares ? "" : " (measured otherwise)")
  }

  private func share(_ now: Double, of before: Double) -> String {
    before > 0 ? Quantity.percent(now / before, digits: 1) : ""
  }

  mutating func summarize(data: String?) {
    var table = ReportDocument.Table(columns: ["", "before", "after", "remaining"])
    let (before, after) = (original.network.summary, iteration.network.summary)
    func add(_ name: String, _ before: Int, _ after: Int) {
      table.rows.append([
        name, Quantity.grouped(before), Quantity.grouped(after), share(Double(after), of: Double(before)),
      ])
    }
    add("parameters", before.parameters, after.parameters)
    add("multiply-accumulates", before.multiplyAccumulates, after.multiplyAccumulates)
    add(
      "kernels", before.layers.reduce(0) { $0 + $1.kernels }, after.layers.reduce(0) { $0 + $1.kernels })
    if let before = original.latency, let after = iteration.latency, after.compares(with: before) {
      table.rows.append([
        "time of an example", Self.time(before.seconds), Self.time(after.seconds),
        share(after.seconds, of: before.seconds),
      ])
    }
    if let before = original.evaluation, let after = iteration.evaluation {
      if let old = before.accuracy, let new = after.accuracy {
        let points = Quantity.fixed(100 * (new - old), digits: 2)
        table.rows.append(["accuracy", Self.text(old), Self.text(new), "\(points) points"])
      }
      table.rows.append([
        "loss", Quantity.significant(before.loss, digits: 4), Quantity.significant(after.loss, digits: 4), "",
      ])
    }
    if let deviation = iteration.outputDeviation {
      table.rows.append(["deviation of the outputs", "", deviation.text, ""])
    }
    document.parts.append(.table(table))
    if let data { document.parts.append(.paragraph("Data: \(data)")) }
    if let examples = iteration.evaluation?.examples {
      document.parts.append(.paragraph("Accuracy and loss of \(Quantity.grouped(examples)) examples."))
    }
    if let deviation = iteration.outputDeviation {
      document.parts.append(
        .paragraph("\(deviation.sentence) That is \(deviation.measure.deviationMeaning)."))
    }
    if let warning = iteration.summary.deviationWarning { document.parts.append(.paragraph(warning)) }
  }

  mutating func addSteps() {
    guard chain.count > 1 else { return }
    document.parts.append(.heading("Steps", level: 2))
    document.parts.append(.table(Self.table(of: chain, original: original)))
    for iteration in chain {
      guard let recovery = iteration.recovery else { continue }
      var table = ReportDocument.Table(columns: [
        "recovery of \(iteration.id)", "layers", "time", "accuracy", "loss",
      ])
      func add(_ name: String, _ layers: String, _ time: String, _ evaluation: Evaluation?) {
        table.rows.append([
          name, layers, time, Self.text(evaluation?.accuracy),
          evaluation.map { Quantity.significant($0.loss, digits: 4) } ?? "",
        ])
      }
      add("none", "", "", recovery.before)
      for step in recovery.steps {
        add(
          step.method.summary, String(step.layers), Quantity.duration(seconds: step.seconds), step.evaluation)
      }
      document.parts.append(.table(table))
    }
  }

  private static func table(of iterations: [Iteration], original: Iteration) -> ReportDocument.Table {
    let compares = iterations.contains { $0.outputDeviation != nil }
    var table = ReportDocument.Table(
      columns: ["iteration", "parameters", "MACs", "accuracy", "loss"]
        + (compares ? ["deviation of the outputs"] : []) + ["time of an example"])
    let start = original.network.summary
    for iteration in iterations {
      let summary = iteration.network.summary
      func amount(_ now: Int, _ before: Int) -> String {
        "\(Quantity.count(now)) (\(Quantity.percent(Double(now) / Double(max(1, before)))))"
      }
      table.rows.append(
        [
          "\(iteration.id) \(iteration.name.map { "\($0): " } ?? "")\(iteration.title)",
          amount(summary.parameters, start.parameters),
          amount(summary.multiplyAccumulates, start.multiplyAccumulates),
          text(iteration.evaluation?.accuracy),
          iteration.evaluation.map { Quantity.significant($0.loss, digits: 4) } ?? "",
        ] + (compares ? [iteration.outputDeviation?.text ?? ""] : []) + [
          time(of: iteration, beside: original)
        ])
    }
    return table
  }

  mutating func addLayers() {
    let comparison = NetworkComparison(original.network.bound, iteration.network.bound)
    let changed = comparison.layers.filter { $0.weightShape.before != $0.weightShape.after }
    guard !changed.isEmpty else { return }
    document.parts.append(.heading("Layers", level: 2))
    var table = ReportDocument.Table(columns: ["layer", "weights before", "weights after", "kernels", "MACs"])
    for layer in changed {
      table.rows.append([
        layer.name, layer.weightShape.before.shapeText, layer.weightShape.after.shapeText,
        share(Double(layer.kernels.after), of: Double(layer.kernels.before)),
        share(
          Double(layer.multiplyAccumulates.after), of: Double(layer.multiplyAccumulates.before)),
      ])
    }
    document.parts.append(.table(table))
    let others = comparison.layers.count - changed.count
    if others > 0 {
      document.parts.append(
        .paragraph("\(others) further layer\(others == 1 ? " has its" : "s have their") shape still."))
    }
  }

  mutating func addTrainings() {
    for iteration in chain where !iteration.trainings.isEmpty {
      document.parts.append(.heading("Training of iteration \(iteration.id)", level: 2))
      for record in iteration.trainings {
        document.parts.append(
          .paragraph(
            "secateur finetune \(record.settings.commandLine): \(Quantity.duration(seconds: record.seconds)), "
              + "\(record.epochsKept) of \(record.state.history.count) epochs kept."))
        var table = ReportDocument.Table(
          columns: ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "rate", "time"])
        for (index, epoch) in record.state.history.enumerated() {
          if epoch.number == record.state.best?.epoch { table.marked.insert(index) }
          table.rows.append([
            String(epoch.number), Quantity.significant(epoch.loss, digits: 4), Self.text(epoch.accuracy),
            epoch.validationLoss.map { Quantity.significant($0, digits: 4) } ?? "",
            Self.text(epoch.validationAccuracy), Quantity.scientific(epoch.rate),
            Quantity.duration(seconds: epoch.seconds),
          ])
        }
        document.parts.append(.table(table))
        document.parts.append(.plot(Self.curves(of: record)))
      }
    }
  }

  private static func curves(of record: TrainingRecord) -> ReportDocument.Plot {
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
    return ReportDocument.Plot(
      title: "Loss", xTitle: "epoch", yTitle: "loss",
      series: [
        .init(name: "training", points: training, isLine: true),
        .init(name: "validation", points: validation, isLine: true),
      ], xText: { Quantity.significant($0, digits: 2) }, yText: { Quantity.significant($0, digits: 2) })
  }

  mutating func addAll() {
    guard history.iterations.count > 1 else { return }
    document.parts.append(.heading("All iterations", level: 2))
    var table = Self.table(of: history.iterations, original: original)
    let ids = Set(chain.map(\.id))
    table.marked = Set(history.iterations.indices.filter { ids.contains(history.iterations[$0].id) })
    document.parts.append(.table(table))
    if let plot = worthAgainstOperations() { document.parts.append(.plot(plot)) }
  }

  /// Accuracy against multiply-accumulates, or where nothing has one how far the outputs are from the original's.
  private func worthAgainstOperations() -> ReportDocument.Plot? {
    var worth: [(iteration: Iteration, value: Double)] = history.iterations.compactMap { iteration in
      iteration.evaluation?.accuracy.map { (iteration, 100 * $0) }
    }
    var (title, yTitle, sign) = ("Accuracy", "accuracy %", 1.0)
    if worth.isEmpty, let measure = history.iterations.lazy.compactMap(\.outputDeviation).last?.measure {
      worth = history.iterations.compactMap { iteration in
        if iteration.parent == nil { return (iteration, 0) }
        return iteration.outputDeviation.flatMap { $0.measure == measure ? (iteration, $0.value) : nil }
      }
      (title, yTitle, sign) = ("Deviation of the outputs", measure.deviationMeaning, -1)
    }
    guard worth.count > 1 else { return nil }
    func point(_ entry: (iteration: Iteration, value: Double)) -> (x: Double, y: Double) {
      (Double(entry.iteration.network.summary.multiplyAccumulates), entry.value)
    }
    let front = worth.filter { entry in
      let own = point(entry)
      return !worth.contains { other in
        let its = point(other)
        let better = sign * (its.y - own.y)
        return (its.x < own.x && better >= 0) || (its.x <= own.x && better > 0)
      }
    }.sorted { point($0).x < point($1).x }
    return ReportDocument.Plot(
      title: "\(title) against multiply-accumulates", xTitle: "MACs", yTitle: yTitle,
      series: [
        .init(
          name: "iterations", points: worth.map(point), isLine: false,
          labels: worth.map { String($0.iteration.id) }),
        .init(name: "front", points: front.map(point), isLine: true),
      ], xText: { Quantity.count($0) }, yText: { Quantity.significant($0, digits: 3) })
  }

  mutating func add(commands: [String]) {
    guard !commands.isEmpty else { return }
    document.parts.append(.heading("The same without a terminal", level: 2))
    document.parts.append(.code(commands.joined(separator: "\n")))
  }
}
