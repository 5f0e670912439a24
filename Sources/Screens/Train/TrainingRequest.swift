/// An option of a training, by the name that `secateur finetune` has for it: a field of the dialog, and a word of
/// `:train`.
public struct TrainingField: Sendable, Hashable {
  /// What can be set.
  public enum Kind: Sendable, Hashable {
    /// A text. Empty leaves it to the program, which then takes what `placeholder` says.
    case text(placeholder: String)
    /// One of several words; the first is what is usual.
    case choice([String])
    /// Yes or no.
    case flag
  }

  /// The option's name, without dashes.
  public var name: String
  /// What the dialog calls it; `nil` for one that only `:train` takes.
  public var label: String?
  /// What can be set.
  public var kind: Kind
  /// What it means, and what can be typed.
  public var help: String

  /// A field from its parts.
  public init(_ name: String, _ label: String?, _ kind: Kind, help: String) {
    self.name = name
    self.label = label
    self.kind = kind
    self.help = help
  }
}

/// A training as it was asked for: options by name, as they were typed. A flag that is set says `true`.
public struct TrainingRequest: Sendable, Hashable {
  /// The options, by name without dashes.
  public var options: [String: String]

  /// A request; without options everything is as usual.
  public init(options: [String: String] = [:]) { self.options = options }
}

/// The answer to `Effect.train`.
public struct TrainingAnswer: Sendable, Hashable {
  /// What was asked for.
  public var request: TrainingRequest
  /// What is wrong, in a sentence, and with which option; `nil` where the training begins.
  public var problem: Problem?

  /// Something wrong with a request.
  public struct Problem: Error, Sendable, Hashable {
    /// The option's name; `nil` where it is none in particular.
    public var option: String?
    /// What is wrong.
    public var sentence: String

    /// A problem with an option.
    public init(option: String?, sentence: String) {
      self.option = option
      self.sentence = sentence
    }
  }

  /// An answer to a request.
  public init(_ request: TrainingRequest, problem: Problem? = nil) {
    self.request = request
    self.problem = problem
  }
}
