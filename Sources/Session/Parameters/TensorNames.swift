import Foundation
import TensorFiles

/// The tensors of a file by the names that the network's author has for them.
///
/// Wrappers put something before every name: `module.` (DataParallel), `_orig_mod.` (torch.compile), `state_dict.` (a
/// checkpoint with more in it), or a name of the user's own. The prefix that makes most names those of parameters is taken
/// off, or put before where the model was exported inside of a wrapper.
struct TensorNames {
  /// What was taken off the names; empty for nothing.
  let prefix: String
  /// The name in the file, by the author's name, in the order of the file.
  let inFile: [String: String]
  /// The author's names, in the order of the file.
  let ordered: [String]
  /// Names in the file that do not begin with the prefix.
  let outside: [String]

  /// - Parameters:
  ///   - expected: names of the network's parameters.
  ///   - prefix: what the user says that names begin with; found out where `nil`.
  init(_ file: any TensorFile, expected: Set<String>, prefix asked: String?) throws {
    // torch.compile's stands wherever a compiled module begins.
    let names = file.names.map { (file: $0, plain: $0.replacingOccurrences(of: "_orig_mod.", with: "")) }
    let chosen: (taken: String, added: String)
    if let asked, !asked.isEmpty {
      let text = asked.hasSuffix(".") ? asked : asked + "."
      let starts = names.contains { $0.plain.hasPrefix(text) }
      guard starts else {
        throw AdoptionError.noSuchPrefix(
          file: file.path, prefix: text, known: Self.firstParts(of: names.map(\.plain)))
      }
      chosen = (text, "")
    } else {
      chosen = try Self.chosen(names.map(\.plain), expected, file: file.path)
    }
    prefix = chosen.taken
    var inFile: [String: String] = [:]
    var ordered: [String] = []
    var outside: [String] = []
    for (name, plain) in names {
      guard plain.hasPrefix(chosen.taken) else {
        outside.append(name)
        continue
      }
      let known = chosen.added + plain.dropFirst(chosen.taken.count)
      if inFile.updateValue(name, forKey: known) == nil { ordered.append(known) }
    }
    (self.inFile, self.ordered, self.outside) = (inFile, ordered, outside)
  }

  private static func chosen(
    _ names: [String], _ expected: Set<String>, file: String
  ) throws -> (taken: String, added: String) {
    var counts: [String: Int] = [:]
    for name in names {
      var rest = name[...]
      // The name itself, and what is left of it behind each of its first parts.
      for _ in 0..<4 {
        if expected.contains(String(rest)) {
          counts[String(name.prefix(name.count - rest.count)), default: 0] += 1
        }
        guard let dot = rest.firstIndex(of: ".") else { break }
        rest = rest[rest.index(after: dot)...]
      }
    }
    let best = counts.values.max() ?? 0
    let taken = counts.filter { $0.value == best }.keys.sorted { ($0.count, $0) < ($1.count, $1) }
    if taken.count > 1, !taken.contains("") { throw AdoptionError.ambiguous(file: file, prefixes: taken) }
    // The model may have been exported inside of something.
    let known = Set(names)
    var added: [String: Int] = [:]
    for name in expected {
      guard let dot = name.firstIndex(of: ".") else { continue }
      let start = name.index(after: dot)
      if known.contains(String(name[start...])) { added[String(name[..<start]), default: 0] += 1 }
    }
    if let (prefix, count) = added.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), count > best {
      return ("", prefix)
    }
    return (taken.contains("") ? "" : taken.first ?? "", "")
  }

  private static func firstParts(of names: [String]) -> [String] {
    Set(names.compactMap { name in name.firstIndex(of: ".").map { String(name[...$0]) } }).sorted()
  }
}
