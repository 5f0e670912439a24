public import Errors
public import Pruning

/// What can go wrong in a session, beside what can go wrong in the modules that it works with.
public enum SessionError: ExplainedError, Hashable {
  /// The data do not fit the model: the first finding that says so.
  case unfit(sentence: String, remedy: String)
  /// Curves of sensitivity are to be measured with a loss that compares nothing.
  case lossComparesNothing
  /// Something needs data, and none are named.
  case noData
  /// The loss is to be taken of a value that the model does not have.
  case noSuchValue(String, known: [String])
  /// No layer can be pruned.
  case notPrunable
  /// No prunable layer lies before the values that the loss is taken of.
  case nothingBefore([String])
  /// No layer has what the criterion reads.
  case notScored(Criterion)
  /// A selection removes nothing.
  case emptySelection
  /// There is no iteration of the number or name.
  case noSuchIteration(String, known: [Int])
  /// The original was to be deleted.
  case originalStays
  /// Recovery was asked for behind a training, which it would undo.
  case trainedSince(iteration: Int)
  /// The pruned network does not compute what the masked one does.
  case verificationFailed(Verification.Disagreement)
  /// A plan was recovered with data, and there are none.
  case recoveryNeedsData(plan: String)
  /// Another program writes into the session; the process's number is 0 where nobody knows it.
  case sessionInUse(path: String, holder: Int32)
  /// A session's folder belongs to another model.
  case sessionOfAnotherModel(path: String, model: String)
  /// A session's files contradict each other.
  case damagedSession(path: String, problem: String)
  /// A session was kept by a newer version of this program, in a format of this number.
  case newerSession(path: String, version: Int)
  /// Workers ended before they were done; empty where they did not say why.
  case workersEnded(reason: String)
  /// Nothing was kept to go on with.
  case noSession
  /// A file cannot be read.
  case unreadable(path: String)
  /// A file cannot be made.
  case unwritable(path: String, reason: String)
  /// Files are there already and were not to be replaced.
  case exists(paths: [String])
  /// An output is one file with an input or with another output; `what` each is to the command stands beside its path.
  case clash(output: String, what: String, other: String, otherWhat: String)
  /// The network that was to be written is about to be another one.
  case changing(RunningChange)
  /// A network was to be written that did not come about.
  case noChange(RunningChange)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unfit(let sentence, _): sentence
    case .lossComparesNothing: "Sensitivity is a change of the loss, and output-energy is none."
    case .noData: "There are no data, and this needs some."
    case .noSuchValue(let name, _): "The model has no value called \(name)."
    case .notPrunable: "No layer of this model can be pruned."
    case .nothingBefore(let values):
      "No prunable layer lies before \(values.joined(separator: ", ")), of which the loss is taken."
    case .notScored(let criterion): "No layer of this model can be scored by \(criterion.rawValue)."
    case .emptySelection: "Nothing is chosen to be removed."
    case .noSuchIteration(let id, _): "There is no iteration \(id)."
    case .originalStays: "The original cannot be deleted."
    case .trainedSince(let iteration):
      "Iteration \(iteration) was trained since it was pruned, and recovery would undo that."
    case .verificationFailed(let disagreement): disagreement.sentence
    case .recoveryNeedsData(let plan): "\(plan) recovers with data, and there are none."
    case .sessionInUse(let path, let holder):
      holder > 0
        ? "The session \(path) is used by process \(holder)."
        : "The session \(path) is used by another program."
    case .sessionOfAnotherModel(let path, let model): "\(path) is a session of another model, \(model)."
    case .damagedSession(let path, let problem): "The session is damaged at \(path): \(problem)."
    case .newerSession(let path, let version):
      "The session \(path) was kept by a newer version of this program, in format \(version)."
    case .workersEnded(let reason):
      "The workers ended before they were done\(reason.isEmpty ? "." : ": \(reason)")"
    case .noSession: "There is no session to go on with."
    case .unreadable(let path): "\(path) cannot be read."
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)."
    case .exists(let paths):
      "\(paths.joined(separator: ", ")) \(paths.count == 1 ? "exists" : "exist") already."
    case .clash(let output, let what, let other, let otherWhat):
      "\(output) (\(what)) would be written over \(other) (\(otherWhat))."
    case .changing(let change): change.sentence
    case .noChange(let change): "\(change.name) brought no other network, and nothing was written."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .verificationFailed: .checkFailed
    case .unwritable, .exists, .clash: .unwritable
    case .noData, .noSuchValue, .emptySelection, .notScored, .noSuchIteration, .originalStays, .trainedSince,
      .noSession:
      .usage
    case .workersEnded: .stopped
    case .unreadable: .unreadable
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unfit(_, let remedy): remedy
    case .lossComparesNothing: "Give data with labels or targets, or another loss."
    case .noData: "Give them, or name them in a YAML file beside the model."
    case .noSuchValue(_, let known):
      "It has \(known.prefix(12).joined(separator: ", "))\(known.count > 12 ? ", …" : "")."
    case .notPrunable: "Each layer of the network says why."
    case .nothingBefore: "Take the loss of a value further behind, or of the output."
    case .notScored: "Use another criterion: each says what it needs."
    case .emptySelection: "Ask for a higher percentage."
    case .noSuchIteration(_, let known):
      "There are \(known.prefix(24).map(String.init).joined(separator: ", "))\(known.count > 24 ? ", …" : "")."
    case .originalStays: "Delete what was made from it, branch by branch."
    case .trainedSince: "Train it further, or go back to the one before, prune again and recover that."
    case .verificationFailed: "Please report the model; nothing was written."
    case .recoveryNeedsData: "Give them, or leave recovery out."
    case .sessionInUse: "End that program first, or give another folder."
    case .sessionOfAnotherModel: "Give that model, or another folder."
    case .damagedSession: "Begin anew, which puts the old session aside."
    case .newerSession: "Use that version, or begin anew, which puts the old session aside."
    case .workersEnded: "Mend what ended them, and start them again."
    case .noSession: "Open a model first."
    case .unreadable: "Check the path and its permissions."
    case .unwritable: "Give another path."
    case .exists: "Give another path, or allow replacing."
    case .clash: "Give each a file of its own; nothing was read or written."
    case .changing: "Wait until it ends, or write the network from before."
    case .noChange: "Write the network as it is, or start again."
    }
  }
}
