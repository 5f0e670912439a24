import ArgumentParser
import Files
import Formats
import Session

/// A path among a command's arguments. Its type says what is done with what stands there, so that `CommandFiles` finds
/// every file that a command reads and writes in the command itself.
protocol CommandPath: ExpressibleByArgument {
  var path: String { get }

  /// The path, where the new models that a command writes are made of the model there.
  var model: String? { get }

  /// Says what is read and written.
  ///
  /// - Parameters:
  ///   - name: what the user calls it: an option, or what an argument is.
  ///   - model: the model that new ones are made of.
  func declare(in use: inout FileUse, as name: String, model: String?)
}

extension CommandPath {
  var model: String? { nil }
  var defaultValueDescription: String { path }
}

/// A path that is a whole argument.
protocol PlainPath: CommandPath {
  init(path: String)
}

extension PlainPath {
  init?(argument: String) { self.init(path: argument) }
}

/// The model that a command opens, with its settings and data.
struct ModelPath: PlainPath {
  let path: String
  var model: String? { path }

  func declare(in use: inout FileUse, as name: String, model: String?) { use.reads(model: path, as: name) }
}

/// A model, or the folder of a session of one.
struct ModelOrSessionPath: PlainPath {
  let path: String
  var model: String? { isSession ? nil : path }
  /// Whether it is a session's folder.
  var isSession: Bool { SessionFolder(path).exists }

  func declare(in use: inout FileUse, as name: String, model: String?) {
    if isSession { use.keepsClear(path, as: "the session") } else { use.reads(model: path, as: name) }
  }
}

/// A further model that is read.
struct OtherModelPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.reads(model: path, as: name) }
}

/// A plan or the model that it is applied to.
struct PlanOrModelPath: PlainPath {
  let path: String
  var model: String? { isPlan ? nil : path }
  private var isPlan: Bool { [".yaml", ".yml"].contains { path.lowercased().hasSuffix($0) } }

  func declare(in use: inout FileUse, as name: String, model: String?) {
    if isPlan { use.reads(path, as: "the plan") } else { use.reads(model: path, as: "the model") }
  }
}

/// A file that is read.
struct InputPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.reads(path, as: name) }
}

/// Data that are read.
struct DataPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.reads(data: [path], as: name) }
}

/// An array that is read for an input of a model: `[NAME=]PATH`.
struct ArrayPath: CommandPath {
  /// The input; empty for the only one.
  let input: String
  let path: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard let path = parts.last else { return nil }
    self.path = path
    input = parts.count == 2 ? parts[0] : ""
  }

  func declare(in use: inout FileUse, as name: String, model: String?) { use.reads(path, as: name) }
}

/// A file that is written.
struct OutputPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.writes(path, as: name) }
}

/// A model that is written, in all its files.
struct ModelOutputPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) {
    let files = model.map { ModelPaths(of: $0).written(to: path) } ?? [path]
    for file in files { use.writes(file, as: name) }
  }
}

/// A file that is read and written again.
struct UpdatedPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.updates(path, as: name) }
}

/// A folder that is written into; the command says which names are its own: `WritesFolder`.
struct OutputFolderPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) {}
}

/// A folder that a training project is written into.
struct ProjectPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) {
    TrainingProject.declare(path, as: name, in: &use)
  }
}

/// A session's folder.
struct SessionPath: PlainPath {
  let path: String

  func declare(in use: inout FileUse, as name: String, model: String?) { use.keepsClear(path, as: name) }
}

/// A command that writes several files into a folder.
protocol WritesFolder: ParsableCommand {
  /// Says which files of the folder it may replace.
  func declareFolder(in use: inout FileUse)
}

/// Whether what is there already may be replaced.
struct ReplacingOptions: ParsableArguments {
  @Flag(name: .customLong("no-clobber"), help: "Write nothing where a file would be replaced.")
  var keepsExisting = false
}
