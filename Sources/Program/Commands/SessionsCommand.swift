import ArgumentParser
import Foundation
import Session
import TerminalUI

struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "Lists the sessions that are kept, or the iterations of one; compares, takes and removes them.",
    discussion: """
      A session holds what was made of a model: the iterations with their weights, scores, curves and measurements. It \
      stands in the user's state folder ($XDG_STATE_HOME/secateur, or ~/.local/state/secateur), one for each model, \
      unless --session names another. `secateur --resume` goes on with the one used last.

      With a model, its iterations are listed as on the Iterations screen, by any figure: number, title, accuracy, loss, \
      deviation, parameters, macs, latency, size or made. The best come first.

      EXAMPLES
        secateur sessions
        secateur sessions --recent
        secateur sessions --delete resnet18-5f0c3e1a2b4d
        secateur sessions resnet18.onnx --sort accuracy --json
        secateur sessions resnet18.onnx --front --axis latency
        secateur sessions resnet18.onnx --compare 0 3 fast
        secateur sessions resnet18.onnx --take 3
      """)

  @Argument(
    help: "List the iterations of this model's session instead.", completion: ModelOptions.completion)
  var model: ModelPath?
  @OptionGroup var binding: BindingOptions
  @Option(
    help: ArgumentHelp("The session's folder, where it is not the model's own.", valueName: "folder"),
    completion: .directory)
  var session: SessionPath?
  @Option(help: "What iterations are sorted by; by default the order in which they were made.")
  var sort: IterationFigure?
  @Flag(help: "Turn the order round.") var reverse = false
  @Flag(help: "List only the iterations that no other one beats in both axes.") var front = false
  @Option(help: "What the front costs: macs, parameters, latency or size.") var axis = IterationFigure.macs
  @Option(help: "What the front is worth: accuracy, loss or deviation; by default the first that is known.")
  var worth: IterationFigure?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Compare two to six iterations layer by layer, by their numbers or names.", valueName: "iteration"))
  var compare: [String] = []
  @Option(help: ArgumentHelp("Make this iteration the current one.", valueName: "iteration"))
  var take: String?
  @Option(
    help: ArgumentHelp("Remove this session, by its name in the list.", valueName: "name"),
    completion: .custom { _, _, _ in SessionFolder.all.map(\.name) })
  var delete: String?
  @Flag(help: "List the models that were opened last, as the start screen does.") var recent = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    let asksForIterations =
      sort != nil || reverse || front || worth != nil || !compare.isEmpty || take != nil || session != nil
    if model == nil, asksForIterations {
      throw ValidationError("Name the model whose iterations are meant: secateur sessions MODEL.")
    }
    if recent, model != nil || delete != nil {
      throw ValidationError("--recent lists models: leave the model and --delete out.")
    }
    if delete != nil, model != nil {
      throw ValidationError("--delete removes a session of the list: leave the model out.")
    }
    if !compare.isEmpty, !(2...IterationComparison.most ~= Set(compare).count) {
      throw ValidationError("--compare takes two to \(IterationComparison.most) iterations.")
    }
    if !IterationFigure.costs.contains(axis) {
      throw ValidationError("--axis is one of macs, parameters, latency and size.")
    }
    if let worth, !IterationFigure.worths.contains(worth) {
      throw ValidationError("--worth is one of accuracy, loss and deviation.")
    }
  }

  func run() throws {
    try reporting {
      if let model { return try showIterations(of: model.path) }
      if let delete {
        guard let folder = SessionFolder.all.first(where: { $0.name == delete }) else {
          throw SessionError.noSession
        }
        try folder.delete()
        return Console.result("removed \(folder.path)")
      }
      if recent { return showRecent() }
      let entries = SessionFolder.all.map(Entry.init)
      if json { Console.json(entries) } else { Console.result(Entry.text(entries)) }
    }
  }

  // MARK: What was opened before

  private struct RecentEntry: Encodable {
    let model: String
    let inputs: [String: [Int]]
    let session: String?
    let lastUsed: Double?
  }

  private func showRecent() {
    let entries = StartEntry.recent().map {
      RecentEntry(model: $0.path, inputs: $0.inputShapes, session: $0.session, lastUsed: $0.lastUsed)
    }
    if json { return Console.json(entries) }
    guard !entries.isEmpty else { return Console.result("No model was opened yet.") }
    var table = TextTable([("LAST USED", .left), ("MODEL", .left), ("SESSION", .left)])
    for entry in entries {
      table.add([entry.lastUsed.map(Moment.text) ?? "", entry.model, entry.session ?? ""])
    }
    Console.result(table.text)
  }

  // MARK: Iterations

  private func showIterations(of path: String) throws {
    let workbench = try binding.open(path)
    let folder =
      session.map { SessionFolder($0.path) }
      ?? .standard(model: workbench.path, fingerprint: workbench.fingerprint)
    if let take { return try self.take(take, in: folder, workbench) }
    for loss in try workbench.look(at: folder) { Console.note("secateur: \(loss)") }
    let history = workbench.history
    guard compare.isEmpty else {
      let ids = try compare.map(history.id(called:))
      let report = IterationComparisonReport(ids.compactMap { history[$0] })
      return json ? Console.json(report) : Console.result(report.text)
    }
    IterationList(
      workbench, current: history.current, sort: sort, isReversed: reverse, axes: (axis, worth),
      frontOnly: front
    ).show(asJSON: json)
  }

  /// Makes an iteration of a session the current one.
  private func take(_ iteration: String, in folder: SessionFolder, _ workbench: Workbench) throws {
    guard folder.exists else { throw SessionError.noSession }
    let resumption = try workbench.keep(in: folder)
    for loss in resumption.losses { Console.note("secateur: \(loss)") }
    if let holder = resumption.holder { throw SessionError.sessionInUse(path: folder.path, holder: holder) }
    try workbench.go(to: try workbench.history.id(called: iteration))
    if let failure = workbench.keepingFailure { throw failure }
    IterationList(workbench, current: workbench.history.current).show(asJSON: json)
  }

  /// A session as it is listed.
  struct Entry: Encodable {
    let name: String
    let model: String?
    let path: String
    let lastUsed: Double?
    let bytes: Int

    init(_ folder: SessionFolder) {
      name = folder.name
      model = try? Workbench.model(of: folder).path
      path = folder.path
      lastUsed = folder.lastUsed?.timeIntervalSince1970
      bytes = folder.bytes
    }

    static func text(_ entries: [Entry]) -> TerminalText {
      guard !entries.isEmpty else { return "No sessions are kept in \(SessionFolder.standardRoot)." }
      var table = TextTable([("NAME", .left), ("LAST USED", .left), ("SIZE", .right), ("MODEL", .left)])
      for entry in entries {
        let date = entry.lastUsed.map { seconds in
          Date(timeIntervalSince1970: seconds).formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space)
              .time(includingFractionalSeconds: false).timeSeparator(.colon))
        }
        table.add([entry.name, date ?? "", Quantity.bytes(entry.bytes), entry.model ?? "(damaged)"])
      }
      return table.text
    }
  }
}
