import Foundation

/// Models in MXNet's two files: symbols changed as JSON, arrays in their headers.
struct MXNetTarget: Target {
  private struct Seed {
    let symbol: Data
    let arrays: Data
    let shape: [Int]
  }

  private let seeds: [Seed]
  private let operators: [String]
  private let attributes: [(name: String, value: String)]
  private let pruning: ModelTrial

  init(folder: String) throws {
    pruning = ModelTrial(folder: folder, ending: "json")
    var seeds: [Seed] = []
    var operators = Set<String>()
    var attributes: [String: String] = [:]
    for path in SeedFiles.paths(endingWith: "-symbol.json") {
      guard let symbol = FileManager.default.contents(atPath: path),
        let arrays = FileManager.default.contents(
          atPath: path.replacingOccurrences(of: "-symbol.json", with: "-0003.params")),
        let text = try JSONSerialization.jsonObject(with: symbol) as? [String: Any],
        let nodes = text["nodes"] as? [[String: Any]]
      else { continue }
      let shape =
        Self.shapes[((path as NSString).lastPathComponent as NSString).deletingPathExtension] ?? [1, 3, 8, 8]
      seeds.append(Seed(symbol: symbol, arrays: arrays, shape: shape))
      for node in nodes {
        if let op = node["op"] as? String { operators.insert(op) }
        for (name, value) in node["attrs"] as? [String: String] ?? [:] { attributes[name] = value }
      }
    }
    self.seeds = seeds
    self.operators = operators.sorted() + ["NoSuchOperator", "null"]
    self.attributes = attributes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Of the inputs, where it is not that of small pictures.
  private static let shapes = [
    "digits-symbol": [1, 1, 28, 28], "channels_last-symbol": [1, 8, 8, 3], "sequence-symbol": [1, 3, 11],
  ]

  func outcome(_ mutator: inout Mutator) -> Outcome {
    guard let seed = mutator.pick(seeds) else { return .done }
    var (symbol, arrays) = (seed.symbol, seed.arrays)
    switch mutator.below(8) {
    case 0: symbol = mutator.bytes(symbol)
    case 1: arrays = changedArrays(arrays, &mutator)
    default: symbol = changedSymbol(symbol, &mutator)
    }
    if mutator.once(in: 10) { arrays = changedArrays(arrays, &mutator) }
    let shape = mutator.once(in: 30) ? seed.shape.map { _ in mutator.integer() } : seed.shape
    return pruning.outcome(
      [("model-symbol.json", symbol), ("model-0003.params", arrays)], &mutator, open: ["data": shape])
  }

  private func changedSymbol(_ symbol: Data, _ mutator: inout Mutator) -> Data {
    guard var text = try? JSONSerialization.jsonObject(with: symbol) as? [String: Any],
      var nodes = text["nodes"] as? [[String: Any]]
    else { return symbol }
    for _ in 0...mutator.below(3) {
      let index = mutator.below(nodes.count)
      guard nodes.indices.contains(index) else { continue }
      var attributes = nodes[index]["attrs"] as? [String: String] ?? [:]
      var inputs = nodes[index]["inputs"] as? [[Int]] ?? []
      switch mutator.below(10) {
      case 0: nodes[index]["op"] = mutator.pick(operators)
      case 1:
        if let input = mutator.pick(inputs.indices) {
          let element = mutator.below(inputs[input].count)
          inputs[input][element] = mutator.once(in: 3) ? mutator.integer() : mutator.below(nodes.count)
        }
        nodes[index]["inputs"] = inputs
      case 2:
        if mutator.once(in: 2), !inputs.isEmpty {
          inputs.removeLast()
        } else {
          inputs.append([mutator.below(nodes.count), 0, 0])
        }
        nodes[index]["inputs"] = inputs
      case 3: nodes[index]["name"] = mutator.once(in: 2) ? mutator.hostileText() : nodes[0]["name"]
      case 4: nodes.swapAt(index, mutator.below(nodes.count))
      case 5: nodes[index]["inputs"] = "x"
      default:
        let names = attributes.keys.sorted()
        var name = mutator.pick(names) ?? "kernel"
        if mutator.once(in: 4), let other = mutator.pick(self.attributes) { name = other.name }
        attributes[name] = value(&mutator)
        nodes[index]["attrs"] = attributes
      }
    }
    text["nodes"] = nodes
    if mutator.once(in: 15) { text["heads"] = [[mutator.integer(), 0, 0]] }
    if mutator.once(in: 30) { text["arg_nodes"] = [mutator.integer()] }
    return (try? JSONSerialization.data(withJSONObject: text, options: .sortedKeys)) ?? symbol
  }

  private func value(_ mutator: inout Mutator) -> String {
    switch mutator.below(6) {
    case 0: return mutator.hostileText()
    case 1: return String(mutator.integer())
    case 2: return "\(mutator.number())"
    case 3: return mutator.pick(attributes)?.value ?? ""
    case 4:
      return "(" + (0..<mutator.below(6)).map { _ in String(mutator.extent()) }.joined(separator: ", ") + ")"
    default:
      return "(" + (0..<mutator.below(6)).map { _ in String(mutator.integer()) }.joined(separator: ", ") + ")"
    }
  }

  /// The headers are short beside the elements: what is changed lies behind a mark of an array, or at an end of the file.
  private func changedArrays(_ arrays: Data, _ mutator: inout Mutator) -> Data {
    var bytes = Data(arrays)
    let marks = bytes.indices.filter {
      $0 + 3 < bytes.count && bytes[$0 + 1] == 0xFA && bytes[$0 + 2] == 0x93 && bytes[$0 + 3] == 0xF9
    }
    for _ in 0...mutator.below(3) {
      switch mutator.below(5) {
      case 0: return mutator.bytes(bytes)
      case 1: mutator.overwrite(&bytes, at: mutator.below(3) * 8, width: 8)
      case 2:
        mutator.overwrite(
          &bytes, at: bytes.count - 1 - mutator.below(min(400, bytes.count)),
          width: [1, 4, 8][mutator.below(3)])
      default:
        guard let mark = mutator.pick(marks) else { continue }
        mutator.overwrite(&bytes, at: mark + 4 * mutator.below(14), width: [4, 8][mutator.below(2)])
      }
    }
    return bytes
  }
}
