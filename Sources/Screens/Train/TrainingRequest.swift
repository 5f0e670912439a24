/// An option of a training, by the name that `secateur finetune` has for it: a field of the dialog, and a word of
/// `:train`.
package struct TrainingField: Sendable, Hashable {
  /// What can be set.
  package enum Kind: Sendable, Hashable {
    /// A text. Empty leaves it to the program, which then takes what `placeholder` says.
    case text(placeholder: String)
    /// One of several words; the first is what is usual.
    case choice([String])
    /// Yes or no.
    case flag
  }

  /// The option's name, without dashes.
  package var name: String
  /// What the dialog calls it; `nil` for one that only `:train` takes.
  package var label: String?
  /// What can be set.
  package var kind: Kind
  /// What it means, and what can be typed.
  package var help: String

  /// A field from its parts.
  package init(_ name: String, _ label: String?, _ kind: Kind, help: String) {
    self.name = name
    self.label = label
    self.kind = kind
    self.help = help
  }
}

/// A training as it was asked for: options by name, as they were typed. A flag that is set says `true`.
package struct TrainingRequest: Sendable, Hashable {
  /// The options, by name without dashes.
  package var options: [String: String]

  /// A request; without options everything is as usual.
  package init(options: [String: String] = [:]) { self.options = options }
}

/// The answer to `Effect.train`.
package struct TrainingAnswer: Sendable, Hashable {
  /// What was asked for.
  package var request: TrainingRequest
  /// What is wrong, in a sentence, and with which option; `nil` where the training begins.
  package var problem: Problem?

  /// Something wrong with a request.
  package struct Problem: Error, Sendable, Hashable {
    /// The option's name; `nil` where it is none in particular.
    package var option: String?
    /// What is wrong.
    package var sentence: String

    /// A problem with an option.
    package init(option: String?, sentence: String) {
      self.option = option
      self.sentence = sentence
    }
  }

  /// An answer to a request.
  package init(_ request: TrainingRequest, problem: Problem? = nil) {
    self.request = request
    self.problem = problem
  }
}
