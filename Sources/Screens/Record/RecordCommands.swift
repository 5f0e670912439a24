internal import Datasets
internal import Errors
internal import Graph
internal import Pruning
internal import TerminalUI

/// What is said behind the colon, and by scripts: changes of layers by name, and the record itself.
enum RecordCommands {
  static let commands: [Command] = [
    Command(
      "layer", [], "layer", "set amounts of layers by name: :layer conv1=25% layer1.0.conv1=48k",
      footer: false,
      disabled: \.noModel,
      completions: { state, _ in state.coupledLayers.map { Completion($0.layer.name + "=") } }
    ) { setAmounts(&$0, $1) },
    Command(
      "pin", [], "pin kernels", "keep kernels of a layer, whatever their scores: :pin conv1=3,5",
      footer: false,
      disabled: \.noModel,
      completions: { state, _ in state.coupledLayers.map { Completion($0.layer.name + "=") } }
    ) { choose(&$0, $1, \.pinned, "pins") },
    Command(
      "cut", [], "cut kernels", "cut kernels of a layer, whatever their scores: :cut conv1=3,5",
      footer: false,
      disabled: \.noModel,
      completions: { state, _ in state.coupledLayers.map { Completion($0.layer.name + "=") } }
    ) { choose(&$0, $1, \.forced, "cuts") },
    Command(
      "attach", [], "attach", "use data at once, without the dialog: :attach photos/", footer: false,
      takesPath: true, completed: .data,
      disabled: \.noModel
    ) { attach(&$0, $1) },
    Command(
      "script", [], "script",
      "write a shell script that repeats the session without a terminal: :script again.sh",
      footer: false, takesPath: true, disabled: { $0.record.isEmpty ? "nothing was done yet" : nil }
    ) { state, path in
      if path.isEmpty {
        state.say("Say where: :script again.sh", .warning)
        return []
      }
      return [.writeScript(path: path, ScriptRequest(state))]
    },
    Command(
      "source", [], "play a script", "do what the lines of a file say, one after another: :source steps.txt",
      footer: false,
      takesPath: true
    ) { state, path in
      if path.isEmpty {
        state.say("Say which file: :source steps.txt", .warning)
        return []
      }
      return [.readScript(path: path)]
    },
    Command(
      "copy", ["y"], "copy",
      "copy what is under the cursor; in the log, the commands that repeat the session", footer: false,
      menu: "Y", aliases: ["yank"], disabled: { text($0) == nil ? "there is nothing to copy" : nil }
    ) { state, _ in
      guard let text = text(state) else { return [] }
      let lines = text.split(separator: "\n").count
      state.say("Copied \(lines > 1 ? "\(lines) lines" : text).")
      return [.copy(text)]
    },
  ]

  // MARK: Changes by name

  private static func setAmounts(_ state: inout ProgramState, _ text: String) -> [Effect] {
    guard let groups = state.structure?.groups else { return [] }
    let words = text.split(separator: " ").map(String.init)
    // Names can have spaces in them: then one layer stands on the line.
    let terms = words.allSatisfy { $0.contains("=") } ? words : [text]
    var changed = state.settings
    for term in terms {
      guard let sign = term.lastIndex(of: "="),
        let amount = AmountText.amount(String(term[term.index(after: sign)...]))
      else {
        state.say("\"\(term)\" is not a layer and an amount: write conv1=25% or conv1=48k.", .warning)
        return []
      }
      do {
        changed = try changed.settingAmount(amount, for: String(term[..<sign]), in: groups)
      } catch {
        state.say(CaughtError(error).advice, .warning)
        return []
      }
    }
    guard !terms.isEmpty else {
      state.say("Write layers and amounts: :layer conv1=25% layer1.0.conv1=48k", .warning)
      return []
    }
    state.commit(changed, title: terms.count == 1 ? terms[0] : "amounts of \(terms.count) layers")
    return []
  }

  private static func choose(
    _ state: inout ProgramState, _ text: String, _ path: WritableKeyPath<PruningSettings, [String: Set<Int>]>,
    _ title: String
  ) -> [Effect] {
    guard let sign = text.lastIndex(of: "=") else {
      state.say("Write a layer and its kernels: conv1=3,5, or conv1=none.", .warning)
      return []
    }
    let (name, list) = (String(text[..<sign]), String(text[text.index(after: sign)...]))
    guard let coupled = state.coupledLayers.first(where: { $0.layer.name == name }) else {
      state.say("There is no layer \"\(name)\".", .warning)
      return []
    }
    let numbers = list == "none" ? [] : list.split(separator: ",").map { Int($0) }
    guard numbers.allSatisfy({ number in number.map { 0..<coupled.layer.kernels ~= $0 } ?? false }) else {
      state.say("\"\(list)\" are no kernels of \(name): it has 0 to \(coupled.layer.kernels - 1).", .warning)
      return []
    }
    var changed = state.settings
    let kernels = Set(numbers.compactMap { $0 })
    changed[keyPath: path][name] = kernels.isEmpty ? nil : kernels
    state.commit(changed, title: "\(title) of \(name)", pursuit: state.history.pursuit)
    return []
  }

  private static func attach(_ state: inout ProgramState, _ text: String) -> [Effect] {
    let paths = text.split(separator: " ").map(String.init)
    guard !paths.isEmpty, paths.count <= 2 else {
      state.say("Say where the data are: :attach photos/, or the files of examples and of labels.", .warning)
      return []
    }
    var configuration = DatasetConfiguration()
    configuration.data = paths
    state.attachedData = configuration
    return [.engine(.attach(configuration))]
  }

  // MARK: Copying

  /// What `y` copies on the screen that has the focus.
  @Sendable private static func text(_ state: ProgramState) -> String? {
    switch state.focus {
    case .layers, .sensitivity:
      switch LayersScreen.selectedName(state) {
      case .layer(let name), .module(let name): name
      case nil: nil
      }
    case .kernels:
      state.selectedCoupledLayer.flatMap { coupled in
        state.kernels.selectedKernel.map { "\(coupled.layer.name):\($0)" }
      }
    case .shapes:
      ShapesScreen.searchText(state, row: state.shapes.list.selected)
    case .iterations: state.selectedIteration.map { "\($0.id) \($0.title)" }
    case .log: state.record.isEmpty ? nil : state.record.map(\.words).joined(separator: "\n") + "\n"
    default: nil
    }
  }
}
