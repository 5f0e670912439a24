import ArgumentParser
import Compute
import Graph
import Pruning
import Session
import TerminalUI

/// How much is to go, and what must not.
struct AmountOptions: ParsableArguments {
  @Option(help: "Share of the removable kernels that goes, 0…100.") var percent: Share?
  @Option(
    help: ArgumentHelp("Kernels that go at most, of all layers together.", valueName: "count"),
    transform: WholeNumber.count)
  var kernels: Int?
  @Option(
    help: ArgumentHelp(
      "Share of the parameters that may remain, or their number such as 90k.", valueName: "percent|count"),
    transform: { try RemainingAmount(argument: $0, of: .parameters) })
  var keepParams: RemainingAmount?
  @Option(
    help: ArgumentHelp(
      "Share of the multiply-accumulates that may remain, or their number such as 1.2G.",
      valueName: "percent|count"),
    transform: { try RemainingAmount(argument: $0, of: .multiplyAccumulates) })
  var keepMacs: RemainingAmount?
  @Option(
    help: ArgumentHelp(
      "Share of the peak of activation memory that may remain, or a size such as 300kB.",
      valueName: "percent|size"),
    transform: { try RemainingAmount(argument: $0, of: .memory) })
  var keepMemory: RemainingAmount?
  @Option(
    help: ArgumentHelp(
      "Share of the time on this machine that may remain, or a time such as 4ms; measured, and widths are rounded to fast ones.",
      valueName: "percent|time"),
    transform: { try RemainingAmount(argument: $0, of: .latency) })
  var keepLatency: RemainingAmount?
  @Option(
    help: ArgumentHelp("Share of one layer's kernels that goes; may be repeated.", valueName: "name=percent"))
  var layer: [String] = []
  @Option(help: PruningSetting.scope.argumentHelp) var scope: Scope = .global
  @OptionGroup var limits: LimitOptions

  /// A percentage, with its sign or without.
  struct Share: ExpressibleByArgument {
    let percent: Double

    init?(argument: String) {
      guard let percent = Double(argument.hasSuffix("%") ? String(argument.dropLast()) : argument),
        0...100 ~= percent
      else { return nil }
      self.percent = percent
    }
  }

  func validate() throws {
    let counts = [percent != nil, kernels != nil].count { $0 }
    if counts > 1 || (counts > 0 && !costs.isEmpty) {
      throw ValidationError(
        "Give one of --percent and --kernels, or costs: --keep-params, --keep-macs, --keep-memory, --keep-latency."
      )
    }
    if counts == 0, costs.isEmpty, layer.isEmpty {
      throw ValidationError(
        "Say how much: --percent, --kernels, --keep-params, --keep-macs, --keep-memory, --keep-latency or --layer NAME=PERCENT."
      )
    }
    for text in layer where Self.request(text) == nil {
      throw ValidationError(
        "--layer \(text) is not a layer and a number from 0 to 100; write it like conv1=25.")
    }
  }

  /// What `NAME=PERCENT` asks for; names may contain `=`.
  private static func request(_ text: String) -> (name: String, share: Double)? {
    guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
      let share = Share(argument: String(text[text.index(after: sign)...]))
    else { return nil }
    return (String(text[..<sign]), share.percent)
  }

  /// How much of the whole network goes; `nil` where only layers are asked for.
  var target: PruningTarget? {
    if let percent { return .percent(percent.percent) }
    if let kernels { return .kernels(kernels) }
    return costs.first
  }

  /// How much of which costs may remain: all of them hold.
  var costs: [PruningTarget] {
    let amounts: [(RemainingAmount?, CostMeasure)] = [
      (keepParams, .parameters), (keepMacs, .multiplyAccumulates), (keepMemory, .memory),
      (keepLatency, .latency),
    ]
    return amounts.compactMap { amount, measure in amount.map { .keeping($0, of: measure) } }
  }

  /// Whether nothing says how scores are ranked, so that measured losses can decide.
  func isMeasured(_ ranking: RankingOptions) -> Bool {
    scope == .global && ranking.settings == PruningSettings()
  }

  /// The target of steps that lead there: how much of what may remain.
  var iterated: (amount: RemainingAmount, measure: CostMeasure) {
    target?.remaining ?? (.percent(100), .multiplyAccumulates)
  }

  /// What is asked of a network.
  ///
  /// - Parameter settings: what a selection heeds.
  func request(settings: PruningSettings) -> RemovalRequest {
    RemovalRequest(
      target, further: Array(costs.dropFirst()), scope: scope, settings: settings,
      layers: layer.compactMap(Self.request).map { .init(.percent($0.share), of: $0.name) },
      keepsWidths: limits.roundTo != nil)
  }

  /// The same.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func request(ranking: PruningSettings, in opened: OpenNetwork) throws -> RemovalRequest {
    var settings = ranking
    try limits.apply(to: &settings, in: opened)
    return request(settings: settings)
  }

  /// What goes; says where a target could not be reached.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func choice(
    in opened: OpenNetwork, scores: ScoreTable, ranking: PruningSettings, options: ComputeOptions
  ) throws -> Choice {
    let request = try request(ranking: ranking, in: opened)
    var line = ProgressLine("measuring")
    defer { line.end() }
    var meter = LatencyMeter(options: options)
    meter.progress = { line.update($0) }
    let choice = try MeasuredChooser(opened, scores: scores, meter: meter).choice(request)
    choice.noteTarget()
    return choice
  }
}

extension Choice {
  /// Says where a target could not be reached, or asked for nothing.
  func noteTarget() {
    if let metAlready { Console.note("secateur: \(metAlready.sentence)") }
    guard let shortfall else { return }
    Console.note("secateur: \(shortfall.sentence())\n  \(shortfall.remedy)")
  }
}

extension RemainingAmount {
  /// Reads what stands behind an option.
  init(argument: String, of measure: CostMeasure) throws {
    guard let amount = Self(argument, of: measure) else { throw ValidationError(measure.acceptedAmounts) }
    self = amount
  }
}

extension Shortfall {
  /// What to do about it.
  fileprivate var remedy: String {
    switch self {
    case .obstacles:
      "What can go without them goes; `secateur explain` says for each layer what keeps it."
    case .measuredMore: "Ask for less, or try again while the machine does nothing else."
    }
  }
}
