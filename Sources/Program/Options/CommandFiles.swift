import ArgumentParser
import Files
import Session

/// Every file that a command was told to read or write, gathered from its arguments by their types. It is looked at before
/// the command runs, whichever it is.
struct CommandFiles {
  private var use = FileUse()
  private var mayReplace = true
  private var paths: [(name: String, path: any CommandPath)] = []

  init(of command: any ParsableCommand) {
    gather(command, name: "")
    let model = paths.compactMap(\.path.model).last
    for (name, path) in paths { path.declare(in: &use, as: name, model: model) }
    (command as? any WritesFolder)?.declareFolder(in: &use)
    use.keepsOwnFoldersClear()
    use.keepsClear(UserConfiguration.folder, as: "the folder of settings")
  }

  /// Throws where an output is an input or another output, cannot be made, or is there and must stay.
  func check() throws {
    guard use.writesAnything, FileReplacement.keepsFiles else { return }
    for path in use.written { try Destination.check(path) }
    try use.check(replaces: mayReplace)
    use.sweepDrafts()
  }

  /// Walks through a command's properties and groups of options, in whatever they are wrapped.
  private mutating func gather(_ value: Any, name: String) {
    switch value {
    case let path as any CommandPath: paths.append((name, path))
    case let options as ReplacingOptions: mayReplace = !options.keepsExisting
    default:
      for child in Mirror(reflecting: value).children {
        gather(child.value, name: Self.name(of: child) ?? name)
      }
    }
  }

  /// What the user calls a property with a wrapper: `--plan-out` of the option `planOut`, `the model` of an argument;
  /// `nil` for anything else.
  private static func name(of child: Mirror.Child) -> String? {
    let wrapper = String(describing: type(of: child.value))
    guard let property = child.label?.dropFirst() else { return nil }
    let words = property.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
    if wrapper.hasPrefix("Option<") { return "--\(words)" }
    return wrapper.hasPrefix("Argument<") ? "the \(words.replacing("-", with: " "))" : nil
  }
}
