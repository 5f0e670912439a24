import Formats
import Foundation
import Graph
import SwiftProtobuf
import TestSupport

/// Models in ONNX: every operator's case by itself and between layers, the fixtures, the sample models; changed in their
/// messages, so that most mutants are read.
struct ONNXTarget: Target {
  private let seeds: [Onnx_ModelProto]
  private let large: [Onnx_ModelProto]
  private let words: ONNXWords
  private let pruning: ModelTrial

  init(folder: String) throws {
    pruning = ModelTrial(folder: folder, ending: "onnx")
    var seeds: [Onnx_ModelProto] = []
    for item in OperatorCases.all {
      for isBetween in [false, true] {
        let network = item.build(betweenLayers: isBetween).network
        guard let model = try? ONNXModel(network), let message = try? model.edited(for: network) else {
          continue
        }
        seeds.append(message)
      }
    }
    var large: [Onnx_ModelProto] = []
    for path in SeedFiles.paths(endingWith: ".onnx") {
      guard let data = FileManager.default.contents(atPath: path),
        let message = try? Onnx_ModelProto(serializedBytes: data)
      else { continue }
      if data.count < 60_000 { seeds.append(message) } else { large.append(message) }
    }
    (self.seeds, self.large) = (seeds, large)
    words = ONNXWords(seeds)
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    guard var message = mutator.once(in: 100) ? mutator.pick(large) : mutator.pick(seeds) else {
      return .done
    }
    for _ in 0...mutator.below(4) { mutator.change(&message, words) }
    guard var data: Data = try? message.serializedBytes() else { return Outcome(stage: "not serialized") }
    if mutator.once(in: 12) { data = mutator.bytes(data) }
    return pruning.outcome([("model.onnx", data)], &mutator, open: message.openInputs(&mutator))
  }
}

/// What stands in the seeds, to be put where it does not belong.
struct ONNXWords {
  let attributes: [Onnx_AttributeProto]
  let operators: [String]
  let texts: [Data]

  init(_ seeds: [Onnx_ModelProto]) {
    var attributes: [String: Onnx_AttributeProto] = [:]
    var texts = Set<Data>()
    for node in seeds.flatMap(\.graph.node) {
      for attribute in node.attribute {
        attributes["\(attribute.name) \(attribute.type.rawValue)"] = attribute
        if attribute.type == .string { texts.insert(attribute.s) }
      }
    }
    self.attributes = attributes.sorted { $0.key < $1.key }.map(\.value)
    self.texts = texts.sorted { $0.lexicographicallyPrecedes($1) }
    operators = OperatorTable.standard.names.sorted() + ["NoSuchOperator", ""]
  }
}

extension Onnx_ModelProto {
  /// Shapes for the inputs that leave more open than the batch, as a user would give them.
  func openInputs(_ mutator: inout Mutator) -> [String: [Int]] {
    let constants = Set(graph.initializer.map(\.name))
    var shapes: [String: [Int]] = [:]
    for input in graph.input where !constants.contains(input.name) {
      let dims = input.type.tensorType.shape.dim
      guard dims.dropFirst().contains(where: { if case .dimValue? = $0.value { false } else { true } }) else {
        continue
      }
      shapes[input.name] = dims.enumerated().map { index, dim in
        if case .dimValue(let extent)? = dim.value { return Int(extent) }
        return index == 0 ? 1 : mutator.once(in: 20) ? mutator.integer() : [8, 16, 24, 32][mutator.below(4)]
      }
    }
    return shapes
  }
}

/// The files that the tests and the samples hold.
enum SeedFiles {
  /// Those whose names end so, in the order of their paths, below the working directory.
  static func paths(endingWith suffix: String) -> [String] {
    ["SampleModels", "Tests", "Themes"].flatMap { folder in
      (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(suffix) && !$0.contains(".build/") }.map { "\(folder)/\($0)" }
    }.sorted()
  }
}
