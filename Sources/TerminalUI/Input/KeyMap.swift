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
  /// - Throws: `TerminalUIError.unknownBinding`, or `keyConflict` if two remapped bindings, or a remapped one
  ///   and another of its category, would share a key.
  package func remapped(by settings: [String: [Key]]) throws -> KeyMap {
    var result = self
    for id in settings.keys.sorted() where binding(id: id) == nil { throw TerminalUIError.unknownBinding(id) }
    for index in result.bindings.indices {
      if let keys = settings[result.bindings[index].id] { result.bindings[index].keys = keys }
    }
    for (index, first) in result.bindings.enumerated() {
      for second in result.bindings[(index + 1)...] where second.id != first.id {
        let touched = [first, second].filter { settings[$0.id] != nil }.count
        guard touched == 2 || touched == 1 && first.category == second.category else { continue }
        if let key = first.keys.first(where: second.keys.contains) {
          throw TerminalUIError.keyConflict(key: key.name, first: first.id, second: second.id)
        }
      }
    }
    return result
  }
}

extension KeyMap {
  /// The footer: `key title` of every enabled binding, in order, and an ellipsis where the line is full.
  ///
  /// The last binding in the footer's list (help, by custom) keeps its place when others have to go.
  package func footer(width: Int, glyphs: Glyphs) -> [Span] {
    var seen: Set<String> = []
    let shown = bindings.filter {
      $0.isInFooter && $0.isEnabled && !$0.keys.isEmpty && seen.insert($0.id).inserted
    }
    let items = shown.map { binding in
      [
        Span(" " + (binding.keys.first?.label(glyphs) ?? ""), .footerKey),
        Span(" " + binding.title + " ", .footerText),
      ]
    }
    let total = items.reduce(0) { $0 + $1.columns }
    if total <= width { return items.flatMap { $0 } }
    guard let last = items.last else { return [] }
    var result: [Span] = []
    var used = last.columns + 2
    for item in items.dropLast() {
      guard used + item.columns <= width else { break }
      used += item.columns
      result += item
    }
    result.append(Span(" " + String(Character(glyphs.ellipsis)), .footerText))
    return used <= width ? result + last : result.columns <= width ? result : []
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

  /// The help as lines of text, for a `ScrollText`; disabled bindings are dim, with their reason.
  package func helpLines(filter: String = "", glyphs: Glyphs) -> [[Span]] {
    let sections = help(filter: filter)
    let width = sections.flatMap(\.bindings).map { $0.keyLabel(glyphs).columns }.max() ?? 0
    var lines: [[Span]] = []
    for section in sections {
      if !lines.isEmpty { lines.append([]) }
      lines.append([Span(section.category, .title)])
      for binding in section.bindings {
        let label = binding.keyLabel(glyphs)
        let gap = String(repeating: " ", count: width - label.columns + 2)
        if let reason = binding.disabledReason {
          lines.append([Span("  " + label + gap + binding.description + " (" + reason + ")", .dim)])
        } else {
          lines.append([Span("  " + label, .footerKey), Span(gap + binding.description)])
        }
      }
    }
    return lines
  }
}
