internal import Graph
internal import Pruning
internal import TerminalUI

/// What the rows of the table of layers must fit: terms that all hold.
///
///     tie:B op:conv kept<64 frozen macs>1% score<p10 name~conv1 -module:layer4
///
/// A word by itself is a part of the name. A `-` before a term turns it round. Amounts take `k`, `M` and `G`, a share of the
/// whole as `%`, and `p10` for what a tenth of the layers lie below.
package struct LayerFilter: Sendable, Hashable {
  /// What a layer is measured by.
  enum Quantity: String, Sendable, Hashable, CaseIterable {
    case kernels, kept, pruned, macs, params, score, saved

    var help: String {
      switch self {
      case .kernels: "kernels: kernels>=128"
      case .kept: "kernels that stay: kept<64, or a share: kept<50%"
      case .pruned: "the share that goes: pruned>30%"
      case .macs: "MACs: macs>1M, of the network: macs>1%, of the layers: macs>p90"
      case .params: "parameters: params>10k, params>1%"
      case .score: "the mean score: score<p10, score<0.01"
      case .saved: "MACs that would be saved: saved>1%"
      }
    }
  }

  /// What a layer is.
  enum Condition: String, Sendable, Hashable, CaseIterable {
    case frozen, prunable, protected, changed, marked, tied, depthwise

    var help: String {
      switch self {
      case .frozen: "cannot be pruned"
      case .prunable: "can be pruned"
      case .protected: "protected by you"
      case .changed: "loses kernels as things stand"
      case .marked: "marked"
      case .tied: "tied to other layers"
      case .depthwise: "each kernel reads a channel of its own"
      }
    }
  }

  /// What is compared with.
  enum Bound: Sendable, Hashable {
    case amount(Double)
    /// Of the whole, in percent.
    case share(Double)
    /// What so many per cent of the layers lie below.
    case percentile(Double)
  }

  enum Comparison: String, Sendable, Hashable, CaseIterable {
    case atLeast = ">=", atMost = "<=", above = ">", below = "<", equal = "="

    func holds(_ one: Double, _ other: Double) -> Bool {
      switch self {
      case .atLeast: one >= other
      case .atMost: one <= other
      case .above: one > other
      case .below: one < other
      case .equal: one == other
      }
    }
  }

  enum Test: Sendable, Hashable {
    case name(String)
    case module(String)
    case op(String)
    case tie(String)
    case condition(Condition)
    case quantity(Quantity, Comparison, Bound)
  }

  struct Term: Sendable, Hashable {
    var isNegated = false
    let test: Test
  }

  /// The terms that were understood.
  private(set) var terms: [Term] = []
  /// What is wrong with one that was not, in a sentence; it is passed by. `nil` where all were understood.
  package private(set) var problem: String?

  /// Reads terms that are separated by spaces.
  package init(_ text: String) {
    for word in text.split(separator: " ") {
      do throws(Problem) {
        if let term = try Self.term(String(word)) { terms.append(term) }
      } catch {
        problem = error.sentence
      }
    }
  }

  private struct Problem: Error {
    let sentence: String
  }

  private static func term(_ word: String) throws(Problem) -> Term? {
    if word.hasPrefix("-"), word.count > 1 {
      guard var term = try term(String(word.dropFirst())) else { return nil }
      term.isNegated.toggle()
      return term
    }
    for separator in [":", "~"] {
      let parts = word.split(separator: Character(separator), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let test = test(String(parts[0]).lowercased(), String(parts[1]).lowercased())
      else {
        continue
      }
      // What is still being typed fits everything.
      return parts[1].isEmpty ? nil : Term(test: test)
    }
    if let condition = Condition(rawValue: word.lowercased()) { return Term(test: .condition(condition)) }
    for comparison in Comparison.allCases {
      guard let place = word.firstRange(of: comparison.rawValue) else { continue }
      guard let quantity = Quantity(rawValue: word[..<place.lowerBound].lowercased()) else {
        let known = Quantity.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(sentence: "\"\(word)\" compares nothing that is known: there are \(known).")
      }
      let value = String(word[place.upperBound...])
      if value.isEmpty { return nil }
      guard let bound = bound(value) else {
        throw Problem(sentence: "\"\(value)\" is no amount: write 64, 1.2M, 30% or p10.")
      }
      return Term(test: .quantity(quantity, comparison, bound))
    }
    return Term(test: .name(word.lowercased()))
  }

  private static func test(_ key: String, _ value: String) -> Test? {
    switch key {
    case "name": .name(value)
    case "module": .module(value)
    case "op": value == "dw" ? .condition(.depthwise) : .op(value)
    case "tie": .tie(value)
    default: nil
    }
  }

  private static func bound(_ text: String) -> Bound? {
    var text = text.lowercased()
    if text.hasPrefix("p"), let share = Double(text.dropFirst()), 0...100 ~= share {
      return .percentile(share)
    }
    if text.hasSuffix("%") {
      text.removeLast()
      return Double(text).map { .share($0) }
    }
    let units: [(Character, Double)] = [("k", 1e3), ("m", 1e6), ("g", 1e9)]
    var unit = 1.0
    if let last = text.last, let found = units.first(where: { $0.0 == last }) {
      unit = found.1
      text.removeLast()
    }
    return Double(text).flatMap { $0.isFinite ? .amount($0 * unit) : nil }
  }

  /// Whether what fits depends on what settings and scores come to.
  var needsDecision: Bool {
    terms.contains { term in
      switch term.test {
      case .quantity(.kept, _, _), .quantity(.pruned, _, _), .quantity(.score, _, _), .quantity(.saved, _, _),
        .condition(.changed):
        true
      default: false
      }
    }
  }

  // MARK: Fitting

  /// The layers that fit, ascending.
  func fitting(_ state: ProgramState) -> [Int] {
    let all = state.coupledLayers
    let tests = terms.map { term in (term.isNegated, predicate(term.test, state)) }
    return all.indices.filter { index in tests.allSatisfy { isNegated, holds in holds(index) != isNegated } }
  }

  private func predicate(_ test: Test, _ state: ProgramState) -> (Int) -> Bool {
    let all = state.coupledLayers
    switch test {
    case .name(let part): return { all[$0].layer.name.lowercased().contains(part) }
    case .op(let part): return { all[$0].layer.op.lowercased().contains(part) }
    case .module(let part):
      let tree = state.layers.modules
      return { index in
        var module = tree.module(of: index)
        while let now = module {
          if tree.modules[now].name.lowercased() == part { return true }
          module = tree.modules[now].parent
        }
        return false
      }
    case .tie(let letter):
      let groups = state.structure?.groups.groups ?? []
      return {
        all[$0].groups.contains { groups.indices.contains($0) && groups[$0].name.lowercased() == letter }
      }
    case .condition(let condition): return { Self.holds(condition, $0, state) }
    case .quantity(let quantity, let comparison, let bound):
      let values = all.indices.map { Self.value(quantity, $0, state) }
      let total = values.compactMap { $0 }.reduce(0, +)
      let sorted = values.compactMap { $0 }.sorted()
      return { index in
        guard let value = values[index] else { return false }
        switch bound {
        case .amount(let amount): return comparison.holds(value, amount)
        case .percentile(let share):
          guard let last = sorted.indices.last else { return false }
          return comparison.holds(value, sorted[min(last, Int(cut: share / 100 * Double(sorted.count)))])
        case .share(let share):
          switch quantity {
          case .pruned: return comparison.holds(value, share)
          case .kept: return comparison.holds(100 * value / Double(max(1, all[index].layer.kernels)), share)
          default: return comparison.holds(total == 0 ? 0 : 100 * value / total, share)
          }
        }
      }
    }
  }

  private static func holds(_ condition: Condition, _ index: Int, _ state: ProgramState) -> Bool {
    let coupled = state.coupledLayers[index]
    switch condition {
    case .frozen: return !coupled.isPrunable
    case .prunable: return coupled.isPrunable
    case .protected: return state.settings.protected.contains(coupled.layer.name)
    case .changed: return state.preview(of: index).map { $0.kernels.before != $0.kernels.after } ?? false
    case .marked: return state.layers.marked.contains(index)
    case .tied: return !state.partners(of: index).isEmpty
    case .depthwise:
      let shape = coupled.layer.weightShape
      return coupled.layer.isConvolution && coupled.layer.kernels > 1
        && shape.indices.contains(coupled.layer.channelAxis)
        && shape[coupled.layer.channelAxis] == 1
    }
  }

  private static func value(_ quantity: Quantity, _ index: Int, _ state: ProgramState) -> Double? {
    let layer = state.coupledLayers[index].layer
    let preview = state.preview(of: index)
    switch quantity {
    case .kernels: return Double(layer.kernels)
    case .kept: return Double(preview?.kernels.after ?? layer.kernels)
    case .pruned:
      let kept = preview?.kernels.after ?? layer.kernels
      return 100 * Double(layer.kernels - kept) / Double(max(1, layer.kernels))
    case .macs: return Double(layer.multiplyAccumulates)
    case .params: return Double(layer.parameters)
    case .score: return state.layerScore(of: index).flatMap { $0.isFinite ? $0 : nil }
    case .saved:
      return preview.map { Double($0.multiplyAccumulates.before - $0.multiplyAccumulates.after) } ?? 0
    }
  }

  // MARK: Completions

  /// Whole filters that can stand instead of what was typed of one: its last term goes on.
  static func completions(_ state: ProgramState, of typed: String) -> [Completion] {
    let saved = state.savedFilters.sorted { $0.key < $1.key }.map { Completion("@\($0.key)", $0.value) }
    var words = typed.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let last = words.popLast() ?? ""
    let head = words.isEmpty ? "" : words.joined(separator: " ") + " "
    let terms =
      Condition.allCases.map { Completion(head + $0.rawValue, $0.help) }
      + Quantity.allCases.map { Completion(head + $0.rawValue, $0.help) }
      + [
        Completion(head + "name~", "a part of the name: name~conv1"),
        Completion(head + "module:", "stands in a module: module:layer3"),
        Completion(head + "op:", "the operator: op:conv, op:gemm, op:dw for depthwise"),
        Completion(head + "tie:", "the letter of a group: tie:B"),
      ]
    let names = state.coupledLayers.map { Completion(head + $0.layer.name, "") }
    return (head.isEmpty ? saved : []) + terms + (last.isEmpty ? [] : names)
  }
}
