import Datasets
import Errors
import Foundation
import Graph
import Session
import TensorFiles
import TestSupport

/// Weights from elsewhere: files of safetensors, PyTorch's archives and NPZ, with other bytes, opcodes, globals, shapes and
/// places; what can be read is adopted by a network.
struct TensorsTarget: Target {
  let folder: String
  private let network: OpenNetwork
  private let tensors: [(name: String, tensor: Tensor)]

  init(folder: String) throws {
    self.folder = folder
    var builder = NetworkBuilder()
    let x = builder.input("x", [nil, 3, 8, 8])
    let first = builder.node(
      "Conv", x, builder.constant("onnx::Conv_1", [4, 3, 3, 3]), builder.constant("onnx::Conv_2", [4]))
    let flat = builder.node("Flatten", builder.node("Relu", first))
    builder.output(
      builder.node("Gemm", flat, builder.constant("fc.weight", [144, 5]), builder.constant("fc.bias", [5])))
    var network = builder.network
    network.nodes[0].name = "/conv1/Conv"
    self.network = try OpenNetwork(network)
    func numbers(_ shape: [Int]) -> Tensor {
      Tensor((0..<shape.elementCount).map { Float($0) }, shape: shape)
    }
    tensors = [
      ("conv1.weight", numbers([4, 3, 3, 3])), ("bn1.weight", numbers([4])), ("bn1.bias", numbers([4])),
      ("bn1.running_mean", numbers([4])), ("bn1.running_var", numbers([4])),
      ("fc.weight", numbers([5, 144])),
      ("fc.bias", numbers([5])),
    ]
  }

  func outcome(_ mutator: inout Mutator) -> Outcome {
    let path = "\(folder)/weights"
    do {
      try file(&mutator).write(to: URL(fileURLWithPath: path))
      let workbench = Workbench(network)
      let adoption = try workbench.adoptWeights(
        from: path, prefix: mutator.once(in: 8) ? "module" : nil,
        epsilons: NormalizationEpsilons(usual: mutator.once(in: 8) ? mutator.number() : 1e-5),
        allowsMissing: mutator.once(in: 2))
      guard workbench.history.iterations.count == 2, adoption.tensors > 0 else {
        return Outcome(stage: "adopted", fault: "no iteration came of it")
      }
      return .done
    } catch let error as any ExplainedError {
      guard !error.sentence.isEmpty, !error.remedy.isEmpty else {
        return Outcome(stage: "read", fault: "an error without words: \(error)")
      }
      return Outcome(stage: error is AdoptionError ? "not adopted" : "refused")
    } catch { return Outcome(stage: "read", fault: "an error of no known type: \(error)") }
  }

  private func file(_ mutator: inout Mutator) throws -> Data {
    var named = tensors
    if mutator.once(in: 3) { named.removeLast(mutator.below(4)) }
    if mutator.once(in: 4) { named = named.map { ("module." + $0.name, $0.tensor) } }
    if mutator.once(in: 6), let index = mutator.pick(named.indices) {
      named[index].name = mutator.hostileText()
    }
    switch mutator.below(5) {
    case 0, 1:
      var seen = Set<String>()
      let data = Safetensors.encoded(named.filter { seen.insert($0.name).inserted })
      return mutator.once(in: 8) ? data : mutated(safetensors: data, &mutator)
    default:
      let isArchived = mutator.once(in: 5)
      var pickle = Data(self.pickle(named, &mutator))
      if !isArchived, !mutator.once(in: 4) { pickle = mutator.bytes(pickle) }
      var writer = ZIPWriter()
      try writer.add("m/data.pkl", Array(pickle), compressed: mutator.once(in: 3))
      if mutator.once(in: 4) { try writer.add("m/byteorder", Array("big".utf8), compressed: false) }
      for (number, (_, tensor)) in named.enumerated() {
        let bytes = mutator.once(in: 30) ? tensor.bytes.prefix(mutator.below(40)) : tensor.bytes
        try writer.add("m/data/\(number)", Array(bytes), compressed: mutator.once(in: 3))
      }
      let archive = Data(try writer.finished())
      return isArchived ? mutator.bytes(archive) : archive
    }
  }

  /// A number of the header, or any byte, is another one.
  private func mutated(safetensors data: Data, _ mutator: inout Mutator) -> Data {
    guard mutator.once(in: 2) else { return mutator.bytes(data) }
    let digits = data.indices.prefix(700).filter { 48...57 ~= data[$0] }
    guard let place = mutator.pick(digits) else { return data }
    var result = data
    result.replaceSubrange(place...place, with: Data("\(mutator.integer())".utf8))
    return result
  }

  /// What `torch.save` writes of a dictionary of tensors, here and there with hostile numbers, opcodes and globals.
  private func pickle(_ tensors: [(name: String, tensor: Tensor)], _ mutator: inout Mutator) -> [UInt8] {
    func text(_ text: String) -> [UInt8] {
      let bytes = Array(text.utf8)
      return [0x58] + (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }
    func number(_ value: Int) -> [UInt8] {
      [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func numbers(_ values: [Int], _ mutator: inout Mutator) -> [UInt8] {
      [0x28] + values.flatMap { number(mutator.once(in: 60) ? mutator.integer(near: $0) : $0) } + [0x74]
    }
    let globals = ["torch._utils\n_rebuild_tensor_v2", "torch._utils\n_rebuild_tensor_v3", "os\nsystem"]
    var bytes: [UInt8] = [0x80, 2, 0x7D, 0x28]
    for (index, (name, tensor)) in tensors.enumerated() {
      let global = mutator.once(in: 40) ? mutator.pick(globals) ?? "" : globals[0]
      bytes += text(name) + Array("c\(global)\n".utf8) + [0x28, 0x28]
      bytes += text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("\(index)") + text("cpu")
      bytes += number(tensor.elementCount) + [0x74, 0x51]
      bytes += number(mutator.once(in: 60) ? mutator.integer() : 0)
      bytes += numbers(tensor.shape, &mutator) + numbers(tensor.shape.denseStrides, &mutator)
      bytes += [0x89, 0x4E, 0x74, 0x52]
      if mutator.once(in: 60) { bytes.append(UInt8(mutator.below(256))) }
    }
    return bytes + [0x75, 0x2E]
  }
}
