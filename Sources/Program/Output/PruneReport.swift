import Foundation
import Graph
import Pruning
import Session
import TerminalUI

/// What a prune did.
struct PruneReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let kernels: Int
    let kept: Int
    let asked: Int
    /// What is expected to be lost by the layer and those that are tied to it, after a refit; where that was measured.
    let expectedLoss: Double?
  }

  struct Latency: Encodable {
    let before: Double
    let after: Double
  }

  /// The file that was written, where one was.
  var output: String?
  let parameters: Amounts
  let macs: Amounts
  /// The most bytes of activations that live at once for one example.
  let peakMemory: Amounts
  /// Of one example on this machine, where it was the target.
  let latencyMilliseconds: Latency?
  let prunedKernelNum: Int
  let layers: [LayerReport]
  /// Between the pruned network and the masked one, where they were compared.
  var largestDifference: Double?
  let inexact: [String]
  var recovery: Recovery?
  /// How far the outputs are from the original's; `nil` without data.
  var outputDeviation: OutputDeviation?
  /// What the shares of the layers follow from, where losses were measured for that.
  var allocation: Allocation?

  struct Allocation: Encodable {
    let examples: Int
    let measure: LossCurves.Measure
    /// What is expected to be lost after a refit.
    let predicted: Double
    /// What was lost.
    var measured: Double?
    /// How many examples that was measured on.
    var measuredExamples: Int?
    /// Whether nothing was chosen or fitted with them.
    var measuredOnOthers: Bool?

    /// Takes what came of it.
    mutating func check(_ deviation: OutputDeviation?, onOthers: Bool) {
      guard let deviation, deviation.measure == measure else { return }
      (measured, measuredExamples, measuredOnOthers) = (deviation.value, deviation.examples, onOthers)
    }

    /// What is expected and what came of it, as they are read.
    var words: TerminalText {
      let name = measure.words
      let expected: TerminalText =
        "shared out by losses measured on \(Quantity.grouped(examples)) examples; "
        + "expected after a refit: \(Quantity.loss(predicted))"
      guard let measured, let measuredExamples else { return expected + " (\(name))" }
      let count = Quantity.grouped(measuredExamples)
      // What was fitted to examples is closer on them than on others.
      let whose: TerminalText =
        measuredOnOthers ?? false ? "measured on \(count) others" : "on the \(count) that it was fitted to"
      return expected + ",\n" + whose + ": \(Quantity.loss(measured)) (\(name))"
    }
  }

  init(
    _ before: OpenNetwork, _ workbench: Workbench, _ choice: Choice, forecast: ChoiceRun.Forecast?
  ) {
    allocation = forecast.map {
      Allocation(examples: $0.examples, measure: $0.measure, predicted: $0.loss)
    }
    let after = workbench.current.summary
    let selection = choice.selection
    latencyMilliseconds = choice.latency.map { Latency(before: 1000 * $0.before, after: 1000 * $0.after) }
    let preview = Preview(selection, groups: before.groups, bound: before.bound)
    peakMemory = Amounts(preview.peakMemory)
    parameters = Amounts(before: before.summary.parameters, after: after.parameters)
    macs = Amounts(before: before.summary.multiplyAccumulates, after: after.multiplyAccumulates)
    layers = before.groups.layers.indices.map { index in
      let layer = before.groups.layers[index].layer
      return LayerReport(
        name: layer.name, kernels: layer.kernels, kept: selection.keptKernels[index].count,
        asked: selection.asked[index], expectedLoss: forecast?.lossByLayer[layer.name])
    }
    prunedKernelNum = layers.reduce(0) { $0 + $1.kernels - $1.kept }
    inexact = before.groups.groups.compactMap(\.inexact)
  }

  var text: TerminalText {
    let hasLosses = layers.contains { $0.expectedLoss != nil }
    var columns: [(String, TextTable.Alignment)] = [
      ("LAYER", .left), ("KERNELS", .right), ("ASKED", .right), ("KEPT", .right),
    ]
    if hasLosses { columns.append(("EXPECTED LOSS", .right)) }
    var table = TextTable(columns)
    for layer in layers where layer.kept < layer.kernels || layer.asked > 0 {
      var cells = [
        layer.name, String(layer.kernels), String(layer.kernels - layer.asked), String(layer.kept),
      ]
      if hasLosses { cells.append(layer.expectedLoss.map(Quantity.loss) ?? "") }
      table.add(cells)
    }
    let time = latencyMilliseconds.map { latency -> TerminalText in
      let change = Quantity.change(from: latency.before, to: latency.after, digits: 1)
      return ",\nmeasured \(Quantity.fixed(latency.before, digits: 2)) → "
        + "\(Quantity.fixed(latency.after, digits: 2)) ms an example (\(change))"
    }
    let expected: TerminalText? = allocation.map { "\n" + $0.words }
    // Beside what was expected it stands already.
    let deviation = allocation?.measured == nil ? outputDeviation : nil
    let proof: TerminalText? = largestDifference.map {
      "\npruned = masked, largest difference \(Quantity.scientific($0)) relative"
    }
    return table.text + "\n\n" + "\(parameters.text("parameters")), \(macs.text("MACs"))"
      + ",\npeak of activations \(Quantity.bytes(peakMemory.before)) → \(Quantity.bytes(peakMemory.after))"
      + (time ?? "") + (expected ?? "") + (proof ?? "")
      + (deviation.map { "\n\($0.sentence)" } ?? "") + (recovery.map { "\n\n\($0.text)" } ?? "")
      + (output.map { "\nwrote \($0)" } ?? "\nnothing was written")
  }
}
