/// A command as data: what runs it, what it is called, and why it may not run now.
///
/// One list of bindings drives the keys, the footer and the help.
package struct Binding: Hashable, Sendable {
  /// The name that settings and code know it by, such as `layers.percent.up`.
  package var id: String
  /// The keys that run it; the first is shown in the footer.
  package var keys: [Key]
  /// Keys that run it one after the other, such as `g` and `2`.
  package var sequences: [[Key]]
  /// One or two words, for the footer.
  package var title: String
  /// One sentence, for the help.
  package var description: String
  /// The heading under which the help lists it.
  package var category: String
  /// Why it cannot run now; nil if it can. A disabled binding stays listed, with its reason.
  package var disabledReason: String?
  /// Whether the footer shows it, room permitting.
  package var isInFooter: Bool

  /// A binding from its parts.
  package init(
    _ id: String, _ keys: [Key], _ title: String, _ description: String, category: String,
    sequences: [[Key]] = [], disabledReason: String? = nil, isInFooter: Bool = true
  ) {
    self.id = id
    self.keys = keys
    self.sequences = sequences
    self.title = title
    self.description = description
    self.category = category
    self.disabledReason = disabledReason
    self.isInFooter = isInFooter
  }

  /// Whether it can run now.
  package var isEnabled: Bool { disabledReason == nil }

  /// Whether a key runs it.
  package var hasKey: Bool { !keys.isEmpty || !sequences.isEmpty }

  /// The keys for people: `+ =`, `G End ge`.
  package func keyLabel(_ glyphs: Glyphs) -> String {
    (keys.map { $0.label(glyphs) } + sequences.map { label(of: $0, glyphs) }).joined(separator: " ")
  }

  /// The first of them, for the footer.
  package func firstKeyLabel(_ glyphs: Glyphs) -> String {
    keys.first.map { $0.label(glyphs) } ?? sequences.first.map { label(of: $0, glyphs) } ?? ""
  }

  private func label(of sequence: [Key], _ glyphs: Glyphs) -> String {
    let separator = glyphs.isASCII ? " " : ""
    return sequence.map { $0.label(glyphs) }.joined(separator: separator)
  }
}
