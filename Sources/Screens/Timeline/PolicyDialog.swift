package import TerminalUI

/// A policy of the timeline that is changed.
package struct PolicyDialog: FormOverlay {
  package var form: Form
  /// Its index among the rows.
  package let policy: Int

  package var hints: [(Key, String)] { [(.enter, "change"), (.tab, "next field"), (.escape, "cancel")] }

  static func open(_ state: inout ProgramState, _ index: Int, of summary: TimelineSummary) {
    guard summary.rows.indices.contains(index) else { return }
    let row = summary.rows[index]
    var fields: [Form.Field] = []
    if let sparsity = row.finalSparsity {
      fields.append(
        .init(
          "sparsity", "Final sparsity", .text(TextField(Quantity.fixed(sparsity, digits: 2))),
          hint: "a share from 0 to 1"))
    }
    if let range = row.range {
      fields += [
        .init("start", "Starting epoch", .text(TextField("\(range.start)")), hint: "the first, from 0"),
        .init("end", "Ending epoch", .text(TextField("\(range.end)")), hint: "the one behind the last"),
        .init("frequency", "Frequency", .text(TextField("\(range.frequency)")), hint: "every so many epochs"),
      ]
    }
    guard !fields.isEmpty else {
      return state.say("\(row.name) acts at listed epochs and has no sparsity to change.")
    }
    let form = Form(title: row.name, message: [[Span(row.className, .dim)]], fields: fields)
    state.show(PolicyDialog(form: form, policy: index))
  }

  package mutating func submit(_ state: inout ProgramState) -> OverlayReaction {
    let ids = form.fields.map(\.id)
    var sparsity: Double?
    if ids.contains("sparsity") {
      sparsity = number("sparsity", Double.self) { 0...1 ~= $0 }
      guard sparsity != nil else { return .stays() }
    }
    var range: TimelineSummary.Row.Range?
    if ids.contains("start") {
      guard let start = number("start", Int.self, { $0 >= 0 }),
        let end = number("end", Int.self, { $0 > start }),
        let frequency = number("frequency", Int.self, { $0 > 0 })
      else { return .stays() }
      range = .init(start: start, end: end, frequency: frequency)
    }
    return .closes([
      .engine(.schedule(.change(policy: policy, finalSparsity: sparsity, range: range)))
    ])
  }

  /// Reads a number that holds; says in the form what is wrong with another.
  private mutating func number<T: LosslessStringConvertible>(
    _ id: String, _ type: T.Type, _ holds: (T) -> Bool
  ) -> T? {
    let value = T(form.text(of: id)).flatMap { holds($0) ? $0 : nil }
    form.setProblem(
      value == nil ? "This is not \(T.self == Int.self ? "a whole number" : "a share")." : nil, of: id)
    return value
  }
}
