import ArgumentParser
import Screens
import Session

extension IterationRequest {
  /// What is wrong with a request.
  struct Problem: Error {
    let sentence: String
  }

  /// Examples that the screen measures an iteration on.
  private static let measuredExamples = 2000

  /// The goal that was asked for, read as `secateur iterate` reads its options.
  ///
  /// - Parameter start: the iteration that it begins with.
  func goal(from start: Int) throws(Problem) -> IterationGoal {
    let command: IterateCommand
    do {
      // The model is open already.
      command = try IterateCommand.parse(["model"] + arguments)
    } catch {
      let text = IterateCommand.message(for: error)
      throw Problem(sentence: text.split(separator: "\n").first.map(String.init) ?? text)
    }
    do throws(SessionError) {
      var goal = try command.goal(start: start, settings: settings, hasData: true)
      if command.criterion == nil { goal.criterion = criterion }
      if command.measured == nil { goal.measuredExamples = Self.measuredExamples }
      return goal
    } catch {
      throw Problem(sentence: "\(error.sentence) \(error.remedy)")
    }
  }
}
