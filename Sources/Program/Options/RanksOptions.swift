import ArgumentParser
import Compute
import Ranks
import Session
import TerminalUI
import Training

/// How the ranks of a run train together.
struct RanksOptions: ParsableArguments {
  @Flag(
    help: """
      Under mpirun: batch normalizations take the statistics of the whole batch, not those of each rank's part. It costs \
      two messages a normalization and step.
      """) var syncBn = false

  /// Options whose plans do as asked.
  func applied(to options: ComputeOptions) -> ComputeOptions {
    var options = options
    options.sharesStatistics = syncBn && options.ranks.count > 1
    return options
  }

  /// Says how a batch is shared, where it is.
  func note(_ settings: TrainingSettings, _ ranks: any Communicator) {
    guard ranks.count > 1 else { return }
    let (size, rest) = settings.batchSize.quotientAndRemainder(dividingBy: ranks.count)
    let statistics =
      settings.freezesNormalization
      ? ""
      : "; batch normalizations take the statistics of \(syncBn ? "the whole batch" : "each rank's part")"
    Console.note(
      "secateur: \(ranks.count) ranks share each step: \(Quantity.grouped(settings.batchSize)) examples in all, "
        + "\(rest == 0 ? "" : "\(Quantity.grouped(size)) or ")\(Quantity.grouped(rest == 0 ? size : size + 1)) a rank, "
        + "at a learning rate of \(Quantity.significant(settings.rate, digits: 3)) for the whole batch\(statistics)"
    )
  }
}
