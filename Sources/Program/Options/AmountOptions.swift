import ArgumentParser
import Compute
import Graph
import Pruning
import Session
import TerminalUI

/// How much is to go, and what must not.
struct AmountOptions: ParsableArguments {
  @Option(help: "Share of the removable kernels that goes, 0…100.") var percent: Share?
  @Option(help: ArgumentHelp("Share of the parameters that may remain.", valueName: "percent"))
  var keepParams: Share?
  @Option(help: ArgumentHelp("Share of the multiply-accumulates that may remain.", valueName: "percent"))
  var keepMacs: Share?
  @Option(
    help: ArgumentHelp("Share of the peak of activation memory that may remain.", valueName: "percent"))
  var keepMemory: Share?
  @Option(
    help: ArgumentHelp(
      "Share of the time on this machine that may remain, measured; widths are rounded to fast ones.",
      valueName: "percent"))
  var keepLatency: Share?
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
    let targets = [percent, keepParams, keepMacs, keepMemory, keepLatency].count { $0 != nil }
    if targets > 1 {
      throw ValidationError(
        "Give one of --percent, --keep-params, --keep-macs, --keep-memory and --keep-latency.")
    }
    if targets == 0, layer.isEmpty {
      throw ValidationError(
        "Say how much: --percent, --keep-params, --keep-macs, --keep-memory, --keep-latency or --layer NAME=PERCENT."
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
    if let keepParams { return .parameters(keepPercent: keepParams.percent) }
    if let keepMacs { return .multiplyAccumulates(keepPercent: keepMacs.percent) }
    if let keepMemory { return .peakMemory(keepPercent: keepMemory.percent) }
    return keepLatency.map { .latency(keepPercent: $0.percent) }
  }

  /// The target of steps that lead there: what is counted, and how much of it may remain, in per cent.
  var iterated: (measure: IterationGoal.Measure, percent: Double) {
    switch target {
    case .parameters(let percent): (.parameters, percent)
    case .multiplyAccumulates(let percent): (.multiplyAccumulates, percent)
    case .peakMemory(let percent): (.memory, percent)
    case .latency(let percent): (.latency, percent)
    case .percent, .kernels, nil: (.multiplyAccumulates, 100)
    }
  }

  /// What is asked of a network.
  ///
  /// - Parameter settings: what a selection heeds.
  func request(settings: PruningSettings) -> RemovalRequest {
    RemovalRequest(
      target, scope: scope, settings: settings,
      layers: layer.compactMap(Self.request).map { .init(.percent($0.share), of: $0.name) },
      keepsWidths: limits.roundTo != nil)
  }

  /// The same.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func request(ranking: PruningSettings, in opened: OpenNetwork) throws(SessionError) -> RemovalRequest {
    var settings = ranking
    try limits.apply(to: &settings, in: opened)
    return request(settings: settings)
  }

  /// What goes; says where a target could not be reached.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func choice(
    in opened: OpenNetwork, scores: ScoreTable, ranking: PruningSettings, options: ComputeOptions
  ) throws(SessionError) -> Choice {
    let request = try request(ranking: ranking, in: opened)
    var line = ProgressLine("measuring")
    defer { line.end() }
    var meter = LatencyMeter(options: options)
    meter.progress = { line.update($0) }
    let choice = try MeasuredChooser(opened, scores: scores, meter: meter).choice(request)
    choice.noteShortfall()
    return choice
  }
}

extension Choice {
  /// Says where a target could not be reached.
  func noteShortfall() {
    guard let shortfall else { return }
    Console.note("secateur: \(shortfall.sentence())\n  \(shortfall.remedy)")
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
