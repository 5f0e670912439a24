internal import Foundation
internal import TerminalUI

/// Powers of shares.
enum Exponential {
  /// The share that, kept so many times, leaves a share.
  static func root(_ share: Double, _ times: Int) -> Double {
    Foundation.pow(share, 1 / Double(max(1, times)))
  }
}

extension ProgramState {
  /// How long so many epochs take by those that were trained in this session, in words; `nil` where none was.
  func timeOfEpochs(_ epochs: Double) -> String? {
    let running = engine.training?.state
    let states = engine.iterations.flatMap(\.trainings).map(\.state) + (running.map { [$0] } ?? [])
    guard let seconds = states.last(where: { !$0.history.isEmpty })?.history.last?.seconds, seconds > 0 else {
      return nil
    }
    return "about " + Quantity.duration(seconds: seconds * epochs)
  }
}
