import Foundation
import Formats
import Graph
import Pruning
import Session
import TerminalUI

/// What `sensitivity` says.
struct SensitivityReport: Encodable {
  struct Curve: Encodable {
    struct Point: Encodable {
      let level: Double
      let kernels: Int
      let loss: Double
      let top1: Double?
      let top5: Double?
    }

    let layers: [String]
    let points: [Point]
  }

  struct Suggestion: Encodable {
    struct Layer: Encodable {
      let name: String
      let kernels: Int
      let percent: Double
      let kept: Int
    }

    let layers: [Layer]
    let parameters: Amounts
    let macs: Amounts
    let lossRise: Double
    let accuracyDrop: Double?
    let isReached: Bool
    let command: String
  }

  let model: String
  let criterion: String
  let examples: Int
  let curves: [Curve]
  let suggestion: Suggestion?
  private let table: SensitivityTable

  private enum CodingKeys: String, CodingKey { case model, criterion, examples, curves, suggestion }

  init(_ table: SensitivityTable, _ suggestion: SensitivitySuggestion?, _ workbench: Workbench) {
    self.table = table
    model = workbench.path
    criterion = table.subject.criterion.rawValue
    let whole = table.curves.filter(\.isComplete)
    examples = whole.compactMap { $0.baseline?.examples }.max() ?? 0
    curves = whole.map { curve in
      Curve(
        layers: curve.layers,
        points: curve.points.map { point in
          let found = point.measurement
          return .init(
            level: point.level, kernels: point.kernels, loss: found.loss, top1: found.top1, top5: found.top5)
        })
    }
    self.suggestion = suggestion.map { Suggestion($0, whole, workbench) }
  }

  var text: TerminalText {
    let whole = table.curves.filter(\.isComplete)
    let hasAccuracy = whole.contains { $0.baseline?.top1 != nil }
    var rows = TextTable(
      [("LAYER", .left), ("KERNELS", .right), ("CURVE", .left)]
        + (hasAccuracy ? [("ACCURACY AT 50%", .right)] : []) + [("LOSS AT 50%", .right)])
    let values = whole.flatMap { curve in curve.points.map { Self.height($0, hasAccuracy) } }.filter(
      \.isFinite)
    let range = (values.min() ?? 0)...(values.max() ?? 0)
    for curve in whole {
      let others = curve.layers.count > 1 ? " +\(curve.layers.count - 1) tied" : ""
      let half = curve.measurement(at: 50)
      rows.add(
        [
          (curve.layers.first ?? "") + others, String(curve.points.first?.kernels ?? 0),
          Self.sparkline(curve.points.map { Self.height($0, hasAccuracy) }, in: range),
        ] + (hasAccuracy ? [half?.top1.map { Quantity.percent($0, digits: 2) } ?? Quantity.missing] : [])
          + [half.map { Quantity.precise($0.loss, digits: 4) } ?? Quantity.missing])
    }
    var text: TerminalText = ""
    if let before = whole.first?.baseline {
      let accuracy = before.top1.map { "accuracy \(Quantity.percent($0, digits: 2)), " } ?? ""
      text =
        "unpruned: \(accuracy)loss \(Quantity.precise(before.loss, digits: 4)) on "
        + "\(Quantity.grouped(before.examples)) examples; kernels by \(criterion)\n\n"
    }
    let left = table.curves.count - whole.count
    let missing: TerminalText =
      left > 0 ? "\n\n\(left) of \(table.curves.count) sets of layers are not measured" : ""
    return text + rows.text + missing + (suggestion.map { "\n\n" + $0.text } ?? "")
  }

  /// What a sparkline shows: accuracy where there is one, else the loss.
  private static func height(_ point: SensitivityTable.Point, _ hasAccuracy: Bool) -> Double {
    hasAccuracy ? point.measurement.top1 ?? .nan : point.measurement.loss
  }

  private static func sparkline(_ values: [Double], in range: ClosedRange<Double>) -> String {
    let steps = Glyphs.unicode.verticalSteps
    let length = range.upperBound - range.lowerBound
    return String(
      String.UnicodeScalarView(
        values.map { value in
          guard value.isFinite else { return "?" }
          let share = length > 0 ? (value - range.lowerBound) / length : 0.5
          return steps[min(steps.count - 1, Int(share * Double(steps.count)))]
        }))
  }
}

extension SensitivityReport.Suggestion {
  init(_ suggestion: SensitivitySuggestion, _ curves: [SensitivityTable.Curve], _ workbench: Workbench) {
    let now = workbench.current
    let preview = Preview(suggestion.selection, groups: now.groups, bound: now.bound)
    parameters = Amounts(preview.parameters)
    macs = Amounts(preview.multiplyAccumulates)
    lossRise = suggestion.lossRise
    accuracyDrop = suggestion.accuracyDrop
    isReached = suggestion.isReached
    func percent(_ layer: String) -> Double {
      if case .percent(let share)? = suggestion.settings.amounts[layer] { share } else { 0 }
    }
    layers = curves.flatMap(\.layers).compactMap { name in
      guard percent(name) > 0, let index = now.groups.index(of: name) else { return nil }
      return Layer(
        name: name, kernels: now.groups.layers[index].layer.kernels, percent: percent(name),
        kept: suggestion.selection.keptKernels[index].count)
    }
    // Tied layers move along with the first.
    let amounts = curves.compactMap { curve -> String? in
      guard let name = curve.layers.first, percent(name) > 0 else { return nil }
      return "--layer \(ShellWord("\(name)=\(Int(percent(name)))"))"
    }
    let model = workbench.path
    let stem = ModelPaths.stem(of: model) ?? model
    command =
      ([
        "secateur prune", PassedOn(CommandLine.arguments).text,
        "-o \(ShellWord(workbench.file.path(ofStem: stem + "-pruned")))",
      ] + amounts).filter { !$0.isEmpty }.joined(separator: " ")
  }

  var text: TerminalText {
    var rows = TextTable([
      ("LAYER", .left), ("KERNELS", .right), ("PERCENT", .right), ("KEPT", .right),
    ])
    for layer in layers {
      rows.add([
        layer.name, String(layer.kernels), "\(Quantity.fixed(layer.percent, digits: 0))%", String(layer.kept),
      ])
    }
    let accuracy = accuracyDrop.map { ", accuracy −\(Quantity.fixed($0, digits: 2)) points" } ?? ""
    let note: TerminalText =
      isReached ? "" : "\nThe target is beyond what was measured, or floors stand in its way."
    return rows.text + "\n\n\(parameters.text("parameters")), \(macs.text("MACs"))"
      + "\nsum of the curves, a rule of thumb: loss +\(Quantity.precise(lossRise, digits: 3))\(accuracy)"
      + note + "\n\n\(command)"
  }
}

/// What of the arguments of `sensitivity` another command takes too: the model, the data, how kernels are scored.
struct PassedOn {
  /// The arguments, as a shell reads them.
  let text: String

  private static let withValue: Set<String> = [
    "--levels", "--examples", "-o", "--output", "--state", "--keep-macs", "--keep-params", "--loss-rise",
    "--accuracy-drop",
  ]
  private static let flags: Set<String> = ["--suggest", "--json"]

  /// - Parameter arguments: of the whole program, its own name first.
  init(_ arguments: [String]) {
    var words: [String] = []
    var rest = arguments.dropFirst(2)
    while let word = rest.popFirst() {
      let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
      if Self.flags.contains(word) { continue }
      if Self.withValue.contains(name) {
        if !word.contains("=") { rest = rest.dropFirst() }
      } else if name == "--layers" {
        while let next = rest.first, !next.hasPrefix("-") { rest.removeFirst() }
      } else {
        words.append(word)
      }
    }
    text = words.map { ShellWord($0).description }.joined(separator: " ")
  }
}
