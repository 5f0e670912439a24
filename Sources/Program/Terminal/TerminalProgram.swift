import Datasets
import Errors
import Foundation
import Screens
import Session
import TerminalHost
import TerminalUI
import Training

/// The program on the terminal: events become actions, effects become commands to the engine.
struct TerminalProgram: TerminalApplication {
  private(set) var state: ProgramState
  private let link: EngineLink
  private let configuration: UserConfiguration
  private var hasQuit = false
  private var notices = NoticeBoard()
  private let recordWriter = RecordWriter()
  private let startReader: StartReader
  /// Whether models that are opened are remembered.
  private let remembers: Bool
  /// The model that was remembered last.
  private var rememberedGeneration = 0
  /// The script that is played when the model is open.
  private var awaitedScript: String?
  /// The folder whose record was read.
  private var recordFolder: String?

  /// - Parameter remembers: whether models that are opened are remembered for the start screen.
  init(link: EngineLink, configuration: UserConfiguration, remembers: Bool) {
    self.link = link
    self.configuration = configuration
    self.remembers = remembers
    startReader = StartReader { [weak link] in link?.deliver($0) }
    state = ProgramState(
      themes: configuration.themes, theme: configuration.themeName, keys: configuration.keys,
      trainingFields: TrainingField.all)
    state.savedFilters = configuration.filters
    if let layout = configuration.layout { state.adopt(layout) }
  }

  var theme: Theme { state.theme }
  var isMouseEnabled: Bool { state.isMouseEnabled }
  var asksForBackground: Bool { state.followsBackground }

  mutating func handle(_ event: Event) -> Reaction {
    if case .wake = event {
      let (snapshot, answers, unanswered) = link.collect()
      for answer in answers { act(answer) }
      if let snapshot {
        state.unansweredCommands = unanswered
        act(.engineReported(snapshot))
        readRecord()
        remember()
        playAwaited()
      }
      if snapshot == nil, answers.isEmpty { return .unchanged }
    } else {
      notices.note(event)
      if case .focus = event { return .unchanged }
      act(.terminal(event))
    }
    return hasQuit ? .quit : .continue
  }

  mutating func draw(into grid: inout Grid) { render(&state, into: &grid) }

  mutating func takeNotices() -> [TerminalNotice] { notices.take(state) }

  /// Waits until what was done is written down; called when the screen is given back.
  func finish() {
    recordWriter.finish()
    startReader.finish()
  }

  /// Shows what can be opened.
  mutating func showStart() { for effect in StartOverlay.open(&state) { carryOut(effect) } }

  /// Remembers the model that was just opened.
  private mutating func remember() {
    guard remembers, state.engine.generation != rememberedGeneration, let model = state.engine.model else {
      return
    }
    rememberedGeneration = state.engine.generation
    startReader.note(
      RecentModels.Entry(
        model: URL(fileURLWithPath: model.path).standardizedFileURL.path, inputs: model.givenShapes,
        session: state.engine.folder.map { URL(fileURLWithPath: $0).standardizedFileURL.path }))
  }

  /// Plays the lines of a script as soon as the model is open.
  mutating func playWhenOpen(_ path: String) { awaitedScript = path }

  private mutating func playAwaited() {
    guard let path = awaitedScript, state.structure != nil, state.unansweredCommands == 0 else { return }
    awaitedScript = nil
    act(.scriptRead(path: path, Self.lines(of: path)))
  }

  /// Reads what was done in the session before, once its folder is known.
  private mutating func readRecord() {
    guard let folder = state.engine.folder, folder != recordFolder else { return }
    recordFolder = folder
    recordWriter.finish()
    guard FileManager.default.fileExists(atPath: SessionScript.recordPath(in: folder)) else { return }
    act(.recordRead(SessionScript.record(in: folder)))
  }

  private static func lines(of path: String) -> Result<[String], CaughtError> {
    Result {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw SessionError.unfit(
          sentence: "\(path) cannot be read.",
          remedy: "Give a file with a command on each line, as :source reads them.")
      }
      return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }.mapError { CaughtError($0) }
  }

  private func write(_ request: ScriptRequest, to path: String) -> Result<[String], CaughtError> {
    Result {
      if FileManager.default.fileExists(atPath: path) { throw SessionError.exists(paths: [path]) }
      guard let script = try SessionScript(request) else {
        throw SessionError.unfit(
          sentence: "Nothing was done yet that a script could repeat.",
          remedy: "Prune or train, and write the script then.")
      }
      try Destination.write(script.text, to: path)
      return script.gaps
    }.mapError { CaughtError(worded: $0) }
  }

  private mutating func act(_ action: Action) {
    for effect in update(&state, action) { carryOut(effect) }
  }

  private mutating func carryOut(_ effect: Effect) {
    switch effect {
    case .engine(let command): send(command)
    case .train(let request): train(request)
    case .iterate(let request): iterate(request)
    case .completePath(let prefix, let files):
      act(.pathsCompleted(prefix: prefix, candidates: PathCompletion.candidates(for: prefix, of: files)))
    case .listStart: startReader.list()
    case .preview(let entry): startReader.preview(entry)
    case .saveTheme(let name): configuration.save(theme: name)
    case .saveLayout(let layout): configuration.save(layout: layout)
    case .saveFilters(let filters): configuration.save(filters: filters)
    case .keepRecord(let entries, let folder):
      recordWriter.write(entries, to: SessionScript.recordPath(in: folder))
    case .writeScript(let path, let request): act(.scriptWritten(path: path, write(request, to: path)))
    case .readScript(let path): act(.scriptRead(path: path, Self.lines(of: path)))
    case .copy(let text): notices.add(.clipboard(text))
    case .quit: hasQuit = true
    }
  }

  /// Hands a command to the engine; a script waits until it is carried out.
  private mutating func send(_ command: EngineCommand) {
    if case .export(let request) = command, !request.reportPaths.isEmpty {
      // A report can do without: what stands in the way is said where a script itself is asked for.
      link.note(script: try? SessionScript(ScriptRequest(state))?.commented)
    }
    guard state.script != nil else { return link.send(command) }
    state.unansweredCommands += 1
    link.sendCounted(command)
  }

  private mutating func iterate(_ request: IterationRequest) {
    do {
      let goal = try request.goal(from: state.engine.currentIteration, loss: state.engine.data?.loss)
      send(state.standingInLine(.iterate(goal)))
      act(.iteratingAnswered(problem: nil))
    } catch {
      act(.iteratingAnswered(problem: error.sentence))
    }
  }

  private mutating func train(_ request: TrainingRequest) {
    do throws(TrainingAnswer.Problem) {
      let settings = try request.settings()
      send(
        state.standingInLine(.train(settings, teacher: settings.distillation == nil ? nil : .original)))
      act(.trainingAnswered(TrainingAnswer(request)))
    } catch {
      act(.trainingAnswered(TrainingAnswer(request, problem: error)))
    }
  }
}
