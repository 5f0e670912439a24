import Datasets
import Foundation
import Schedules
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

  init(link: EngineLink, configuration: UserConfiguration) {
    self.link = link
    self.configuration = configuration
    state = ProgramState(
      themes: configuration.themes, theme: configuration.themeName, keys: configuration.keys,
      trainingFields: TrainingField.all)
  }

  var theme: Theme { state.theme }
  var isMouseEnabled: Bool { state.isMouseEnabled }

  mutating func handle(_ event: Event) -> Reaction {
    if case .wake = event {
      let (snapshot, answers) = link.collect()
      for answer in answers { act(answer) }
      if let snapshot { act(.engineReported(snapshot)) }
      if snapshot == nil, answers.isEmpty { return .unchanged }
    } else {
      act(.terminal(event))
    }
    return hasQuit ? .quit : .continue
  }

  mutating func draw(into grid: inout Grid) { render(&state, into: &grid) }

  private mutating func act(_ action: Action) {
    for effect in update(&state, action) { carryOut(effect) }
  }

  private mutating func carryOut(_ effect: Effect) {
    switch effect {
    case .inspectData(let configuration): link.send(.inspect(configuration))
    case .attachData(let configuration): link.send(.attach(configuration))
    case .startScoring(let criterion): link.send(.score(criterion))
    case .pauseScoring: link.send(.pauseScoring)
    case .discardScores: link.send(.discardScores)
    case .prune(let settings, let selection): link.send(.prune(settings, selection))
    case .recover(let settings): link.send(.recover(settings))
    case .train(let request): train(request)
    case .stopTraining: link.send(.stopTraining)
    case .name(let iteration, let name): link.send(.name(iteration, name))
    case .deleteBranch(let iteration): link.send(.deleteBranch(from: iteration))
    case .compare(let before, let after): link.send(.compare(before, after))
    case .goTo(let iteration): link.send(.go(to: iteration))
    case .evaluate: link.send(.evaluate)
    case .iterate(let request): iterate(request)
    case .measureSensitivity(let settings): link.send(.measureSensitivity(settings))
    case .measureLatency: link.send(.measureLatency)
    case .measureWidths(let kept): link.send(.measureWidths(near: kept))
    case .export(let request):
      link.send(.export(EngineCommand.ExportRequest(request)))
    case .cancelWork: link.send(.cancel)
    case .openSchedule(let path):
      link.send(
        .host { workbench, options throws(SessionError) in
          try HostedSchedule(path: path, workbench: workbench, options: options)
        })
    case .schedule(let order): link.send(.order(ScheduleOrder(order)))
    case .openModel(let path, let shapes): link.send(.open(path: path, inputShapes: shapes))
    case .completePath(let prefix):
      act(.pathsCompleted(prefix: prefix, candidates: PathCompletion.candidates(for: prefix)))
    case .readWeights(let layer): link.send(.readWeights(layer: layer))
    case .saveTheme(let name): configuration.save(theme: name)
    case .quit: hasQuit = true
    }
  }

  private mutating func iterate(_ request: IterationRequest) {
    switch Result(catching: { () throws(IterationRequest.Problem) in
      try request.goal(from: state.engine.currentIteration)
    }) {
    case .success(let goal):
      link.send(.iterate(goal))
      act(.iteratingAnswered(problem: nil))
    case .failure(let problem): act(.iteratingAnswered(problem: problem.sentence))
    }
  }

  private mutating func train(_ request: TrainingRequest) {
    do throws(TrainingAnswer.Problem) {
      let settings = try request.settings()
      link.send(.train(settings, teacher: settings.distillation == nil ? nil : .original))
      act(.trainingAnswered(TrainingAnswer(request)))
    } catch {
      act(.trainingAnswered(TrainingAnswer(request, problem: error)))
    }
  }
}
