import Errors
import Session
import TerminalUI

extension Workbench {
  /// Compares the current iteration's outputs with the original's, keeps and gives what was found; `nil` where nothing can
  /// be compared. ^C stops it.
  ///
  /// - Parameter examples: how many are compared; as many as do not take long where `nil`.
  func compareOutputs(examples: Int? = nil) throws -> OutputDeviation? {
    let interruption = Interruption()
    let computing = interruption.stopping(options)
    do {
      guard let run = try deviationRun(of: history.now, examples: examples, options: computing) else {
        return nil
      }
      try run.finish("comparing outputs", stoppedBy: interruption)
      guard let deviation = run.deviation else { return nil }
      record(deviation, for: history.current)
      return deviation
    } catch {
      if error is Stopped { throw error }
      // What was pruned is as good as it was before somebody asked.
      noteUncompared(error)
      return nil
    }
  }

  /// Says that outputs were not compared.
  func noteUncompared(_ error: any Error) {
    Console.note(
      "secateur: outputs were not compared with the original's: \(CaughtError(error).sentence)")
  }
}

extension Iteration {
  /// Says where its outputs are too far from the original's.
  func noteDeviation() {
    if let warning = summary.deviationWarning { Console.note("secateur: \(warning)") }
  }
}
