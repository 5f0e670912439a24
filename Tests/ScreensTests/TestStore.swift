import Graph
import Pruning
import ScreenSamples
import Screens
import Synchronization
import TerminalUI
import Testing

/// A state with the actions sent to it and the effects that came of them.
struct TestStore {
  var state = ProgramState(
    themes: [.builtIn, Theme(name: "paper", looks: [:])], trainingFields: Sample.trainingFields)
  private(set) var effects: [Effect] = []

  /// A program that shows a snapshot on a screen of this size.
  init(_ snapshot: SessionSnapshot? = nil, width: Int = 80, height: Int = 24) {
    send(.terminal(.resize(width: width, height: height)))
    if let snapshot { send(.engineReported(snapshot)) }
    effects = []
  }

  @discardableResult
  mutating func send(_ action: Action) -> [Effect] {
    let new = update(&state, action)
    effects += new
    return new
  }

  /// Presses keys: characters as they are, others by name in angle brackets: `jj<enter>`.
  @discardableResult
  mutating func press(_ keys: String) throws -> [Effect] {
    var new: [Effect] = []
    var rest = Substring(keys)
    while let first = rest.first {
      var name = String(first)
      if first == "<", let end = rest.firstIndex(of: ">") {
        name = String(rest[rest.index(after: rest.startIndex)..<end])
        rest = rest[rest.index(after: end)...]
      } else {
        rest = rest.dropFirst()
      }
      let effects = send(.terminal(.key(name == " " ? .space : try Key(name: name))))
      // The palette looks for paths with every letter; what a test asks about comes of the whole line.
      let isTyping = state.overlays.last is Palette
      new += effects.filter { if case .completePath = $0 { !isTyping } else { true } }
    }
    return new
  }

  /// Sends an action and checks that it changes just this. Messages and what is computed from the rest are
  /// left out.
  mutating func expect(
    _ action: Action, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout ProgramState) -> Void
  ) {
    var expected = state
    send(action)
    change(&expected)
    expected.status = state.status
    expected.decision = state.decision
    (expected.record, expected.recordedChoice) = (state.record, state.recordedChoice)
    #expect(state == expected, sourceLocation: sourceLocation)
  }

  /// The frame that the terminal would show.
  mutating func frame(glyphs: Glyphs = .unicode, depth: ColorDepth = .trueColor) -> Grid {
    var grid = Grid(width: state.width, height: state.height, glyphs: glyphs, depth: depth)
    render(&state, into: &grid)
    return grid
  }

  var layerName: String? { state.selectedCoupledLayer?.layer.name }
}

/// Snapshots that many tests begin with, made once.
enum Sample {
  private static let cache = Mutex<[String: SessionSnapshot]>([:])

  private static func once(_ name: String, _ make: () throws -> SessionSnapshot) throws -> SessionSnapshot {
    if let found = cache.withLock({ $0[name] }) { return found }
    let made = try make()
    cache.withLock { $0[name] = made }
    return made
  }

  /// A few of the options of a training.
  static let trainingFields: [TrainingField] = [
    .init("epochs", "Epochs", .text(placeholder: "5"), help: "Passes over the training data."),
    .init("optimizer", "Optimiser", .choice(["sgd", "adam", "adamw"]), help: "How weights move."),
    .init("rate", "Rate", .text(placeholder: "0.02"), help: "The learning rate."),
    .init(
      "distil-from", "Learn from", .choice(["labels", "original"]),
      help: "Learn from the outputs of this model, such as the original of a pruned one; needs no labels."),
    .init("freeze-bn", "Freeze BN", .flag, help: "Keep batch normalizations as they are."),
    .init("clip", nil, .text(placeholder: "none"), help: "Shorten gradients."),
  ]

  /// A residual network of nine convolutions and one fully connected layer.
  static func small() throws -> SessionSnapshot {
    try once("small") {
      try SampleSnapshots.snapshot(of: NetworkSketch.resNet(divisor: 8, blocks: [1, 1, 1], side: 64))
    }
  }

  /// ResNet-18's shape at a quarter of its width.
  static func resNet18() throws -> SessionSnapshot {
    try once("resNet18") { try SampleSnapshots.snapshot(of: NetworkSketch.resNet(divisor: 4)) }
  }
}
