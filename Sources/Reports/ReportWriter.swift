import Foundation
import Graph
import Quantities
import Session

/// Puts the parts of a report together.
struct ReportWriter {
  let history: History
  let iteration: Iteration
  /// From the original to the iteration.
  let chain: [Iteration]
  /// What is known of prunes, by the iteration that each made.
  let evidence: [Int: PruneEvidence]
  var document: ReportDocument

  init(history: History, iteration: Iteration, model: String, evidence: [Int: PruneEvidence]) {
    self.history = history
    self.iteration = iteration
    self.evidence = evidence
    var chain = [iteration]
    while let parent = chain[0].parent.flatMap({ history[$0] }) { chain.insert(parent, at: 0) }
    self.chain = chain
    let name = iteration.name.map { " “\($0)”" } ?? ""
    document = ReportDocument(title: "\(model), iteration \(iteration.id)\(name)")
  }

  var original: Iteration { history.original }

  /// What an iteration is called in a table: `2 small: −120 kernels by taylor`.
  func title(of iteration: Iteration) -> String {
    "\(iteration.id) \(iteration.name.map { "\($0): " } ?? "")\(iteration.title)"
  }

  // MARK: What matters most

  mutating func addFigures() {
    var figures: [ReportDocument.Figure] = []
    let isOriginal = iteration.id == original.id
    func add(_ name: String, _ before: String?, _ after: String, _ change: String) {
      figures.append(
        .init(
          name: name, before: isOriginal ? nil : before, after: after, change: isOriginal ? "" : change))
    }
    addWorth(add)
    func add(_ name: String, _ value: (Iteration) -> Int, _ text: (Int) -> String) {
      let (before, after) = (value(original), value(iteration))
      add(
        name, text(before), text(after),
        Quantity.change(from: Double(before), to: Double(after), digits: 1))
    }
    add("parameters", { $0.network.summary.parameters }, Quantity.grouped)
    add("multiply-accumulates", { $0.network.summary.multiplyAccumulates }, Quantity.grouped)
    if let after = iteration.latency {
      let before = original.latency.flatMap { after.compares(with: $0) ? $0 : nil }
      add(
        "time of an example", before.map { Self.time($0.seconds) }, Self.time(after.seconds),
        before.map { Quantity.change(from: $0.seconds, to: after.seconds, digits: 1) } ?? "")
    }
    if iteration.summary.bytes > 0 { add("size of the weights", { $0.summary.bytes }, Quantity.bytes) }
    add(
      "kernels", { $0.network.summary.layers.reduce(0) { $0 + $1.kernels } }, Quantity.grouped)
    document.parts.append(.figures(figures))
    if let warning = iteration.summary.deviationWarning { document.parts.append(.warning(warning)) }
    document.parts += sentences.map { .paragraph($0) }
  }

  /// What the network is worth, as far as that was measured.
  private func addWorth(_ add: (String, String?, String, String) -> Void) {
    let (before, after) = (original.evaluation, iteration.evaluation)
    if let new = after?.accuracy {
      let points = before?.accuracy.map { 100 * (new - $0) }
      add(
        "accuracy", before?.accuracy.map(Self.percent), Self.percent(new), points.map(Self.points) ?? "")
    }
    if let new = after?.accuracyInFive {
      add(
        "accuracy in five", before?.accuracyInFive.map(Self.percent), Self.percent(new),
        before?.accuracyInFive.map { Self.points(100 * (new - $0)) } ?? "")
    }
    if let new = after?.loss {
      add(
        "loss", before.map { Self.loss($0.loss) }, Self.loss(new),
        before.map { Quantity.change(from: $0.loss, to: new, digits: 1) } ?? "")
    }
    if let deviation = iteration.outputDeviation { add("deviation of the outputs", nil, deviation.text, "") }
  }

  /// What was done, and what the figures are of.
  private var sentences: [String] {
    var sentences: [String] = []
    let steps = chain.dropFirst().map(\.title)
    if !steps.isEmpty, steps.count <= 4 {
      sentences.append("What was done: \(steps.joined(separator: "; then ")).")
    } else if let last = steps.last {
      sentences.append("What was done: \(steps.count) steps, the last one \(last).")
    }
    if let deviation = iteration.outputDeviation {
      sentences.append("\(deviation.sentence) That is \(deviation.measure.deviationMeaning).")
    }
    return sentences
  }

  // MARK: How to do it again

  mutating func add(commands: [String]) {
    guard !commands.isEmpty else { return }
    document.parts.append(.heading("The same without a terminal", level: 2))
    document.parts.append(.code(commands.joined(separator: "\n")))
  }

  mutating func addCircumstances(data: String?) {
    var lines: [String] = []
    if let data { lines.append("Data: \(data)") }
    if let examples = iteration.evaluation?.examples {
      lines.append("Accuracy and loss are those of \(Quantity.grouped(examples)) examples.")
    }
    if let latency = iteration.latency { lines.append("Times: \(latency.circumstances).") }
    guard !lines.isEmpty else { return }
    document.parts.append(.heading("How it was measured", level: 2))
    document.parts += lines.map { .paragraph($0) }
  }

  // MARK: Numbers

  static func percent(_ share: Double) -> String { Quantity.percent(share, digits: 2) }

  static func loss(_ loss: Double) -> String { Quantity.precise(loss, digits: 4) }

  /// A difference of shares: `−5.00 points`.
  static func points(_ points: Double) -> String {
    (points >= 0.005 ? "+" : "") + Quantity.fixed(points, digits: 2) + " points"
  }

  static func time(_ seconds: Double) -> String { Quantity.significant(1000 * seconds, digits: 3) + " ms" }

  /// Two counts that may be the same: `64 → 48`.
  static func change(_ before: Int, _ after: Int) -> String {
    before == after
      ? Quantity.grouped(after) : "\(Quantity.grouped(before)) → \(Quantity.grouped(after))"
  }

  /// The change of a count in per cent.
  static func percent(from before: Int, to after: Int) -> String {
    guard before != after else { return "" }
    let text = Quantity.change(from: Double(before), to: Double(after), digits: 1)
    // Something is left of it.
    return after > 0 && text == "−100.0%" ? "−99.9%" : text
  }
}
