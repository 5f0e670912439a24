import Foundation
import ScreenSamples
import Screens
import TerminalUI

/// What a user does and what the engine answers, in any order, at any size: the state takes it, and it can be drawn.
struct ScreensTarget: Target {
  private let snapshots: [SessionSnapshot]
  private let keys: [Key]

  init() throws {
    let small = try SampleSnapshots.snapshot(
      of: NetworkSketch.resNet(divisor: 8, blocks: [1, 1, 1], side: 64))
    snapshots = [
      SessionSnapshot(), small, SampleSnapshots.timed(small), SampleSnapshots.tree(small),
      SampleSnapshots.training(SampleSnapshots.tree(small)), try SampleSnapshots.measured(small, complete: 3),
      SampleSnapshots.scoring(small, examples: 5, version: 2),
    ]
    let typed =
      (0x20...0x7e).compactMap(Unicode.Scalar.init) + Array("é→漢🏳\u{301}\u{200d}\u{202e}".unicodeScalars)
    let named: [Key] = [
      .enter, .escape, .tab, .backTab, .up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .backspace,
      .delete,
      .insert,
    ]
    keys =
      typed.map(Key.character) + (0..<12).flatMap { _ in named }
      + "abcdefghijklmnopqrstuvwxyz".unicodeScalars.map(Key.control)
      + (0...24).map(Key.function)
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    var state = ProgramState(themes: [.builtIn, Theme(name: "paper", looks: [:])])
    guard let base = mutator.pick(snapshots) else { return .done }
    _ = update(&state, .engineReported(base))
    let answers = SampleSnapshots.answers(base)
    var version = 10
    draw(&state, width: 80, height: 24, &mutator)
    for _ in 0..<30 {
      switch mutator.below(24) {
      case 0, 1:
        let (width, height) = (
          mutator.once(in: 9) ? mutator.below(4) : 1 + mutator.below(300), 1 + mutator.below(100)
        )
        _ = update(&state, .terminal(.resize(width: width, height: height)))
      case 2, 3:
        let actions: [Event.Mouse.Action] = [.press, .middlePress, .rightPress, .wheelUp, .wheelDown]
        let mouse = Event.Mouse(
          mutator.pick(actions) ?? .press, x: mutator.below(310) - 5, y: mutator.below(110) - 5)
        _ = update(&state, .terminal(.mouse(mouse)))
      case 4:
        let text = (0..<mutator.below(5)).map { _ in mutator.hostileText() }.joined(separator: " ")
        _ = update(
          &state, .terminal(.paste(mutator.once(in: 40) ? String(repeating: text, count: 200) : text)))
      case 5:
        version += 1
        if !base.iterations.isEmpty {
          _ = update(
            &state, .engineReported(SampleSnapshots.unkind(base, version: version, kind: mutator.below(9))))
        }
      case 6: if let answer = mutator.pick(answers) { _ = update(&state, answer) }
      case 7, 8:
        let argument = [
          "", "1", "0 1", "50%", "-5", "1e99", "\(mutator.integer())", mutator.hostileText(), "max-ratio 80%",
          "round-to \(mutator.integer())", "keep-macs \(mutator.number())%", "min-keep \(mutator.integer())",
        ][mutator.below(12)]
        if let command = mutator.pick(Command.all) {
          _ = update(&state, .command(id: command.id, argument: argument))
        }
      case 9: _ = update(&state, .terminal(mutator.once(in: 2) ? .tick : .wake))
      default: if let key = mutator.pick(keys) { _ = update(&state, .terminal(.key(key))) }
      }
      if mutator.once(in: 2) { draw(&state, width: state.width, height: state.height, &mutator) }
    }
    draw(&state, width: state.width, height: state.height, &mutator)
    return .done
  }

  private func draw(_ state: inout ProgramState, width: Int, height: Int, _ mutator: inout Mutator) {
    var grid = Grid(
      width: max(1, width), height: max(1, height), glyphs: mutator.once(in: 4) ? .ascii : .unicode,
      depth: .trueColor)
    render(&state, into: &grid)
  }
}
