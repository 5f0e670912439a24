import ArgumentParser
import Datasets
import Errors
import Procedures
import Screens
import Session

extension IterationRequest {
  /// What is wrong with a request.
  struct Problem: Error {
    let sentence: String
  }

  /// Examples that the screen measures an iteration on.
  private static let measuredExamples = 2000

  /// The goal that was asked for, read as the command line reads the procedure's options.
  ///
  /// - Parameters:
  ///   - start: the iteration that it begins with.
  ///   - loss: of the attached data.
  func goal(from start: Int, loss: DatasetConfiguration.Loss?) throws(Problem) -> IterationGoal {
    switch procedure {
    case .iterate: return try iterateGoal(from: start)
    case .taylorPrune:
      let options = try Self.parsed(TaylorPruneOptions.self, arguments)
      return try Self.procedure { try options.goal(from: start, loss: loss) }
    case .upsamplingPrune:
      let procedure = try Self.parsed(UpsamplingPruneOptions.self, arguments).procedure(seed: nil)
      try Self.procedure { try procedure.validated() }
      return procedure.goal(from: start)
    }
  }

  private func iterateGoal(from start: Int) throws(Problem) -> IterationGoal {
    // The model is open already.
    let command = try Self.parsed(IterateCommand.self, ["model"] + arguments)
    do {
      var goal = try command.goal(start: start, settings: settings, hasData: true)
      if command.measured == nil { goal.measuredExamples = Self.measuredExamples }
      return goal
    } catch {
      throw Problem(sentence: CaughtError(worded: error).advice)
    }
  }

  private static func parsed<Options: ParsableArguments>(
    _ type: Options.Type, _ arguments: [String]
  ) throws(Problem) -> Options {
    do {
      return try type.parse(arguments)
    } catch {
      let text = type.message(for: error)
      throw Problem(sentence: text.split(separator: "\n").first.map(String.init) ?? text)
    }
  }

  private static func procedure<T>(_ body: () throws -> T) throws(Problem) -> T {
    do { return try body() } catch {
      throw Problem(sentence: CaughtError(worded: error).advice)
    }
  }
}
