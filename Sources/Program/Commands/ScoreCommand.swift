import ArgumentParser
import Compute
import Datasets
import Foundation
import Graph
import Pruning
import Session
import TerminalUI

struct ScoreCommand: SharesWork {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Scores every kernel of every prunable layer.",
    discussion: """
      Scores are un-normalised means over the examples, with their standard errors.

      All examples are scored. --until 97% ends that when 97 % of what a prune by the scores would remove is sure. Which \
      prune that is about, --percent or --keep-macs say, as `secateur prune` has them; without either half of every \
      layer goes. Scores of weights and obs have no errors, so that nothing ends them.

      EXAMPLES
        secateur score resnet18.onnx --data photos/ -o scores.json
        secateur score resnet18.onnx --criterion l2 --json
        secateur score resnet18.onnx --scores mine.json
        secateur score resnet18.onnx --data photos/ --beside l2
        secateur score resnet18.onnx --data photos/ --until 97% --keep-macs 40% -o scores.json
      """)

  @OptionGroup var options: ModelOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var scoring: ScoringOptions
  @Option(help: PruningSetting.until.argumentHelp) var until: Sureness?
  @Option(help: "The share of the removable kernels, 0…100, whose choice --until is about.")
  var percent: AmountOptions.Share?
  @Option(
    help: ArgumentHelp(
      "What may remain of the multiply-accumulates in the choice that --until is about.",
      valueName: "percent|count"),
    transform: { try RemainingAmount(argument: $0, of: .multiplyAccumulates) })
  var keepMacs: RemainingAmount?
  @Option(
    help: "Score by this criterion, too, and say of each layer how alike the two rank its kernels, −1…1.")
  var beside: Criterion?
  @Option(name: .shortAndLong, help: "Write the scores as JSON to a file.", completion: .file())
  var output: OutputPath?
  @OptionGroup var replacing: ReplacingOptions
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if until == nil, percent != nil || keepMacs != nil {
      throw ValidationError("--percent and --keep-macs say what --until is about: give that, too.")
    }
    if beside == .external {
      throw ValidationError("--scores gives scores of your own: --beside takes a criterion.")
    }
    if percent != nil, keepMacs != nil { throw ValidationError("Give one of --percent and --keep-macs.") }
  }

  /// What the scores are to be sure of: without a target half of every layer goes.
  private var request: RemovalRequest {
    if let percent { return RemovalRequest(.percent(percent.percent)) }
    if let keepMacs { return RemovalRequest(.keeping(keepMacs, of: .multiplyAccumulates)) }
    return RemovalRequest(.percent(50), scope: .layer)
  }

  func run() throws {
    try reporting {
      let workbench = try options.open()
      let (opened, request) = (workbench.current, request)
      let watch = until.map { until in
        SurenessWatch(until, remedy: "Without --until all are scored.") {
          try request.uncertainty($0, in: opened)
        }
      }
      let table = try scoring.scores(of: workbench, data: data, until: watch?.isReached)
      watch?.note()
      let besides = try beside.map { try scoring.scores(of: workbench, data: data, by: $0) }
      let report = ScoreReport(workbench, table, besides: besides)
      if let output { try Destination.write(Console.encoded(report) + "\n", to: output.path) }
      if json {
        Console.json(report)
      } else if output == nil {
        Console.result(report.text)
      }
    }
  }
}

/// How kernels are scored.
struct ScoringOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      What makes a kernel important; `secateur help criteria` explains each. Without it taylor where there are data, \
      else l2.
      """))
  var criterion: Criterion?
  @OptionGroup var given: GivenScoresOptions
  @Option(
    help: "Batches to score; all examples without it (512 for oracle and obs).", transform: WholeNumber.count)
  var batches: Int?
  @Option(help: "Examples a batch.", transform: WholeNumber.count) var batchSize = 32
  @Option(help: "Where random scores begin.") var scoreSeed: Int = 0

  func validate() throws {
    try given.check(criterion)
  }

  /// The criterion that was asked for, or that given scores are.
  var chosen: Criterion? { given.scores == nil ? criterion : .external }

  /// The scores by the criterion asked for: without one Taylor's where there are data, else l2.
  ///
  /// - Parameter isEnough: whether what a run has found after a step is enough.
  func scores(
    of workbench: Workbench, data: DataOptions, until isEnough: ((ScoringRun) throws -> Bool)? = nil
  ) throws -> ScoreTable {
    let configuration = try workbench.dataConfiguration(flags: try data.configuration())
    try given.read(for: workbench)
    return try scores(
      of: workbench, data: data, by: chosen ?? (configuration.data == nil ? .l2 : .taylor), until: isEnough)
  }

  /// The scores by a criterion.
  func scores(
    of workbench: Workbench, data: DataOptions, by criterion: Criterion,
    until isEnough: ((ScoringRun) throws -> Bool)? = nil
  ) throws -> ScoreTable {
    guard criterion.needsData else {
      return try workbench.scoresWithoutRun(criterion, seed: UInt64(bitPattern: Int64(scoreSeed)))
    }
    let dataset = try data.open(for: workbench)
    let interruption = Interruption()
    let computing = interruption.stopping(workbench.options)
    let run = try ScoringRun(
      workbench.current, dataset: dataset, criterion: criterion, batchSize: batchSize,
      limit: batches.map { $0 * batchSize }, options: computing)
    try run.finish("scoring", stoppedBy: interruption) { try isEnough?(run) ?? false }
    return run.table
  }
}

/// What `score` says.
struct ScoreReport: Encodable {
  struct LayerScores: Encodable {
    let name: String
    let mean: [Double]
    let standardError: [Double]
    /// How alike the other criterion ranks the kernels, by Spearman: −1…1; `nil` without one.
    let rankCorrelation: Double?
  }

  let model: String
  let criterion: String
  let examples: Int
  /// What was multiplied; `nil` for scores from weights.
  let precision: String?
  /// The criterion that the ranks are compared with.
  let beside: String?
  let layers: [LayerScores]

  init(_ workbench: Workbench, _ table: ScoreTable, besides: ScoreTable? = nil) {
    beside = besides?.criterion.rawValue
    model = workbench.path
    criterion = table.criterion.rawValue
    examples = table.examples
    precision = table.examples > 0 ? workbench.options.precision.rawValue : nil
    layers = workbench.current.groups.layers.filter(\.isPrunable).compactMap { coupled in
      table.layers[coupled.layer.name].map { scores in
        let other = besides?.layers[coupled.layer.name]?.mean
        return LayerScores(
          name: coupled.layer.name, mean: scores.mean, standardError: scores.standardError,
          rankCorrelation: other.map { rankCorrelation(scores.mean, $0) })
      }
    }
  }

  var text: TerminalText {
    var columns: [(title: String, alignment: TextTable.Alignment)] = [
      ("LAYER", .left), ("KERNELS", .right), ("LOWEST", .right), ("MEDIAN", .right), ("HIGHEST", .right),
    ]
    if let beside { columns.append((title: "RANKS AS \(beside.uppercased())", alignment: .right)) }
    var rows = TextTable(columns)
    for layer in layers {
      let sorted = layer.mean.sorted()
      var cells = [
        layer.name, String(sorted.count), Quantity.scientific(sorted.first ?? 0),
        Quantity.scientific(sorted[sorted.count / 2]), Quantity.scientific(sorted.last ?? 0),
      ]
      if beside != nil {
        cells.append(layer.rankCorrelation.map { Quantity.fixed($0, digits: 2) } ?? Quantity.missing)
      }
      rows.add(cells)
    }
    let note = precision == Precision.bfloat16.rawValue ? ", in bf16" : ""
    let source = examples > 0 ? "over \(Quantity.grouped(examples)) examples\(note)" : "from weights"
    return "\(criterion) \(source)\n\n" + rows.text
  }
}

/// Scores that are computed elsewhere.
struct GivenScoresOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Take scores of your own code in place of a criterion: JSON such as {"conv1": [0.3, 0.1, …], …} or NPZ, by layer a \
      number for each kernel; the least go first.
      """, valueName: "file"), completion: .file(extensions: ["json", "npz"]))
  var scores: InputPath?

  /// Throws where a criterion is asked for as well, or the one of given scores without these.
  func check(_ criterion: Criterion?) throws {
    if scores != nil, criterion ?? .external != .external {
      throw ValidationError("--scores takes the place of a criterion: leave --criterion out.")
    }
    if scores == nil, criterion == .external {
      throw ValidationError("--criterion external takes scores from a file: give it with --scores.")
    }
  }

  /// Reads them, where a file is given.
  func read(for workbench: Workbench) throws {
    if let scores { workbench.givenScores = try GivenScores(path: scores.path) }
  }
}
