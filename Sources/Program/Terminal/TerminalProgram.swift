import Datasets
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
    case .engine(let command): link.send(command)
    case .train(let request): train(request)
    case .iterate(let request): iterate(request)
    case .completePath(let prefix):
      act(.pathsCompleted(prefix: prefix, candidates: PathCompletion.candidates(for: prefix)))
    case .saveTheme(let name): configuration.save(theme: name)
    case .quit: hasQuit = true
    }
  }

  private mutating func iterate(_ request: IterationRequest) {
    do {
      link.send(
        .iterate(try request.goal(from: state.engine.currentIteration, loss: state.engine.data?.loss)))
      act(.iteratingAnswered(problem: nil))
    } catch {
      act(.iteratingAnswered(problem: error.sentence))
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
