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

  private var target: PruningTarget? {
    if let percent { return .percent(percent.percent) }
    if let keepParams { return .parameters(keepPercent: keepParams.percent) }
    if let keepMacs { return .multiplyAccumulates(keepPercent: keepMacs.percent) }
    return keepMemory.map { .peakMemory(keepPercent: $0.percent) }
  }

  /// The target of steps that lead there: what is counted, and how much of it may remain, in per cent.
  var iterated: (measure: IterationGoal.Measure, percent: Double) {
    if let keepParams { return (.parameters, keepParams.percent) }
    if let keepMemory { return (.memory, keepMemory.percent) }
    if let keepLatency { return (.latency, keepLatency.percent) }
    return (.multiplyAccumulates, keepMacs?.percent ?? 100)
  }

  /// What a selection heeds.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func settings(ranking: PruningSettings, in opened: OpenNetwork) throws(SessionError) -> PruningSettings {
    var settings = ranking
    try limits.apply(to: &settings, in: opened)
    if keepLatency != nil, limits.roundTo == nil {
      settings.multiple = PruningSettings.fastMultiple
      settings.snapsToFastWidths = true
    }
    return settings
  }

  /// What was decided.
  struct Choice {
    var settings: PruningSettings
    var selection: Selection
    /// Seconds of an example before and after, where they were measured.
    var latency: Change<Double>?
    /// Whether the target is met; `nil` where there is none, or where that was said already.
    var isReached: Bool?
  }

  /// What goes, with the settings that say so.
  ///
  /// - Parameter ranking: settings that remove nothing and say how scores are ranked.
  func choice(
    in opened: OpenNetwork, scores: ScoreTable, ranking: PruningSettings, options: ComputeOptions
  ) throws(SessionError) -> Choice {
    let settings = try settings(ranking: ranking, in: opened)
    var line = ProgressLine("measuring")
    defer { line.end() }
    var meter = LatencyMeter(options: options)
    meter.progress = { line.update($0) }
    func choice(_ times: WidthTimes) throws(SessionError) -> Choice {
      try self.choice(in: opened, scores: scores, settings: settings, meter: meter, times: times)
    }
    // A target of latency is searched for with times of its own.
    guard keepLatency == nil else { return noted(try choice(WidthTimes())) }
    let times = try meter.widths(for: settings, in: opened) { times throws(SessionError) in
      try choice(times).selection
    }
    return noted(try choice(times))
  }

  private func choice(
    in opened: OpenNetwork, scores: ScoreTable, settings: PruningSettings, meter: LatencyMeter,
    times: WidthTimes
  ) throws(SessionError) -> Choice {
    var choice: Choice?
    if let keepLatency {
      let search = LatencySearch(opened, scores: scores, settings: settings, meter: meter)
      let found = try search.choice(keepPercent: keepLatency.percent)
      choice = Choice(
        settings: found.proposal.settings, selection: found.proposal.selection, latency: found.latency)
      if !found.isReached, found.proposal.isReached {
        Console.note(
          "secateur: More than the share asked for was measured to remain.\n"
            + "  Ask for less, or try again while the machine does nothing else.")
      } else {
        choice?.isReached = found.isReached
      }
    } else if let target {
      let found = try SessionError.pruning { () throws(PruningError) in
        try settings.proposal(
          target, scope: scope, scores: scores, groups: opened.groups, bound: opened.bound, times: times)
      }
      choice = Choice(settings: found.settings, selection: found.selection, isReached: found.isReached)
    }
    if let choice, layer.isEmpty { return choice }
    var settings = choice?.settings ?? settings
    return try SessionError.pruning { () throws(PruningError) in
      for request in layer.compactMap(Self.request) {
        let name = opened.groups.layers[try opened.groups.requiredPlace(of: request.name)].layer.name
        settings = try settings.settingAmount(.percent(request.share), for: name, in: opened.groups)
      }
      let selection = try Selection(settings, scores: scores, groups: opened.groups, times: times)
      return Choice(settings: settings, selection: selection, isReached: choice?.isReached)
    }
  }

  /// Says where a target could not be reached.
  private func noted(_ choice: Choice) -> Choice {
    if choice.isReached == false {
      Console.note(
        "secateur: The target cannot be reached: floors, pins, rounding or protection stand in its way.\n"
          + "  What can go without them goes; `secateur explain` says for each layer what keeps it.")
    }
    return choice
  }
}
