import Foundation
import Testing

/// Numbers that a file says are computed with by one vocabulary, `Sources/Graph/Sizes.swift`: forms that trap on such
/// numbers stay out of the folders that see them.
@Suite struct CheckedArithmeticTests {
  struct Form: Sendable, CustomTestStringConvertible {
    /// What the form looks like.
    let pattern: String
    /// The folders of `Sources` that it stays out of.
    let folders: [String]
    /// What stands in its place.
    let instead: String
    /// Files that have it and know what they count, with why.
    var allowed: [String: String] = [:]

    var testDescription: String { "\(pattern): \(instead)" }
  }

  private static let all = ["Graph", "Pruning", "Compute", "Formats", "Datasets"]

  static let forms: [Form] = [
    Form(
      pattern: #"reduce\([^(){}]*, \*\)|reduce\(1\) \{ \$0 \* "#, folders: all,
      instead: "elementCount counts a shape, times multiplies two counts",
      allowed: ["Reductions.swift": "ReduceProd multiplies floating-point numbers"]),
    Form(
      pattern: #"uniqueKeysWithValues"#, folders: all,
      instead: "uniquingKeysWith: a file may name two things alike"),
    Form(
      pattern: #"\bInt\((?!cut:|exactly:|clamping:)[^;\n]*\.rounded\("#, folders: all,
      instead: "Int(cut:) for what a file may make large, infinite or no number",
      allowed: [
        "Deformable.swift": "a guard keeps the place within the picture",
        "Regions.swift": "a guard keeps the cell's size below 4096",
        "Planes.swift": "a picture's own sides, which its codec bounds",
      ]),
    Form(
      pattern: #"constant\([^()\n]*\)\.integers"#, folders: ["Graph/Operators", "Compute"],
      instead: "numbers(_:) cuts what a constant holds to what rules compute with",
      allowed: ["OperatorRule.swift": "it is what does so"]),
    Form(
      pattern: #"case \.ints?\(let"#, folders: ["Graph/Operators", "Compute"],
      instead: "int, ints, count and sizes of OperatorCall cut and check attributes",
      allowed: ["OperatorRule.swift": "they stand there"]),
    Form(
      pattern: #"ReportingOverflow"#, folders: all,
      instead: "checkedSum, checkedProduct, plus and times say what becomes of an overflow",
      allowed: ["Sizes.swift": "they stand there"]),
    Form(
      pattern: #"multiplyAccumulates\([^\n]*\) -> Int \{ [^0]"#, folders: ["Graph"],
      instead: "costs are products of counts: times and elementCount"),
  ]

  private static let sources = Program.root.appending(path: "Sources")

  @Test(arguments: forms) func aFormThatTrapsStaysOut(form: Form) throws {
    let regex = try Regex(form.pattern)
    var excused: Set<String> = []
    for folder in form.folders {
      let enumerator = FileManager.default.enumerator(
        at: Self.sources.appending(path: folder), includingPropertiesForKeys: nil)
      let files = (enumerator?.allObjects as? [URL] ?? []).filter {
        $0.pathExtension == "swift" && !$0.lastPathComponent.hasSuffix(".pb.swift")
      }
      try #require(!files.isEmpty, "Sources/\(folder) has no files")
      for file in files {
        let name = file.lastPathComponent
        for (number, line) in try String(contentsOf: file, encoding: .utf8).split(
          separator: "\n", omittingEmptySubsequences: false
        ).enumerated() where line.contains(regex) {
          if form.allowed[name] != nil {
            excused.insert(name)
          } else {
            Issue.record("\(folder), \(name), line \(number + 1): \(form.instead)")
          }
        }
      }
    }
    // An excuse that nobody needs any more would excuse the next one.
    #expect(excused == Set(form.allowed.keys))
  }
}
