internal import Pruning

/// What a script is written of.
package struct ScriptRequest: Sendable, Hashable {
  /// What was done, oldest first.
  package let record: [RecordEntry]
  /// The iterations from the original to the current one.
  package let path: [Int]
  /// The model's file.
  package let model: String
  /// Whether it is one of MXNet's, which has two files.
  package let isMXNet: Bool

  /// What leads to the iteration that is worked on.
  package init(_ state: ProgramState) {
    record = state.record
    model = state.engine.model?.path ?? "model.onnx"
    isMXNet = state.engine.model?.formatName == "MXNet"
    var (path, next) = ([Int](), Optional(state.engine.currentIteration))
    while let id = next, !path.contains(id) {
      path.append(id)
      next = state.iteration(id)?.parent
    }
    self.path = path.reversed()
  }

  /// A request from its parts.
  package init(record: [RecordEntry], path: [Int], model: String, isMXNet: Bool = false) {
    (self.record, self.path, self.model, self.isMXNet) = (record, path, model, isMXNet)
  }
}

/// A session as a shell script: the commands that lead from the model to the iteration that is worked on.
package struct ShellScript: Sendable, Hashable {
  /// The text.
  package private(set) var text = ""
  /// What was done and cannot be repeated by a command, in sentences.
  package private(set) var gaps: [String] = []

  /// How many commands make an iteration.
  package var stepCount: Int { step }

  private let quoted: @Sendable (String) -> String
  /// The settings that hold, by the names of the flags.
  private var settings: [String: String] = [:]
  private var target: String?
  private var amounts: [(name: String, amount: String)] = []
  private var criterion = "l2"
  private var data: [String] = []
  /// The command that is being put together; what recovers belongs to the prune before it.
  private var pending: [String]?
  private var step = 0
  private var lines: [String] = []
  private let ending: String

  /// Writes the script.
  ///
  /// - Parameters:
  ///   - dataYAML: the data that the session used, as a file beside a model says it; `nil` for none.
  ///   - quoted: writes a word so that a shell reads it back.
  package init(_ request: ScriptRequest, dataYAML: String?, quoted: @escaping @Sendable (String) -> String) {
    self.quoted = quoted
    let name = ModelName(path: request.model, isMXNet: request.isMXNet)
    ending = name.ending
    let onPath = Set(request.path)
    for entry in request.record where onPath.contains(entry.iteration) { take(entry) }
    flush()
    text = Self.head(request.model, name, quoted, dataYAML) + lines.joined(separator: "\n")
    text += "\n\ncp \"$work/step-\(step)\(ending)\" \"$result\"\n"
    if request.isMXNet { text += "cp \"$work/step-\(step)\"-*.params \"$(dirname \"$result\")\"\n" }
    text += "echo \"wrote $result\"\n"
  }

  private static func head(
    _ model: String, _ name: ModelName, _ quoted: (String) -> String, _ yaml: String?
  ) -> String {
    var text = """
      #!/bin/sh
      # Repeats a session of secateur without a terminal: sh SCRIPT [MODEL [RESULT]]
      set -e
      secateur=${SECATEUR:-secateur}
      model=${1:-\(quoted(model))}
      result=${2:-\(quoted(name.stem + "-repeated" + name.ending))}
      work=$(mktemp -d)
      trap 'rm -rf "$work"' EXIT

      """
    if let yaml {
      text += "cat > \"$work/data.yaml\" <<'END'\n" + yaml + (yaml.hasSuffix("\n") ? "" : "\n") + "END\n"
    }
    return text + "\n"
  }

  // MARK: Entries

  private mutating func take(_ entry: RecordEntry) {
    let parts = entry.words.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = parts.count > 1 ? parts[1] : ""
    switch parts.first {
    case "set": set(argument)
    case "target":
      target = argument
      amounts = []
    case "layer":
      target = nil
      setAmounts(argument)
    case "criterion": criterion = argument
    case "attach": data = argument.split(separator: " ").map(String.init)
    case "prune": prune(entry)
    case "recover": recover(argument)
    case "train": run("finetune", argument.split(separator: " ").map(String.init), entry)
    case "auto": run("iterate", argument.split(separator: " ").map(String.init) + settingWords, entry)
    case "taylor-prune": run("taylor-prune", argument.split(separator: " ").map(String.init), entry)
    case "upsampling-prune": run("upsampling-prune", argument.split(separator: " ").map(String.init), entry)
    case "adopt", "scores":
      gaps.append("\(entry.words): what came of other programs; run it by hand.")
    case "pin", "cut":
      gaps.append(
        "\(entry.words): kernels that were picked by hand have no flag; write a plan (w) and apply it.")
    default: break
    }
  }

  private mutating func set(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let name = parts.first else { return }
    settings[name] = parts.count > 1 ? parts[1] : ""
  }

  private mutating func setAmounts(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    for term in words.allSatisfy({ $0.contains("=") }) ? words : [text] {
      guard let sign = term.lastIndex(of: "=") else { continue }
      let name = String(term[..<sign])
      amounts.removeAll { $0.name == name }
      amounts.append((name, String(term[term.index(after: sign)...])))
    }
  }

  /// The settings that are not as they are usually, as flags.
  private var settingWords: [String] {
    settings.sorted { $0.key < $1.key }.flatMap { name, value -> [String] in
      if name == "protect" {
        return value == "none" || value.isEmpty
          ? [] : value.split { $0 == "," || $0 == " " }.flatMap { ["--protect", String($0)] }
      }
      if name == "until" { return [] }
      return ["--\(name)", value]
    }
  }

  private mutating func prune(_ entry: RecordEntry) {
    flush()
    var words = ["prune", "--criterion", criterion] + settingWords
    if let target, let parsed = Target(target) {
      words += parsed.flagWords
    } else {
      words += amounts.filter { Double($0.amount.dropLast()) != 0 }.flatMap {
        ["--layer", "\($0.name)=\($0.amount)"]
      }
    }
    if entry.examples > 0 { words += ["--batches", String((entry.examples + 31) / 32), "--all-examples"] }
    lines.append("# \(entry.figures)")
    pending = words
    (amounts, target) = ([], nil)
  }

  private mutating func recover(_ methods: String) {
    if pending?.first == "prune" {
      pending? += ["--recover", methods]
    } else {
      gaps.append(
        "recover \(methods): it follows a training, and `secateur prune` recovers only what it removed.")
    }
  }

  private mutating func run(_ command: String, _ words: [String], _ entry: RecordEntry) {
    flush()
    lines.append("# \(entry.words)")
    pending = [command] + words
    flush()
    (amounts, target) = ([], nil)
  }

  /// Writes the command that was put together, from the step before to the next one.
  private mutating func flush() {
    guard let words = pending else { return }
    pending = nil
    let before = step == 0 ? "\"$model\"" : "\"$work/step-\(step)\(ending)\""
    step += 1
    if step > 1 {
      lines.append("[ -f \"$work/data.yaml\" ] && cp \"$work/data.yaml\" \"$work/step-\(step - 1).yaml\"")
    }
    var all = ["\"$secateur\"", words[0], before, "-o", "\"$work/step-\(step)\(ending)\""]
    if !data.isEmpty { all += ["--data"] + data.map(quoted) }
    all += words.dropFirst().map(quoted)
    lines.append(all.joined(separator: " "))
  }

  package static func == (a: ShellScript, b: ShellScript) -> Bool { a.text == b.text && a.gaps == b.gaps }

  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Target {
  /// The target as flags of `secateur prune`.
  var flagWords: [String] {
    switch (quantity, remaining) {
    case (.kernels, .percent(let share)): ["--percent", AmountText.percent(100 - share)]
    case (.kernels, .absolute(let share)): ["--percent", AmountText.percent(100 - share)]
    case (.macs, _): ["--keep-macs", amountText]
    case (.parameters, _): ["--keep-params", amountText]
    case (.memory, _): ["--keep-memory", amountText]
    case (.latency, _): ["--keep-latency", amountText]
    }
  }
}
