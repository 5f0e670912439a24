/// A property that holds the value of a setting, or a part of it, with its key in journals.
struct SettingProperty: Sendable {
  /// A key of a journal.
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  typealias Subject = PruningSetting.Subject

  /// Whether two subjects differ in it.
  let differs: @Sendable (Subject, Subject) -> Bool
  /// Copies it from one subject to another.
  let copy: @Sendable (Subject, inout Subject) -> Void
  /// Writes it.
  let encode: @Sendable (Subject, inout KeyedEncodingContainer<Key>) throws -> Void
  /// Reads it; leaves it as it is where there is none.
  let decode: @Sendable (inout Subject, KeyedDecodingContainer<Key>) throws -> Void

  init<Value: Codable & Equatable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Subject, Value> & Sendable
  ) {
    let key = Key(stringValue: name)
    differs = { $0[keyPath: path] != $1[keyPath: path] }
    copy = { $1[keyPath: path] = $0[keyPath: path] }
    encode = { try $1.encode($0[keyPath: path], forKey: key) }
    decode = { subject, container in
      guard let value = try container.decodeIfPresent(Value.self, forKey: key) else { return }
      subject[keyPath: path] = value
    }
  }
}

extension PruningSetting {
  /// Whether two subjects have other values of the setting.
  func differs(_ a: Subject, _ b: Subject) -> Bool {
    definition.form.properties.contains { $0.differs(a, b) }
  }
}

extension PruningSettings: Codable {
  private enum Choice: String, CodingKey {
    case amounts, pinned, forced, groupedConvolutions
  }

  /// Reads settings that a journal holds. A setting that is missing there is younger than the journal, and as usual.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Choice.self)
    var subject = PruningSetting.Subject()
    subject.settings.amounts = try container.decode([String: Amount].self, forKey: .amounts)
    subject.settings.pinned = try container.decode([String: Set<Int>].self, forKey: .pinned)
    subject.settings.forced = try container.decode([String: Set<Int>].self, forKey: .forced)
    subject.settings.groupedConvolutions = try container.decode(
      GroupedConvolutionPolicy.self, forKey: .groupedConvolutions)
    let settings = try decoder.container(keyedBy: SettingProperty.Key.self)
    for property in PruningSetting.allCases.flatMap(\.definition.form.properties) {
      try property.decode(&subject, settings)
    }
    self = subject.settings
  }

  /// Writes settings into a journal.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Choice.self)
    try container.encode(amounts, forKey: .amounts)
    try container.encode(pinned, forKey: .pinned)
    try container.encode(forced, forKey: .forced)
    try container.encode(groupedConvolutions, forKey: .groupedConvolutions)
    var settings = encoder.container(keyedBy: SettingProperty.Key.self)
    for property in PruningSetting.allCases.flatMap(\.definition.form.properties) {
      try property.encode(PruningSetting.Subject(settings: self), &settings)
    }
  }
}
