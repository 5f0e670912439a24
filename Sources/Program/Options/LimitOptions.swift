import ArgumentParser
import Pruning
import Session

/// What every layer keeps, whatever is asked to go.
struct LimitOptions: ParsableArguments {
  @Option(help: "Kernels that every layer keeps at least.") var minKeep = 1
  @Option(help: ArgumentHelp("Share of a layer's kernels that goes at most: 0.8 or 80%.", valueName: "ratio"))
  var maxRatio: String?
  @Option(
    help: ArgumentHelp(
      "A layer that loses nothing, or a pattern of names with * and ?; may be repeated.", valueName: "name"))
  var protect: [String] = []
  @Option(
    help: ArgumentHelp(
      "Keep kernels in multiples of this many, or in those that are fast.", valueName: "n|fast"))
  var roundTo: Multiple?

  /// What counts of kernels are brought to.
  struct Multiple: ExpressibleByArgument {
    let count: Int
    /// Whether widths near a multiple are taken where they were measured to be faster.
    let isFast: Bool

    init?(argument: String) {
      isFast = argument == "fast"
      guard let count = isFast ? PruningSettings.fastMultiple : Int(argument), count >= 1
      else { return nil }
      self.count = count
    }
  }

  func validate() throws {
    if minKeep < 1 { throw ValidationError("--min-keep is a number from 1.") }
    if let maxRatio, Self.ratio(maxRatio) == nil {
      throw ValidationError("--max-ratio is a share from 0 to 1, or a percentage with its sign, like 80%.")
    }
  }

  /// `0.8` or `80%`.
  private static func ratio(_ text: String) -> Double? {
    let ratio =
      text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    return ratio.flatMap { 0...1 ~= $0 ? $0 : nil }
  }

  /// Puts the limits into settings for a network.
  func apply(to settings: inout PruningSettings, in opened: OpenNetwork) throws(SessionError) {
    settings.minimumKept = minKeep
    settings.maximumRatio = maxRatio.flatMap(Self.ratio) ?? 1
    settings.multiple = roundTo?.count ?? 1
    settings.snapsToFastWidths = roundTo?.isFast ?? false
    for pattern in protect {
      settings.protected.formUnion(
        try SessionError.pruning { () throws(PruningError) in try opened.groups.layerNames(like: pattern) })
    }
  }
}
