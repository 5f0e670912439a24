public import Session

/// Where something stands in a schedule's file.
public struct SchedulePlace: Sendable, Hashable {
  /// The file.
  public let path: String
  /// The line, from 1; `nil` where it is not known.
  public let line: Int?

  /// A line of a file.
  public init(path: String, line: Int?) {
    self.path = path
    self.line = line
  }

  /// `small.yaml, line 12`.
  var text: String { line.map { "\(path), line \($0)" } ?? path }
}

/// What can be wrong with a schedule.
public enum ScheduleError: Error, Sendable {
  /// The file cannot be read.
  case unreadable(path: String)
  /// The file is not YAML.
  case notYAML(SchedulePlace, problem: String)
  /// Something is of another kind than it has to be.
  case wrongType(SchedulePlace, what: String, expected: String)
  /// A section, an argument or an entry of a policy that is not known.
  case unknownName(SchedulePlace, name: String, owner: String, allowed: [String])
  /// A section has no such class.
  case unknownClass(SchedulePlace, name: String, section: String, allowed: [String])
  /// A required argument is not there.
  case missing(SchedulePlace, name: String, owner: String)
  /// A policy names an instance that its section does not define.
  case undefinedInstance(SchedulePlace, name: String, section: String, defined: [String])
  /// A number that its argument cannot have.
  case outOfRange(SchedulePlace, what: String, problem: String, remedy: String)
  /// The model has no such weight.
  case unknownWeight(SchedulePlace, name: String, near: [String])
  /// A weight that cannot be pruned in the way asked for.
  case unsuitable(SchedulePlace, weight: String, reason: String)
  /// A pruner would leave nothing of a weight.
  case prunesEverything(SchedulePlace, pruner: String, weight: String, slices: String)
  /// Weights whose channels meet are pruned differently, and a remover comes behind.
  case splitJoin(SchedulePlace, pruner: String, weight: String, partner: String, members: [String])
  /// A remover comes behind a mask that cannot be removed.
  case cannotGo(SchedulePlace, weight: String, reason: String)
  /// A folder holds where another schedule, model or training was.
  case otherState(folder: String, what: String)
  /// An error of the engine.
  case session(SessionError)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unreadable(let path): "\(path) cannot be read."
    case .notYAML(let place, let problem): "\(place.text): \(problem)."
    case .wrongType(let place, let what, let expected): "\(place.text): \(what) is not \(expected)."
    case .unknownName(let place, let name, let owner, _): "\(place.text): \(owner) has no \(name)."
    case .unknownClass(let place, let name, let section, _):
      "\(place.text): \(section) have no class \(name)."
    case .missing(let place, let name, let owner): "\(place.text): \(owner) lacks `\(name)`."
    case .undefinedInstance(let place, let name, let section, _):
      "\(place.text): \(section) define no instance \(name)."
    case .outOfRange(let place, let what, let problem, _): "\(place.text): \(what) \(problem)."
    case .unknownWeight(let place, let name, _): "\(place.text): the model has no weight \(name)."
    case .unsuitable(let place, let weight, let reason):
      "\(place.text): \(weight) cannot be pruned so: \(reason)."
    case .prunesEverything(let place, let pruner, let weight, let slices):
      "\(place.text): \(pruner) would prune all \(slices) of \(weight)."
    case .splitJoin(let place, let pruner, let weight, let partner, _):
      "\(place.text): \(pruner) prunes \(weight) otherwise than \(partner), whose channels meet with its own."
    case .cannotGo(let place, let weight, let reason):
      "\(place.text): what is masked of \(weight) cannot be removed: \(reason)"
    case .otherState(let folder, let what): "\(folder) holds the state of another \(what)."
    case .session(let error): error.sentence
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unreadable: "Check the path and its permissions."
    case .notYAML: "Correct the file; it is read as YAML."
    case .wrongType: "Write it as `secateur help schedule` shows."
    case .unknownName(_, _, _, let allowed), .unknownClass(_, _, _, let allowed):
      "Allowed: \(allowed.joined(separator: ", "))."
    case .missing(_, let name, _): "Add `\(name)`."
    case .undefinedInstance(_, _, let section, let defined):
      defined.isEmpty
        ? "Define it under `\(section)`." : "Defined: \(defined.joined(separator: ", "))."
    case .outOfRange(_, _, _, let remedy): remedy
    case .unknownWeight(_, _, let near):
      near.isEmpty
        ? "`secateur inspect` lists the layers; PyTorch's names do too, such as module.conv1.weight."
        : "Near are \(near.joined(separator: ", "))."
    case .unsuitable: "Leave it out, or prune it by another class."
    case .prunesEverything: "Ask for less: something has to stay."
    case .splitJoin(_, _, _, _, let members):
      "Give \(members.joined(separator: ", ")) to one pruner with `group_dependency: Leader`, or leave them all out."
    case .cannotGo: "Leave the weight out, or the remover."
    case .otherState: "Give another folder, or --new to begin again in this one."
    case .session(let error): error.remedy
    }
  }

  /// Runs something of a session and files what it throws.
  static func session<T>(_ body: () throws(SessionError) -> T) throws(ScheduleError) -> T {
    do { return try body() } catch { throw .session(error) }
  }
}
