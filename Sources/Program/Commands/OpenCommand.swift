import ArgumentParser
import Datasets
import Foundation
import Session
import TerminalHost
import TerminalUI

struct OpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract:
      "Opens a model in the terminal program; without one, offers samples, recent sessions and files.",
    discussion: """
      Without a model a start screen offers the samples, what was opened before, and files, each with a preview; `t` there begins \
      a tour with a sample. With --script or --data and no model, the sample is opened at once.

      EXAMPLES
        secateur
        secateur resnet18.onnx
        secateur resnet18.onnx --data photos/ --resize 224
        secateur resnet-symbol.json --input data=1x3x224x224
        secateur --resume
        secateur resnet18.onnx --new
        secateur resnet18.onnx --script steps.txt
        secateur resnet50.onnx --data photos/ --workers 'mpirun -n 8 --hostfile hosts --bind-to none'

      What happens is kept, as it happens, in a folder of the model's own: opening the model again goes on where it \
      was, with every iteration, curve and score. `secateur sessions` lists what is kept.
      """)

  @Argument(help: ModelOptions.help, completion: ModelOptions.completion)
  var model: ModelPath?
  @OptionGroup var shapes: ShapeOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var compute: ComputeArguments
  @OptionGroup var session: SessionOptions
  @Flag(
    help:
      "Go on with the session of the model, or in the folder, that is given; else the one in the usual place used last."
  ) var resume = false
  @Option(
    help: ArgumentHelp(
      "Play the commands of a file on the screen, one a line, as `:source` does.", valueName: "file"),
    completion: .file())
  var script: InputPath?
  @Option(
    help: ArgumentHelp(
      """
      Score, measure curves and train by workers that this command starts, such as 'mpirun -n 8 --hostfile hosts'; `none` for \
      here. Without it, what the file `workers` of the configuration says.
      """, valueName: "command"))
  var workers: String?
  @Option(help: .hidden, completion: .file()) var keyTimes: OutputPath?

  func run() throws {
    var refusal: TerminalHostError?
    try reporting {
      let flags = try data.configuration()
      let chosen = try chosen(besides: flags)
      let preferences = UserConfiguration()
      let link = EngineLink(
        options: compute.options, sessions: session.location,
        workers: startedWorkers(workers ?? preferences.workers))
      defer { link.close() }
      if let chosen { try open(chosen, flags, link) }
      for complaint in preferences.complaints { Console.note("secateur: \(complaint)") }
      var program = TerminalProgram(
        link: link, configuration: preferences, remembers: !session.keepsNothing)
      if let script { program.playWhenOpen(script.path) }
      if chosen == nil { program.showStart() }
      defer { program.finish() }
      do throws(TerminalHostError) {
        let latency = keyTimes.map { _ in LatencyRecord() }
        try TerminalHost.run(&program, wakeUp: link.wakeUp, latency: latency)
        if let keyTimes, let latency {
          let lines = latency.ends.map(String.init).joined(separator: "\n")
          try? Destination.write(lines, to: keyTimes.path)
        }
      } catch {
        refusal = error
      }
      if refusal == nil, let farewell = link.farewell { Console.note("\(farewell)") }
    }
    if let refusal { throw ErrorReport(refusal).printed() }
  }

  /// Opens a model before the screen is taken, so that what cannot be opened is said in the shell.
  private func open(
    _ chosen: (path: String, inputShapes: [String: [Int]]), _ flags: DatasetConfiguration, _ link: EngineLink
  ) throws {
    try link.open(chosen.path, inputShapes: chosen.inputShapes)
    let configuration = try Workbench.dataConfiguration(besideModel: chosen.path, flags: flags)
    // The engine takes the data beside the model by itself; flags change what it does with them.
    if flags != DatasetConfiguration(), configuration.data != nil { link.send(.attach(configuration)) }
  }

  /// How workers are started; `nil` where none are wanted.
  private func startedWorkers(_ launcher: String?) -> Workers? {
    guard let launcher, launcher != "none" else { return nil }
    return Workers(launcher: launcher, program: Bundle.main.executablePath ?? CommandLine.arguments[0])
  }

  func validate() throws {
    if let workers, workers.allSatisfy(\.isWhitespace) {
      throw ValidationError("--workers is a command that starts them, such as 'mpirun -n 8', or none.")
    }
    if resume, session.startsAnew || session.keepsNothing {
      throw ValidationError("--resume goes on with a session: leave --new and --no-session out.")
    }
  }

  /// The model, and shapes that its file leaves open; `nil` where the start screen is to be shown.
  private func chosen(besides flags: DatasetConfiguration) throws -> (
    path: String, inputShapes: [String: [Int]]
  )? {
    let given = try shapes.shapes()
    if resume, model == nil {
      let last = session.session.map { SessionFolder($0.path) } ?? SessionFolder.usedLast
      guard let last else { throw SessionError.noSession }
      let known = try Workbench.model(of: last)
      return given.isEmpty ? known : (known.path, given)
    }
    if let model { return (model.path, given) }
    // What is told beside the model is meant for the sample.
    guard script != nil || flags != DatasetConfiguration() || !given.isEmpty || session.session != nil else {
      return nil
    }
    guard let folder = Resources.folder(named: "SampleModels") else {
      throw SessionError.unfit(
        sentence: "No model was given, and the sample models are not beside the program.",
        remedy:
          "Give a model: secateur MODEL.onnx, or set SECATEUR_HOME to the folder that holds SampleModels.")
    }
    return ("\(folder)/residual.onnx", given)
  }
}
