package import Errors

/// What can go wrong among the ranks of a run.
package enum RanksError: ExplainedError, Hashable {
  /// Another rank ended or failed, and said this of it; `nil` where it could not say anything.
  case lost(rank: Int?, sentence: String?)
  /// The ranks called different functions, or gave different numbers of elements.
  case outOfStep(rank: Int)
  /// The library that joins the ranks refuses to work.
  case library(String)

  /// What is wrong and where.
  package var sentence: String {
    switch self {
    case .lost(let rank?, let sentence?): "Rank \(rank) failed: \(sentence)"
    case .lost(let rank?, nil): "Rank \(rank) has ended before the run did."
    case .lost(nil, let sentence?): "The run over several ranks has ended: \(sentence)"
    case .lost(nil, nil): "A rank has ended before the run did."
    case .outOfStep(let rank): "Rank \(rank) is at another step of the run than the others."
    case .library(let message): "MPI cannot join the ranks: \(message)"
    }
  }

  /// What to do about it.
  package var remedy: String {
    switch self {
    case .lost:
      "Mend what stopped that rank, and start again with any number of ranks: the session holds the last whole step."
    case .outOfStep: "Start all ranks from one program, with the same arguments and the same files."
    case .library: "Check the installation of MPI, or run on one rank."
    }
  }

  /// What kind of thing went wrong.
  package var code: ErrorCode {
    switch self {
    case .lost: .stopped
    case .outOfStep: .usage
    case .library: .unsupported
    }
  }
}
