import Foundation
import Graph

/// The changes of what the archive holds beside the program: tensors in the place of others, and new ones.
struct PayloadEdit {
  private let payloads: ProgramPayloads
  private let archive: StoredArchive
  private var lists: (weights: JSONText, constants: JSONText)
  /// Entries with other bytes, by their paths.
  private(set) var replaced: [String: Data] = [:]
  /// Entries that are new, each before the entry that lists it.
  private(set) var added: [(path: String, before: String, bytes: Data)] = []
  /// Entries that are no longer there.
  private(set) var removed: Set<String> = []
  private var takenPaths: Set<String>

  init(_ payloads: ProgramPayloads, in archive: StoredArchive) {
    (self.payloads, self.archive) = (payloads, archive)
    lists = (payloads.weights.text, payloads.constants.text)
    takenPaths = Set(archive.entries.map(\.name))
  }

  /// Puts tensors in the place of those of the same names.
  mutating func replace(_ changes: [String: Tensor]) {
    for (name, tensor) in changes.sorted(by: { $0.key < $1.key }) {
      guard let record = payloads.records[name] else { continue }
      let tensor = tensor.converted(to: record.elementType)
      // As its axes lay in memory.
      let strides = record.strides.strides(ofOrderIn: tensor.shape)
      let bytes = tensor.bytes(inOrderOf: strides)
      let sharing = payloads.records.filter { $0.value.entry == record.entry && $0.key != name }
      let isAlike = sharing.allSatisfy { other in
        other.value.shape == record.shape && other.value.strides == record.strides
          && other.value.offset == record.offset && other.value.elementType == record.elementType
          && (changes[other.key].map { $0.converted(to: record.elementType) == tensor } ?? true)
      }
      guard isAlike else {
        let path = addEntry(bytes, isWeight: record.isWeight)
        edit(name, record.isWeight) { text in
          text.replacing(["path_name"], with: .string(path)).describingPayload(tensor, strides)
        }
        continue
      }
      replaced[record.entry] = bytes
      for other in [name] + sharing.keys.sorted() {
        edit(other, payloads.records[other]?.isWeight ?? true) { $0.describingPayload(tensor, strides) }
      }
    }
  }

  /// Adds a tensor that the archive does not have.
  mutating func add(_ input: ProgramEdit.NewInput) {
    guard let pattern = payloads.records.values.min(by: { $0.entry < $1.entry })?.text["tensor_meta"] else {
      return
    }
    let isWeight = if case .constant = input.source { false } else { true }
    let path = addEntry(input.tensor.bytes, isWeight: isWeight)
    func truth(_ value: Bool) -> JSONText { JSONText(.scalar(value ? "true" : "false")) }
    let text = JSONText.spaced([
      ("path_name", .string(path)), ("is_param", truth(input.isParameter)), ("use_pickle", truth(false)),
      ("tensor_meta", pattern.describing(input.tensor, requiresGradient: input.isParameter)),
    ])
    func adding(_ list: JSONText) -> JSONText {
      list.replacing(
        ["config"], with: (list["config"] ?? JSONText(.object([], empty: ""))).adding(input.payload, text))
    }
    if isWeight { lists.weights = adding(lists.weights) } else { lists.constants = adding(lists.constants) }
  }

  /// Takes tensors out that nothing reads any more, and the entries that hold no other.
  mutating func remove(_ names: Set<String>) {
    for list in [\Self.lists.weights, \Self.lists.constants] {
      self[keyPath: list] = self[keyPath: list].replacing(["config"]) { config in
        guard case .object(let members, let empty) = config.content else { return config }
        return JSONText(
          .object(members.filter { !names.contains($0.name) }, empty: empty), before: config.before,
          after: config.after)
      }
    }
    let left = Set(payloads.records.filter { !names.contains($0.key) }.map(\.value.entry))
    removed = Set(names.compactMap { payloads.records[$0]?.entry }).subtracting(left)
  }

  private mutating func edit(_ name: String, _ isWeight: Bool, _ body: (JSONText) -> JSONText) {
    func edited(_ list: JSONText) -> JSONText {
      guard let old = list["config"]?[name] else { return list }
      return list.replacing(["config", name], with: body(old))
    }
    if isWeight { lists.weights = edited(lists.weights) } else { lists.constants = edited(lists.constants) }
  }

  private mutating func addEntry(_ bytes: Data, isWeight: Bool) -> String {
    let list = isWeight ? payloads.weights : payloads.constants
    let stem = isWeight ? "weight_" : "tensor_"
    var number = 0
    while !takenPaths.insert("\(list.folder)\(stem)\(number)").inserted { number += 1 }
    added.append(("\(list.folder)\(stem)\(number)", list.entry, bytes))
    return "\(stem)\(number)"
  }

  /// The lists as they are now, where they differ.
  var changedLists: [String: Data] {
    var result: [String: Data] = [:]
    for (list, text) in [(payloads.weights, lists.weights), (payloads.constants, lists.constants)]
    where list.text != text {
      result[list.entry] = Data(text.text.utf8)
    }
    return result
  }
}

extension JSONText {
  /// What a list says of a tensor, for another one in its place.
  fileprivate func describingPayload(_ tensor: Tensor, _ strides: [Int]) -> JSONText {
    guard let meta = self["tensor_meta"] else { return self }
    let requires = meta["requires_grad"]
    let described = meta.describing(tensor, requiresGradient: false, strides: strides)
    return replacing(
      ["tensor_meta"], with: requires.map { described.replacing(["requires_grad"], with: $0) } ?? described)
  }
}

extension Tensor {
  /// The elements as they lie in memory where the axes have the given strides.
  fileprivate func bytes(inOrderOf strides: [Int]) -> Data {
    if strides.isDense(of: shape) { return bytes }
    let order = shape.indices.sorted { (-strides[$0], $0) < (-strides[$1], $1) }
    return [Movement.permute(order)].apply(to: self).bytes
  }
}
