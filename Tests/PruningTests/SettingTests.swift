import Foundation
import Pruning
import Testing

/// The one table of settings: every row is read as it is written, by people, plans and journals.
@Suite struct SettingTests {
  /// Values of every setting as they are typed.
  private static func values(of setting: PruningSetting) -> [String] {
    switch setting {
    case .scope, .normalization, .aggregation: setting.choices ?? []
    case .macPenalty: ["0", "0.25", "3", "1e-05"]
    case .minimumKept: ["1", "12"]
    case .maximumRatio: ["0%", "12.5%", "80%", "100%"]
    case .multiple: ["1", "8", "16", "fast"]
    case .protected: ["none", "conv1", "conv1 layer4.0.conv2"]
    case .until: ["auto", "off", "97%", "99.5%"]
    }
  }

  private static func wrong(for setting: PruningSetting) -> [String] {
    switch setting {
    case .scope, .normalization, .aggregation: ["", "everywhere", "Global"]
    case .macPenalty: ["", "-1", "nan", "inf", "much"]
    case .minimumKept: ["", "0", "-3", "1.5", "few"]
    case .maximumRatio: ["", "2", "80", "-1%", "nan%", "most"]
    case .multiple: ["", "0", "-16", "quick"]
    case .protected: []
    case .until: ["", "100%", "-1%", "nan", "sure"]
    }
  }

  private func subject(_ setting: PruningSetting, _ text: String) throws -> PruningSetting.Subject {
    var subject = PruningSetting.Subject()
    try setting.set(text, on: &subject)
    return subject
  }

  @Test(arguments: PruningSetting.allCases) func whatIsTypedIsReadAsItIsWritten(setting: PruningSetting)
    throws
  {
    #expect(!Self.values(of: setting).isEmpty)
    for text in Self.values(of: setting) {
      #expect(setting.allows(text))
      let subject = try subject(setting, text)
      #expect(setting.text(subject) == text)
      var others = subject
      try setting.set(setting.text(PruningSetting.Subject()), on: &others)
      #expect(others == PruningSetting.Subject(), "\(setting) \(text) touches something else")
    }
  }

  @Test(arguments: PruningSetting.allCases) func whatCannotBeSetIsSaidInASentence(setting: PruningSetting) {
    for text in Self.wrong(for: setting) {
      var subject = PruningSetting.Subject()
      let problem = #expect(throws: PruningSetting.Problem.self) { try setting.set(text, on: &subject) }
      #expect(problem?.sentence.hasSuffix("\(setting.allowed).") == true)
      #expect(subject == PruningSetting.Subject() && !setting.allows(text))
    }
  }

  @Test(arguments: PruningSetting.allCases) func everythingIsSaidOfEach(setting: PruningSetting) {
    #expect(!setting.title.isEmpty && setting.help.hasSuffix("."))
    for text in setting.completions(among: []) { #expect(setting.allows(text)) }
    for text in Self.values(of: setting) { #expect(!setting.hint(text).isEmpty) }
  }

  @Test(arguments: PruningSetting.allCases) func plansHoldEach(setting: PruningSetting) throws {
    for text in Self.values(of: setting) {
      let settings = try subject(setting, text).settings
      let step = PruningPlan.Step(criterion: .l2, examples: 0, settings: settings, kept: ["a": [0]])
      let plan = PruningPlan(model: "m.onnx", fingerprint: "f", steps: [step])
      #expect(try PruningPlan(yaml: plan.yaml, path: "p") == plan)
    }
  }

  @Test(arguments: PruningSetting.allCases) func journalsHoldEach(setting: PruningSetting) throws {
    for text in Self.values(of: setting) {
      let settings = try subject(setting, text).settings
      let data = try JSONEncoder().encode(settings)
      #expect(try JSONDecoder().decode(PruningSettings.self, from: data) == settings)
    }
  }

  /// A property that has no row would be lost with the journal.
  @Test func noPropertyIsLeftOutOfJournals() throws {
    let data = try JSONEncoder().encode(PruningSettings())
    let object = try JSONSerialization.jsonObject(with: data)
    let written = try #require(object as? [String: Any])
    let properties = Mirror(reflecting: PruningSettings()).children.compactMap(\.label)
    #expect(Set(written.keys) == Set(properties))
  }

  /// Journals that are older than a setting can be read: it is as usual then.
  @Test func whatAJournalDoesNotHaveIsAsUsual() throws {
    let text = #"{"amounts":{},"forced":{},"groupedConvolutions":"automatic","minimumKept":7,"pinned":{}}"#
    let read = try JSONDecoder().decode(PruningSettings.self, from: Data(text.utf8))
    var expected = PruningSettings()
    expected.minimumKept = 7
    #expect(read == expected)
  }

  @Test func settingsOutliveAPruneAndChoicesOfKernelsDoNot() throws {
    var subject = PruningSetting.Subject()
    for setting in PruningSetting.allCases { try setting.set(Self.values(of: setting)[1], on: &subject) }
    let chosen = subject.settings
    #expect(chosen != PruningSettings())
    subject.settings.amounts = ["conv1": .percent(30)]
    subject.settings.pinned = ["conv1": [1]]
    subject.settings.forced = ["conv1": [2]]
    #expect(subject.settings.afterPrune == chosen)
  }
}
