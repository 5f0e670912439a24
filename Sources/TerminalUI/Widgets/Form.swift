/// A dialog: a message, fields to fill in, and buttons, in a frame in the middle of the screen.
///
///     var form = Form(title: "Data", fields: [.init("path", "Path", .text(TextField()))], buttons: [.cancel, .ok])
///     if case .pressed("ok") = form.handle(event) { open(form.text(of: "path")) }
package struct Form: Hashable, Sendable {
  /// What a field holds.
  package enum Value: Hashable, Sendable {
    /// A line of text.
    case text(TextField)
    /// Yes or no.
    case toggle(Bool)
    /// One of several texts, by index.
    case choice([String], selected: Int)

    /// The same with all of its text selected.
    fileprivate var selected: Value {
      guard case .text(var field) = self else { return self }
      field.selectAll()
      return .text(field)
    }
  }

  /// A labelled place to fill in.
  package struct Field: Hashable, Sendable {
    /// The name it is known by.
    package var id: String
    /// The label before it.
    package var label: String
    /// What it holds.
    package var value: Value
    /// A line below it while it has the focus.
    package var hint: String
    /// What is wrong with its value; shown instead of the hint.
    package var problem: String?

    /// A field from its parts. What stands in it is selected: what is typed first replaces it.
    package init(_ id: String, _ label: String, _ value: Value, hint: String = "", problem: String? = nil) {
      self.id = id
      self.label = label
      self.value = value.selected
      self.hint = hint
      self.problem = problem
    }
  }

  /// Something to press.
  package struct Button: Hashable, Sendable {
    /// The name it is known by.
    package var id: String
    /// What is written on it.
    package var title: String
    /// A key that presses it from everywhere but text fields.
    package var key: Key?
    /// Whether Enter presses it. For destructive acts this is false: only the key does.
    package var takesEnter: Bool

    /// A button from its parts.
    package init(_ id: String, _ title: String, key: Key? = nil, takesEnter: Bool = true) {
      self.id = id
      self.title = title
      self.key = key
      self.takesEnter = takesEnter
    }

    /// The button that accepts: `ok`.
    package static let ok = Button("ok", "OK")
    /// The button that leaves all as it was: `cancel`; Escape does the same.
    package static let cancel = Button("cancel", "Cancel")
  }

  /// What an event did to the form.
  package enum Outcome: Hashable, Sendable {
    /// The value of the field with this name changed.
    case changed(String)
    /// Only the focus moved, or nothing happened.
    case handled
    /// The button with this name was pressed; Enter in a text field presses the last one that takes Enter.
    case pressed(String)
    /// Escape.
    case cancelled
  }

  /// The title in the frame.
  package var title: String
  /// What is said above the fields.
  package var message: [[Span]]
  /// The fields, from top to bottom.
  package var fields: [Field]
  /// What will be done, in words, between the fields and the buttons; what depends on the fields is set before each drawing.
  package var outcome: [[Span]] = []
  /// The buttons, from left to right.
  package var buttons: [Button]
  /// What has the focus: the fields first, then the buttons.
  package var focus: Int
  /// The width that the frame asks for.
  package var idealWidth: Int

  /// A form from its parts; the first field has the focus, or the last button if there are none.
  package init(
    title: String, message: [[Span]] = [], fields: [Field] = [], buttons: [Button] = [.cancel, .ok],
    idealWidth: Int = 60
  ) {
    self.title = title
    self.message = message
    self.fields = fields
    self.buttons = buttons
    self.idealWidth = idealWidth
    focus = fields.isEmpty ? max(0, buttons.count - 1) : 0
  }

  /// A question before a destructive act: only `y` says yes; Enter, `n` and Escape say no.
  package static func confirmation(title: String, message: [[Span]], act: String) -> Form {
    var form = Form(
      title: title, message: message,
      buttons: [Button("no", "No", key: "n"), Button("yes", act, key: "y", takesEnter: false)])
    form.focus = 0
    return form
  }

  /// The text of a field; empty if it holds none.
  package func text(of id: String) -> String {
    switch fields.first(where: { $0.id == id })?.value {
    case .text(let field): field.text
    case .choice(let options, let selected): options.indices.contains(selected) ? options[selected] : ""
    default: ""
    }
  }

  /// The field of text that has the focus; `nil` where something else has it.
  package var focusedText: TextField? {
    guard fields.indices.contains(focus), case .text(let field) = fields[focus].value else { return nil }
    return field
  }

  /// What was typed and chosen, to be put into a form of the same fields by `restore`.
  package var editedValues: [String: Value] {
    Dictionary(
      fields.filter { edited.contains($0.id) }.map { ($0.id, $0.value) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Puts values back that another form of these fields held; those that no longer fit are left out.
  package mutating func restore(_ values: [String: Value]) {
    for index in fields.indices {
      switch (fields[index].value, values[fields[index].id]) {
      case (.text(var field), .text(let old)?):
        field.text = old.text
        field.selectAll()
        fields[index].value = .text(field)
      case (.toggle, .toggle(let isOn)?): fields[index].value = .toggle(isOn)
      case (.choice(let options, _), .choice(let old, let selected)?):
        guard old.indices.contains(selected), let now = options.firstIndex(of: old[selected]) else {
          continue
        }
        fields[index].value = .choice(options, selected: now)
      default: continue
      }
      edited.insert(fields[index].id)
    }
  }

  /// Whether a toggle is on.
  package func isOn(_ id: String) -> Bool {
    if case .toggle(let isOn) = fields.first(where: { $0.id == id })?.value { isOn } else { false }
  }

  /// Sets what is wrong with a field's value; nil for nothing.
  package mutating func setProblem(_ problem: String?, of id: String) {
    for index in fields.indices where fields[index].id == id { fields[index].problem = problem }
  }

  /// The fields whose values were changed by events.
  package private(set) var edited: Set<String> = []

  /// Takes an event. Keys: Tab and arrows move, Space toggles and chooses, Enter presses, Escape cancels.
  ///
  /// - Parameter completions: The candidates for the text of the field with this name.
  package mutating func handle(
    _ event: Event, completions: ((_ field: String, _ head: String) -> [String])? = nil
  ) -> Outcome {
    if fields.indices.contains(focus) {
      let outcome = handleInField(event, completions)
      if case .changed(let id) = outcome { edited.insert(id) }
      return outcome
    }
    guard case .key(let key) = event else { return .handled }
    if let button = buttons.first(where: { $0.key == key }) { return .pressed(button.id) }
    let button = focus - fields.count
    switch key {
    case .escape: return .cancelled
    case .enter, .space:
      guard buttons.indices.contains(button), buttons[button].takesEnter else { return .handled }
      return buttons[button].id == Button.cancel.id ? .cancelled : .pressed(buttons[button].id)
    default: return moveFocus(key)
    }
  }

  private mutating func moveFocus(_ key: Key) -> Outcome {
    let count = fields.count + buttons.count
    guard count > 0 else { return .handled }
    switch key {
    case .tab, .down, .right: focus = (focus + 1) % count
    case .backTab, .up, .left: focus = (focus + count - 1) % count
    default: return .handled
    }
    if fields.indices.contains(focus) { fields[focus].value = fields[focus].value.selected }
    return .handled
  }

  private mutating func handleInField(
    _ event: Event, _ completions: ((_ field: String, _ head: String) -> [String])?
  ) -> Outcome {
    let id = fields[focus].id
    switch fields[focus].value {
    case .text(var field):
      if case .key(let key) = event {
        // Without candidates for this text, Tab goes on to the next field.
        let completes = key == .tab && !(completions?(id, field.text).isEmpty ?? true)
        if key == .backTab || key == .tab && !completes { return moveFocus(key) }
        if key == .up || key == .down, field.history.isEmpty { return moveFocus(key) }
      }
      let before = field.text
      let outcome = field.handle(event, completions: completions.map { source in { source(id, $0) } })
      fields[focus].value = .text(field)
      switch outcome {
      case .submitted: return submit()
      case .cancelled: return .cancelled
      case .edited where field.text != before:
        fields[focus].problem = nil
        return .changed(id)
      default: return .handled
      }
    case .toggle(let isOn):
      guard case .key(let key) = event else { return .handled }
      if key == .space {
        fields[focus].value = .toggle(!isOn)
        return .changed(id)
      }
      return handleCommon(key)
    case .choice(let options, let selected):
      guard case .key(let key) = event, !options.isEmpty else { return .handled }
      let step = key == .space || key == .right ? 1 : key == .left ? options.count - 1 : 0
      guard step != 0 else { return handleCommon(key) }
      fields[focus].value = .choice(options, selected: (max(0, selected) + step) % options.count)
      return .changed(id)
    }
  }

  private mutating func handleCommon(_ key: Key) -> Outcome {
    switch key {
    case .enter: submit()
    case .escape: .cancelled
    default: moveFocus(key)
    }
  }

  private func submit() -> Outcome {
    guard let button = buttons.last(where: { $0.takesEnter && $0.id != Button.cancel.id }) else {
      return .handled
    }
    return .pressed(button.id)
  }
}
