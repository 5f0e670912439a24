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

    /// A field from its parts.
    package init(_ id: String, _ label: String, _ value: Value, hint: String = "", problem: String? = nil) {
      self.id = id
      self.label = label
      self.value = value
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

  /// Whether a toggle is on.
  package func isOn(_ id: String) -> Bool {
    if case .toggle(let isOn) = fields.first(where: { $0.id == id })?.value { isOn } else { false }
  }

  /// Sets what is wrong with a field's value; nil for nothing.
  package mutating func setProblem(_ problem: String?, of id: String) {
    for index in fields.indices where fields[index].id == id { fields[index].problem = problem }
  }

  /// Takes an event. Keys: Tab and arrows move, Space toggles and chooses, Enter presses, Escape cancels.
  ///
  /// - Parameter completions: The candidates for the text of the field with this name.
  package mutating func handle(
    _ event: Event, completions: ((_ field: String, _ head: String) -> [String])? = nil
  ) -> Outcome {
    if fields.indices.contains(focus) { return handleInField(event, completions) }
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
    default: break
    }
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
