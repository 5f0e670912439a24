import Graph

/// How the value of a setting is typed, and how plans and journals hold it.
struct SettingForm: Sendable {
  typealias Subject = PruningSetting.Subject

  /// How a plan holds a value behind the setting's key.
  enum InPlan: Sendable {
    /// As text; `problem` stands behind a text that cannot be read: `, not a whole number`.
    case text(
      write: @Sendable (Subject) -> String, read: @Sendable (String, inout Subject) -> Bool, problem: String)
    /// As a list of texts; `problem` says that one is none.
    case list(
      write: @Sendable (Subject) -> [String], read: @Sendable ([String], inout Subject) -> Void,
      problem: String)
  }

  /// The values to choose from; `nil` where text is typed.
  var choices: [String]?
  /// What can be set: `a number from 1`.
  let allowed: String
  /// Values that can be typed, to begin with, given the layers of the network.
  var completions: @Sendable ([CoupledLayer]) -> [String] = { _ in [] }
  /// The value in force, as it is typed.
  let text: @Sendable (Subject) -> String
  /// Sets what was typed; false for what cannot be set.
  let read: @Sendable (String, inout Subject, ChannelGroups?) throws -> Bool
  /// How plans hold it; `nil` for what they do not have.
  let inPlan: InPlan?
  /// The properties that hold the value.
  let properties: [SettingProperty]
}

// MARK: Kinds of values

extension SettingForm {
  /// One of some words.
  static func choice<Value>(
    _ path: any WritableKeyPath<Subject, Value> & Sendable, journalKey: String?
  ) -> SettingForm
  where
    Value: RawRepresentable<String> & CaseIterable & Sendable & Hashable & Codable, Value.AllCases == [Value]
  {
    let words = Value.allCases.map(\.rawValue)
    let list = words.joined(separator: ", ")
    let write: @Sendable (Subject) -> String = { $0[keyPath: path].rawValue }
    let read: @Sendable (String, inout Subject) -> Bool = { text, subject in
      guard let value = Value(rawValue: text) else { return false }
      subject[keyPath: path] = value
      return true
    }
    return SettingForm(
      choices: words, allowed: "one of \(list)", completions: { _ in words }, text: write,
      read: { text, subject, _ in read(text, &subject) },
      inPlan: .text(write: write, read: read, problem: "; it can be \(list)"),
      properties: journalKey.map { [SettingProperty($0, path)] } ?? [])
  }

  /// A number from 0.
  static func number(
    _ path: any WritableKeyPath<Subject, Double> & Sendable, journalKey: String
  ) -> SettingForm {
    let read = Self.reading(path) { $0.isFinite && $0 >= 0 }
    return SettingForm(
      allowed: "a number from 0", text: { "\($0[keyPath: path])".droppingZeroFraction },
      read: { text, subject, _ in read(text, &subject) },
      inPlan: .text(write: { "\($0[keyPath: path])" }, read: read, problem: ", not a number from 0"),
      properties: [SettingProperty(journalKey, path)])
  }

  /// A share from 0 to 1, typed as such or in per cent.
  static func share(
    _ path: any WritableKeyPath<Subject, Double> & Sendable, journalKey: String
  ) -> SettingForm {
    SettingForm(
      allowed: "a share from 0 to 1, or a percentage with its sign, like 80%",
      text: { "\(100 * $0[keyPath: path])".droppingZeroFraction + "%" },
      read: { text, subject, _ in
        let share = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        guard let share, 0...1 ~= share else { return false }
        subject[keyPath: path] = share
        return true
      },
      inPlan: .text(
        // A plan is checked as a whole: whether the share is one, too.
        write: { "\($0[keyPath: path])" }, read: Self.reading(path) { $0.isFinite && $0 >= 0 },
        problem: ", not a number from 0"),
      properties: [SettingProperty(journalKey, path)])
  }

  /// A count from 1; plans may hold 0.
  static func count(
    _ path: any WritableKeyPath<Subject, Int> & Sendable, journalKey: String
  ) -> SettingForm {
    let read = Self.reading(path) { $0 >= 1 }
    return SettingForm(
      allowed: "a number from 1", text: { "\($0[keyPath: path])" },
      read: { text, subject, _ in read(text, &subject) },
      inPlan: .text(
        write: { "\($0[keyPath: path])" }, read: Self.reading(path) { $0 >= 0 },
        problem: ", not a whole number"),
      properties: [SettingProperty(journalKey, path)])
  }

  private static func reading<Value: LosslessStringConvertible & Sendable>(
    _ path: any WritableKeyPath<Subject, Value> & Sendable,
    where isAllowed: @escaping @Sendable (Value) -> Bool
  ) -> @Sendable (String, inout Subject) -> Bool {
    { text, subject in
      guard let value = Value(text), isAllowed(value) else { return false }
      subject[keyPath: path] = value
      return true
    }
  }

  // MARK: Values of their own kind

  /// What widths are rounded to: a number, or those that are fast.
  static var multiple: SettingForm {
    @Sendable func text(_ subject: Subject) -> String {
      subject.settings.snapsToFastWidths ? "fast" : "\(subject.settings.multiple)"
    }
    @Sendable func read(_ text: String, from least: Int, _ subject: inout Subject) -> Bool {
      guard let multiple = text == "fast" ? PruningSettings.fastMultiple : Int(text), multiple >= least else {
        return false
      }
      subject.settings.multiple = multiple
      subject.settings.snapsToFastWidths = text == "fast"
      return true
    }
    return SettingForm(
      allowed: "a number from 1, or fast", completions: { _ in ["1", "8", "16", "fast"] }, text: text,
      read: { word, subject, _ in read(word, from: 1, &subject) },
      inPlan: .text(
        write: text, read: { word, subject in read(word, from: 0, &subject) },
        problem: ", not a whole number"),
      properties: [
        SettingProperty("multiple", \.settings.multiple),
        SettingProperty("snapsToFastWidths", \.settings.snapsToFastWidths),
      ])
  }

  /// When scoring ends: a share that is to be sure, by itself, or not before all is scored.
  static var until: SettingForm {
    SettingForm(
      allowed: "a percentage below 100%, like 97%, or auto or off",
      completions: { _ in ["auto", "off", "97%", "99%"] },
      text: {
        switch $0.until {
        case .automatic: "auto"
        case .never: "off"
        case .sure(let fraction): "\(100 * fraction)".droppingZeroFraction + "%"
        }
      },
      read: { text, subject, _ in
        switch text {
        case "auto": subject.until = .automatic
        case "off": subject.until = .never
        default:
          let percent = Double(text.hasSuffix("%") ? String(text.dropLast()) : text)
          guard let percent, 0..<100 ~= percent else { return false }
          subject.until = .sure(percent / 100)
        }
        return true
      }, inPlan: nil, properties: [])
  }

  /// Layers that lose nothing.
  static var protected: SettingForm {
    SettingForm(
      allowed: "names of layers, or none",
      completions: { ["none"] + $0.filter(\.isPrunable).map(\.layer.name) },
      text: {
        let names = $0.settings.protected
        return names.isEmpty ? "none" : names.sorted().joined(separator: " ")
      },
      read: { text, subject, groups in
        subject.settings.protected = try Self.layers(like: text, in: groups)
        return true
      },
      inPlan: .list(
        write: { $0.settings.protected.sorted() },
        read: { names, subject in subject.settings.protected.formUnion(names) },
        problem: "a protected layer is not a name"),
      properties: [SettingProperty("protected", \.settings.protected)])
  }

  /// The layers that patterns name, with spaces or commas between them; a name may contain some itself.
  private static func layers(like text: String, in groups: ChannelGroups?) throws -> Set<String> {
    if let names = try? groups?.layerNames(like: text) { return Set(names) }
    let words = text.split { $0 == " " || $0 == "," }.map(String.init)
    if words.isEmpty || words == ["none"] { return [] }
    guard let groups else { return Set(words) }
    var names = Set<String>()
    for word in words { names.formUnion(try groups.layerNames(like: word)) }
    return names
  }
}

extension String {
  /// `1.0` as people write it: `1`.
  fileprivate var droppingZeroFraction: String { hasSuffix(".0") ? String(dropLast(2)) : self }
}
