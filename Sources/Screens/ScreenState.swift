/// What a screen keeps between keys. It begins as `init` says.
package protocol ScreenState: Sendable, Hashable {
  init()
}

/// The states of all screens, each by its type, so that a screen brings its own along.
///
///     extension ProgramState {
///       var shapes: ShapesState {
///         get { screens[ShapesState.self] }
///         set { screens[ShapesState.self] = newValue }
///       }
///     }
package struct ScreenStates: Sendable, Equatable {
  private var states: [ObjectIdentifier: any ScreenState] = [:]

  package subscript<State: ScreenState>(_ type: State.Type) -> State {
    get { states[ObjectIdentifier(type)] as? State ?? State() }
    set { states[ObjectIdentifier(type)] = newValue }
  }

  package static func == (a: ScreenStates, b: ScreenStates) -> Bool {
    func isSame<State: ScreenState>(_ state: State) -> Bool { a[State.self] == b[State.self] }
    return a.states.values.allSatisfy { isSame($0) } && b.states.values.allSatisfy { isSame($0) }
  }
}
