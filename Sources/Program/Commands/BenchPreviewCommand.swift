import ArgumentParser
import Graph
import Pruning
import Session
import TerminalUI

struct BenchPreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract:
      "Measures how long a changed percentage takes to be seen, and how long groups take to be found.",
    discussion: """
      A changed percentage is a selection and the counts of everything it leaves: what the screen computes at a key. \
      The model is not loaded again; nothing else is counted.

      EXAMPLE
        secateur bench preview resnet50.onnx
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "How often each is measured.", transform: WholeNumber.count) var runs = 50
  @Flag(help: "Print JSON.") var json = false

  private struct Times: Encodable {
    let medianMilliseconds: Double
    let highestMilliseconds: Double

    init(_ runs: Int, _ body: (Int) throws -> Void) throws {
      var times: [Double] = []
      for run in 0..<runs {
        let start = ContinuousClock.now
        try body(run)
        times.append((ContinuousClock.now - start) / .milliseconds(1))
      }
      times.sort()
      medianMilliseconds = times[times.count / 2]
      highestMilliseconds = times[times.count - 1]
    }

    var cells: [String] {
      [Quantity.fixed(medianMilliseconds, digits: 2), Quantity.fixed(highestMilliseconds, digits: 2)]
    }
  }

  private struct Report: Encodable {
    let nodes: Int
    let layers: Int
    let groups: Times
    /// A percentage of every layer, as amounts that are carried out, and the preview of what goes.
    let amounts: Times
    /// Another ranking of all kernels, the same percentages carried out by it, and the preview.
    let settings: Times
    /// The same with widths rounded.
    let rounded: Times
    /// A percentage of the whole network, the amounts it comes to, and the preview.
    let target: Times
    /// A share of the operations.
    let operations: Times
    /// A share of the peak of memory.
    let memory: Times
  }

  func run() throws {
    try reporting {
      let opened = try options.open().current
      let (groups, bound) = (opened.groups, opened.bound)
      let scores = ScoreTable(.l2, of: groups, in: bound)
      let settings = PruningSettings()
      let ranking = UnitScores(
        scores, groups: groups, normalization: settings.normalization, aggregation: settings.aggregation)
      func percent(_ run: Int) -> Double { Double(run * 37 % 90 + 5) }
      func propose(_ target: PruningTarget) throws {
        let found = try settings.proposal(target, scope: .global, ranking: ranking, groups: groups)
        _ = Preview(found.selection, groups: groups, bound: bound)
      }
      func change(_ run: Int, rounds: Bool) throws {
        var changed = settings
        for layer in groups.layers where layer.isPrunable {
          changed.amounts[layer.layer.name] = .percent(40)
        }
        changed.normalization = Normalization.allCases[run % Normalization.allCases.count]
        changed.macPenalty = Double(run)
        if rounds {
          changed.multiple = PruningSettings.fastMultiple
          changed.snapsToFastWidths = true
        }
        let ranking = UnitScores(scores, groups: groups, settings: changed)
        let selection = try Selection(changed, ranking: ranking, groups: groups)
        _ = Preview(selection, groups: groups, bound: bound)
      }
      let report = Report(
        nodes: bound.network.nodes.count, layers: groups.layers.count,
        groups: try Times(runs) { _ in
          _ = try ChannelGroups(bound).weightSlicesOfGroups()
        },
        amounts: try Times(runs) { run in
          var changed = settings
          for layer in groups.layers where layer.isPrunable {
            changed.amounts[layer.layer.name] = .percent(percent(run))
          }
          let selection = try Selection(changed, ranking: ranking, groups: groups)
          _ = Preview(selection, groups: groups, bound: bound)
        },
        settings: try Times(runs) { run in
          try change(run, rounds: false)
        },
        rounded: try Times(runs) { run in try change(run, rounds: true) },
        target: try Times(runs) { run in try propose(.percent(percent(run))) },
        operations: try Times(min(runs, 10)) { run in
          try propose(.multiplyAccumulates(keepPercent: percent(run)))
        },
        memory: try Times(min(runs, 10)) { run in
          try propose(.peakMemory(keepPercent: percent(run)))
        })
      if json { Console.json(report) } else { Console.result(Self.text(report)) }
    }
  }

  private static func text(_ report: Report) -> TerminalText {
    var table = TextTable([("", .left), ("MEDIAN MS", .right), ("HIGHEST MS", .right)])
    for (title, times) in [
      ("groups with their slices", report.groups), ("a percentage of each layer", report.amounts),
      ("another ranking", report.settings), ("another ranking, widths rounded", report.rounded),
      ("a percentage of the network", report.target), ("a share of the operations", report.operations),
      ("a share of the peak of memory", report.memory),
    ] { table.add([title] + times.cells) }
    return "\(report.nodes) nodes, \(report.layers) layers\n\n" + table.text
  }
}
