import Formats
import Foundation

/// Programs of torch.export: archives changed in their bytes, programs and lists of weights changed as JSON.
struct PT2Target: Target {
  private let seeds: [(whole: Data, archive: StoredArchive)]
  private let targets: [String]
  private let pruning: ModelTrial

  init(folder: String) throws {
    pruning = ModelTrial(folder: folder, ending: "pt2")
    var seeds: [(whole: Data, archive: StoredArchive)] = []
    var targets = Set<String>()
    for path in SeedFiles.paths(endingWith: ".pt2") {
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      let archive = try StoredArchive(data: data)
      seeds.append((data, archive))
      let program = archive.entries.first { Self.isProgram($0.name) }?.bytes ?? Data()
      let text = try JSONSerialization.jsonObject(with: program) as? [String: Any]
      let graph = (text?["graph_module"] as? [String: Any])?["graph"] as? [String: Any]
      for node in graph?["nodes"] as? [[String: Any]] ?? [] {
        if let target = node["target"] as? String { targets.insert(target) }
      }
    }
    self.seeds = seeds
    self.targets = targets.sorted() + ["torch.ops.aten.no_such.default", "_operator.pow", ""]
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    guard let seed = mutator.pick(seeds) else { return .done }
    if mutator.once(in: 8) { return trial(mutator.bytes(seed.whole), &mutator) }
    var entries = seed.archive.entries.map { (name: $0.name, bytes: $0.bytes) }
    let changesProgram = !mutator.once(in: 5)
    for index in entries.indices
    where changesProgram ? Self.isProgram(entries[index].name) : Self.isList(entries[index].name) {
      entries[index].bytes = changed(entries[index].bytes, &mutator)
    }
    if mutator.once(in: 12) { entries.remove(at: mutator.below(entries.count)) }
    return trial(StoredArchiveWriter.pieces(of: entries).reduce(into: Data()) { $0.append($1) }, &mutator)
  }

  private static func isProgram(_ name: String) -> Bool {
    name.hasSuffix("/models/model.json") || name == "serialized_exported_program.json"
  }

  private static func isList(_ name: String) -> Bool { name.hasSuffix("_config.json") }

  private func trial(_ bytes: Data, _ mutator: inout Mutator) -> Outcome {
    pruning.outcome([("model.pt2", bytes)], &mutator, open: [:])
  }

  /// A text with one to four of its values changed, mostly those of its nodes.
  private func changed(_ data: Data, _ mutator: inout Mutator) -> Data {
    guard var text = try? JSONSerialization.jsonObject(with: data) else { return data }
    for _ in 0...mutator.below(4) {
      if mutator.once(in: 3) {
        text = changed(text, depth: 0, &mutator)
      } else {
        text = inNode(text, &mutator)
      }
    }
    // A whole text can become a number.
    return (try? JSONSerialization.data(withJSONObject: text, options: [.sortedKeys, .fragmentsAllowed]))
      ?? data
  }

  private func inNode(_ text: Any, _ mutator: inout Mutator) -> Any {
    guard var program = text as? [String: Any], var module = program["graph_module"] as? [String: Any],
      var graph = module["graph"] as? [String: Any], var nodes = graph["nodes"] as? [[String: Any]],
      !nodes.isEmpty
    else { return changed(text, depth: 0, &mutator) }
    let index = mutator.below(nodes.count)
    switch mutator.below(6) {
    case 0: nodes[index]["target"] = mutator.pick(targets)
    case 1: nodes.swapAt(index, mutator.below(nodes.count))
    case 2: nodes.remove(at: index)
    default:
      for name in ["inputs", "outputs"] where name == "inputs" || mutator.once(in: 6) {
        nodes[index][name] = changed(nodes[index][name] ?? [], depth: 0, &mutator)
      }
    }
    graph["nodes"] = nodes
    module["graph"] = graph
    program["graph_module"] = module
    return program
  }

  /// A value with one of those inside it changed.
  private func changed(_ value: Any, depth: Int, _ mutator: inout Mutator) -> Any {
    if depth < 12, !mutator.once(in: 25) {
      if var list = value as? [Any], !list.isEmpty {
        let index = mutator.below(list.count)
        switch mutator.below(12) {
        case 0: list.remove(at: index)
        case 1: list.append(list[index])
        default: list[index] = changed(list[index], depth: depth + 1, &mutator)
        }
        return list
      }
      if var members = value as? [String: Any], let name = mutator.pick(members.keys.sorted()) {
        if mutator.once(in: 12) {
          members[name] = nil
        } else {
          members[name] = changed(members[name] ?? 0, depth: depth + 1, &mutator)
        }
        return members
      }
    }
    switch mutator.below(6) {
    case 0: return mutator.hostileText()
    case 1: return mutator.integer()
    case 2: return [mutator.extent(), mutator.integer()]
    case 3: return ["as_int": mutator.integer()]
    case 4: return NSNull()
    default: return mutator.extent()
    }
  }
}
