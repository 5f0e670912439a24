/// A command as data: what runs it, what it is called, and why it may not run now.
///
/// One list of bindings drives the keys, the footer and the help.
public struct Binding: Hashable, Sendable {
  /// The name that settings and code know it by, such as `layers.percent.up`.
  public var id: String
  /// The keys that run it; the first is shown in the footer.
  public var keys: [Key]
  /// One or two words, for the footer.
  public var title: String
  /// One sentence, for the help.
  public var description: String
  /// The heading under which the help lists it.
  public var category: String
  /// Why it cannot run now; nil if it can. A disabled binding stays listed, with its reason.
  public var disabledReason: String?
  /// Whether the footer shows it, room permitting.
  public var isInFooter: Bool

  /// A binding from its parts.
  public init(
    _ id: String, _ keys: [Key], _ title: String, _ description: String, category: String,
    disabledReason: String? = nil, isInFooter: Bool = true
  ) {
    self.id = id
    self.keys = keys
    self.title = title
    self.description = description
    self.category = category
    self.disabledReason = disabledReason
    self.isInFooter = isInFooter
  }

  /// Whether it can run now.
  public var isEnabled: Bool { disabledReason == nil }

  /// The keys for people: `+ / =`.
  public func keyLabel(_ glyphs: Glyphs) -> String {
    keys.map { $0.label(glyphs) }.joined(separator: " ")
  }
}
