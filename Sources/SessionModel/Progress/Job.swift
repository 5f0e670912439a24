import Pruning
import Quantities
import Training

/// A piece of long work, in the words of a line: one that goes on, waits for another, or stands in line.
package struct Job: Sendable, Hashable {
  /// Whether it goes on.
  package enum Standing: Sendable, Hashable {
    /// It goes on.
    case running
    /// It has begun, and waits until what is before it is through.
    case waiting
    /// It begins when what is before it is through. The number is what it is known by.
    case inLine(number: Int)
  }

  /// What it is: `training of iteration 2`.
  package let title: String
  /// Where it is: `epoch 3 of 10`, or what is asked for where it has not begun; empty where there is nothing to say.
  package let position: String
  /// How far it is; `nil` where it has not begun.
  package let activity: Activity?
  /// Whether it goes on.
  package let standing: Standing
  /// Seconds until all of it is done, as far as that can be told.
  package let secondsLeft: Double?
  /// Whether nobody asked for it.
  package let isBackground: Bool

  /// A job from its parts.
  package init(
    title: String, position: String = "", activity: Activity? = nil, standing: Standing,
    secondsLeft: Double? = nil, isBackground: Bool = false
  ) {
    self.title = title
    self.position = position
    self.activity = activity
    self.standing = standing
    self.secondsLeft = secondsLeft
    self.isBackground = isBackground
  }

  /// What it is known by in line; `nil` where it has begun.
  package var number: Int? { if case .inLine(let number) = standing { number } else { nil } }
}

extension EngineCommand {
  /// What the command is as a job, where it is long work that can stand in line until what runs is through; `nil` for others.
  package var jobWords: (title: String, position: String)? {
    switch self {
    case .train(let settings, _):
      ("training", "\(settings.epochs) epoch\(settings.epochs == 1 ? "" : "s")")
    case .recover(let settings):
      ("recovery", settings.methods.map(\.rawValue).sorted().joined(separator: ", "))
    case .iterate(let goal):
      (
        goal.strategy.name ?? "pruning step by step",
        "to \(goal.amountWords), \(goal.steps) step\(goal.steps == 1 ? "" : "s")"
      )
    case .score(let criterion): ("scoring", "by \(criterion.rawValue)")
    case .evaluate: ("measuring what it is worth", "")
    case .measureSensitivity: ("sensitivity of layers", "")
    default: nil
    }
  }
}

extension IterationGoal {
  /// What may remain, as a sentence has it: `50% of MACs`, `1.2G MACs`.
  fileprivate var amountWords: String {
    let name = measure == .multiplyAccumulates ? "MACs" : measure.rawValue
    return remaining.text(of: measure) + (absolute == nil ? " of " : " ") + name
  }
}
