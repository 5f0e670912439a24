/// The bindings that are in force, most specific first.
///
///     let map = KeyMap([pane, screen, everywhere])
///     if let binding = map.binding(for: key) { perform(binding.id) }
package struct KeyMap: Hashable, Sendable {
  /// All bindings, in the order in which footer and help list them.
  package private(set) var bindings: [Binding]

  /// A map of layers of bindings; a key of an earlier layer hides the same key of a later one.
  package init(_ layers: [[Binding]]) {
    bindings = layers.flatMap { $0 }
  }

  /// A map of one layer.
  package init(_ bindings: [Binding]) {
    self.init([bindings])
  }

  /// The first binding with this key, enabled or not: a disabled one tells its reason and hides those below.
  package func binding(for key: Key) -> Binding? {
    bindings.first { $0.keys.contains(key) }
  }

  /// The binding of this name.
  package func binding(id: String) -> Binding? {
    bindings.first { $0.id == id }
  }

  /// The map with the user's keys: the named bindings lose their own keys and get the given ones.
  ///
  /// What the user chose comes first: another binding that has one of these keys loses it (`displaced(by:)`).
  ///
  /// - Throws: `TerminalUIError.unknownBinding`, or `keyConflict` if two of the named bindings would share a key.
  package func remapped(by settings: [String: [Key]]) throws -> KeyMap {
    var result = self
    for id in settings.keys.sorted() where binding(id: id) == nil { throw TerminalUIError.unknownBinding(id) }
    var owners: [Key: String] = [:]
    for (id, keys) in settings.sorted(by: { $0.key < $1.key }) {
      for key in keys {
        if let other = owners.updateValue(id, forKey: key), other != id {
          throw TerminalUIError.keyConflict(key: key.name, first: other, second: id)
        }
      }
    }
    for index in result.bindings.indices {
      if let keys = settings[result.bindings[index].id] {
        result.bindings[index].keys = keys
      } else {
        result.bindings[index].keys.removeAll { owners[$0] != nil }
      }
    }
    return result
  }

  /// The bindings that lose their last key to the user's, with the key and the binding that has it then.
  package func displaced(by settings: [String: [Key]]) -> [(id: String, key: Key, by: String)] {
    guard let result = try? remapped(by: settings) else { return [] }
    return zip(bindings, result.bindings).compactMap { before, after in
      guard settings[before.id] == nil, let key = before.keys.first, after.keys.isEmpty, !after.hasKey,
        let owner = settings.first(where: { $0.value.contains(key) })?.key
      else { return nil }
      return (before.id, key, owner)
    }
  }
}

extension KeyMap {
  /// The footer: `key title` of every enabled binding, in order, and an ellipsis where the line is full.
  ///
  /// The last binding in the footer's list (help, by custom) keeps its place when others have to go.
  package func footer(width: Int, glyphs: Glyphs) -> [Span] {
    footerItems(width: width, glyphs: glyphs).flatMap(\.spans)
  }

  /// The footer by its items, each with the name of its binding; the ellipsis has none.
  package func footerItems(width: Int, glyphs: Glyphs) -> [(id: String?, spans: [Span])] {
    var seen: Set<String> = []
    let shown = bindings.filter {
      $0.isInFooter && $0.isEnabled && $0.hasKey && seen.insert($0.id).inserted
    }
    let items = shown.map { binding -> (id: String?, spans: [Span]) in
      (
        binding.id,
        [
          Span(" " + binding.firstKeyLabel(glyphs), .footerKey),
          Span(" " + binding.title + " ", .footerText),
        ]
      )
    }
    let total = items.reduce(0) { $0 + $1.spans.columns }
    if total <= width { return items }
    guard let last = items.last else { return [] }
    var result: [(id: String?, spans: [Span])] = []
    var used = last.spans.columns + 2
    for item in items.dropLast() {
      guard used + item.spans.columns <= width else { break }
      used += item.spans.columns
      result.append(item)
    }
    result.append((nil, [Span(" " + String(Character(glyphs.ellipsis)), .footerText)]))
    if used <= width { return result + [last] }
    return result.reduce(0) { $0 + $1.spans.columns } <= width ? result : []
  }

  /// The bindings of one heading of the help.
  package struct HelpSection: Hashable, Sendable {
    /// The heading.
    package var category: String
    /// Its bindings, in the map's order.
    package var bindings: [Binding]
  }

  /// The help, by category in order of first appearance; with a filter, only bindings whose key, title,
  /// description, name or category contains it, in any case.
  package func help(filter: String = "") -> [HelpSection] {
    let needle = filter.lowercased()
    var sections: [HelpSection] = []
    var seen: Set<String> = []
    for binding in bindings where seen.insert(binding.id).inserted {
      let haystack =
        [binding.id, binding.title, binding.description, binding.category] + binding.keys.map(\.name)
      guard needle.isEmpty || haystack.contains(where: { $0.lowercased().contains(needle) }) else { continue }
      if let index = sections.firstIndex(where: { $0.category == binding.category }) {
        sections[index].bindings.append(binding)
      } else {
        sections.append(HelpSection(category: binding.category, bindings: [binding]))
      }
    }
    return sections
  }
}
