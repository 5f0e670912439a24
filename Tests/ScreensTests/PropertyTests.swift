import Graph
import Pruning
import ScreenSamples
import Screens
import TerminalUI
import Testing

/// A seeded generator, so that a failure can be repeated.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct PropertyTests {
  private static let edits: [Key] = [
    "+", "-", "[", "]", "0", "p", "x", "c", "j", "k", "J", "K", "3", "a", "*", "o", "O", "{", "}",
  ]

  @Test(arguments: 0..<8) func whatWasUndoneComesBackByRedo(seed: UInt64) throws {
    var random = Seeded(state: seed)
    var store = try TestStore(Sample.small())
    var passed = [store.state.settings]
    for _ in 0..<100 {
      store.send(.terminal(.key(Self.edits.randomElement(using: &random)!)))
      if store.state.settings != passed.last { passed.append(store.state.settings) }
    }
    try #require(passed.count > 3)
    for expected in passed.dropLast().reversed() {
      store.send(.command(id: "undo"))
      #expect(store.state.settings == expected)
    }
    #expect(!store.state.canUndo)
    for expected in passed.dropFirst() {
      store.send(.command(id: "redo"))
      #expect(store.state.settings == expected)
    }
    #expect(!store.state.canRedo)
  }

  @Test(arguments: 0..<12) func anyEventsLeaveAStateThatCanBeDrawn(seed: UInt64) throws {
    var random = Seeded(state: seed &+ 1_000)
    let small = try Sample.small()
    var store = TestStore(small)
    var version = 2
    let scalars = Array("abcdefghijklmnopqrstuvwxyzABEGIJKMNPRSTUZ0123456789+-[]*=/:?! .%".unicodeScalars)
    let named: [Key] = [
      .enter, .enter, .escape, .escape, .tab, .backTab, .up, .down, .left, .right, .home, .end, .pageUp,
      .pageDown,
      .backspace, .delete, .control("d"), .control("u"), .control("c"), .control("o"), .space, .function(1),
    ]
    for _ in 0..<400 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        store.send(
          .terminal(
            .resize(width: .random(in: 0...200, using: &random), height: .random(in: 0...60, using: &random)))
        )
      case 1, 2:
        let actions: [Event.Mouse.Action] = [.press, .wheelUp, .wheelDown, .rightPress]
        store.send(
          .terminal(
            .mouse(
              .init(
                actions.randomElement(using: &random)!, x: .random(in: -3...210, using: &random),
                y: .random(in: -3...65, using: &random)))))
      case 3:
        version += 1
        store.send(
          .engineReported(
            SampleSnapshots.unkind(small, version: version, kind: .random(in: 0..<9, using: &random))))
      case 4: store.send(.terminal(.paste("a\nb\u{1b}[31m\u{301}")))
      case 5: store.send(SampleSnapshots.answers(small).randomElement(using: &random)!)
      case 6:
        let command = Command.all.randomElement(using: &random)!.id
        store.send(.command(id: command, argument: ["", "1", "0 1"].randomElement(using: &random)!))
      case 7...12: store.send(.terminal(.key(named.randomElement(using: &random)!)))
      default: store.send(.terminal(.key(.character(scalars.randomElement(using: &random)!))))
      }
      let grid = store.frame(glyphs: Bool.random(using: &random) ? .unicode : .ascii)
      let state = store.state
      #expect(grid.width == state.width)
      #expect(state.layers.order.allSatisfy(state.coupledLayers.indices.contains))
      #expect(state.layers.rows.isEmpty || state.layers.rows.indices.contains(state.layers.list.selected))
      #expect(
        state.kernels.order.isEmpty || state.kernels.order.indices.contains(state.kernels.list.selected))
      #expect(state.layers.marked.allSatisfy(state.coupledLayers.indices.contains))
      #expect(state.decision?.problem == nil)
    }
  }

  /// Whatever is pressed, a training does not end before its question was answered by `y`, or by a second ^C.
  @Test(arguments: 0..<12) func noSlipEndsATraining(seed: UInt64) throws {
    var random = Seeded(state: seed &+ 2_000)
    var store = TestStore(SampleSnapshots.training(SampleSnapshots.tree(try Sample.small())))
    let keys: [Key] = [
      .enter, .enter, .enter, .escape, .tab, .down, .up, .left, .right, .control("c"), .control("o"), .space,
      "y", "n", "q", "w", "d", "P", "b", "F", "!", "g", "4", "7", "1", "D", "c", "z", "Z", "j", "k", "]", "x",
      "t",
    ]
    for _ in 0..<400 {
      let (wasAsked, before) = (store.state.overlays.last, store.effects.count)
      let key = keys.randomElement(using: &random)!
      var isKey = false
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        let command = Command.all.randomElement(using: &random)!.id
        store.send(.command(id: command, argument: ["", "1", "2", "x"].randomElement(using: &random)!))
      case 1: store.send(SampleSnapshots.answers(store.state.engine).randomElement(using: &random)!)
      default:
        isKey = true
        store.send(.terminal(.key(key)))
      }
      guard store.effects[before...].contains(where: \.endsTraining) else { continue }
      guard let effects = (wasAsked as? EndOfTraining)?.effects else {
        Issue.record("\(store.effects[before...]) ended it after \(String(describing: wasAsked))")
        return
      }
      #expect(store.effects[before...].filter(\.endsTraining) == effects)
      #expect(!isKey || key == "y" || key == .control("c"))
    }
  }
}
