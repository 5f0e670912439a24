public import Errors

/// Where something stands in a schedule's file.
public struct ScheduleLocation: Sendable, Hashable {
  /// The file.
  public let path: String
  /// The line, from 1; `nil` where it is not known.
  public let line: Int?

  /// A line of a file.
  package init(path: String, line: Int?) {
    self.path = path
    self.line = line
  }

  /// `small.yaml, line 12`.
  var text: String { line.map { "\(path), line \($0)" } ?? path }
}

/// What can be wrong with a schedule.
public enum ScheduleError: ExplainedError {
  /// The file cannot be read.
  case unreadable(path: String)
  /// The file is not YAML.
  case notYAML(ScheduleLocation, problem: String)
  /// Something is of another kind than it has to be.
  case wrongType(ScheduleLocation, what: String, expected: String)
  /// A section, an argument or an entry of a policy that is not known.
  case unknownName(ScheduleLocation, name: String, owner: String, allowed: [String])
  /// A section has no such class.
  case unknownClass(ScheduleLocation, name: String, section: String, allowed: [String])
  /// A required argument is not there.
  case missing(ScheduleLocation, name: String, owner: String)
  /// A policy names an instance that its section does not define.
  case undefinedInstance(ScheduleLocation, name: String, section: String, defined: [String])
  /// A number that its argument cannot have.
  case outOfRange(ScheduleLocation, what: String, problem: String, remedy: String)
  /// The model has no such weight.
  case unknownWeight(ScheduleLocation, name: String, near: [String])
  /// A weight that cannot be pruned in the way asked for.
  case unsuitable(ScheduleLocation, weight: String, reason: String)
  /// A pruner would leave nothing of a weight.
  case prunesEverything(ScheduleLocation, pruner: String, weight: String, slices: String)
  /// Weights whose channels meet are pruned differently, and a remover comes behind.
  case splitJoin(ScheduleLocation, pruner: String, weight: String, partner: String, members: [String])
  /// A remover comes behind a mask that cannot be removed.
  case cannotGo(ScheduleLocation, weight: String, reason: String)
  /// A folder holds where another schedule, model or training was.
  case otherState(folder: String, what: String)

  /// What is wrong and where.
  public var sentence: String {
    switch self {
    case .unreadable(let path): "\(path) cannot be read."
    case .notYAML(let location, let problem): "\(location.text): \(problem)."
    case .wrongType(let location, let what, let expected): "\(location.text): \(what) is not \(expected)."
    case .unknownName(let location, let name, let owner, _): "\(location.text): \(owner) has no \(name)."
    case .unknownClass(let location, let name, let section, _):
      "\(location.text): \(section) have no class \(name)."
    case .missing(let location, let name, let owner): "\(location.text): \(owner) lacks `\(name)`."
    case .undefinedInstance(let location, let name, let section, _):
      "\(location.text): \(section) define no instance \(name)."
    case .outOfRange(let location, let what, let problem, _): "\(location.text): \(what) \(problem)."
    case .unknownWeight(let location, let name, _): "\(location.text): the model has no weight \(name)."
    case .unsuitable(let location, let weight, let reason):
      "\(location.text): \(weight) cannot be pruned so: \(reason)."
    case .prunesEverything(let location, let pruner, let weight, let slices):
      "\(location.text): \(pruner) would prune all \(slices) of \(weight)."
    case .splitJoin(let location, let pruner, let weight, let partner, _):
      "\(location.text): \(pruner) prunes \(weight) otherwise than \(partner), whose channels meet with its own."
    case .cannotGo(let location, let weight, let reason):
      "\(location.text): what is masked of \(weight) cannot be removed: \(reason)"
    case .otherState(let folder, let what): "\(folder) holds the state of another \(what)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unreadable: .unreadable
    default: .unusableData
    }
  }

  /// What to do about it.
  public var remedy: String {
    switch self {
    case .unreadable: "Check the path and its permissions."
    case .notYAML: "Correct the file; it is read as YAML."
    case .wrongType: "Write it as the documentation of schedules shows."
    case .unknownName(_, _, _, let allowed), .unknownClass(_, _, _, let allowed):
      "Allowed: \(allowed.joined(separator: ", "))."
    case .missing(_, let name, _): "Add `\(name)`."
    case .undefinedInstance(_, _, let section, let defined):
      defined.isEmpty
        ? "Define it under `\(section)`." : "Defined: \(defined.joined(separator: ", "))."
    case .outOfRange(_, _, _, let remedy): remedy
    case .unknownWeight(_, _, let near):
      near.isEmpty
        ? "The names of the layers are taken, and PyTorch's, such as module.conv1.weight."
        : "Near are \(near.joined(separator: ", "))."
    case .unsuitable: "Leave it out, or prune it by another class."
    case .prunesEverything: "Ask for less: something has to stay."
    case .splitJoin(_, _, _, _, let members):
      "Give \(members.joined(separator: ", ")) to one pruner with `group_dependency: Leader`, or leave them all out."
    case .cannotGo: "Leave the weight out, or the remover."
    case .otherState: "Give another folder, or begin again in this one."
    }
  }
}
