import Formats
import Foundation
import Graph
import Testing

/// The models that `Tests/CrossChecks/make_onnx_fixtures.py` writes.
enum Fixture {
  static func path(_ name: String) throws -> String {
    let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
    return folder.appendingPathComponent(name).path
  }

  static func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  static func model(_ name: String) throws -> ONNXModel { try ONNXModel(contentsOf: path(name)) }

  static let names = [
    "small.onnx", "small-typed.onnx", "small-float16.onnx", "small-bfloat16.onnx", "small-external.onnx",
    "element-types.onnx", "constants.onnx", "functions.onnx", "branches.onnx", "first-versions.onnx",
  ]
}

extension Network {
  /// The constant called `name`.
  func constant(_ name: String) throws -> Tensor {
    let value = try #require(self.value(named: name))
    return try #require(constants[value])
  }

  /// The node called `name`.
  func node(_ name: String) throws -> Node { try #require(nodes.first { $0.name == name }) }

  /// The names of a node's inputs.
  func inputNames(_ node: Node) -> [String?] { node.inputs.map { $0.map { self.name(of: $0) } } }

  /// Puts `tensor` in the place of the constant called `name`.
  mutating func replace(_ name: String, with tensor: Tensor) throws {
    constants[try #require(value(named: name))] = tensor
  }

  /// The `small` network with the first convolution's channels `kept`.
  func keeping(_ kept: [Int]) throws -> Network {
    var pruned = self
    for name in ["conv.weight", "conv.bias", "bn.scale", "bn.shift", "bn.mean", "bn.variance"] {
      try pruned.replace(name, with: constant(name).taking(kept, alongAxis: 0))
    }
    try pruned.replace("fc.weight", with: constant("fc.weight").taking(kept, alongAxis: 1))
    return pruned
  }
}

/// 0, 1/8, 2/8, … as the fixtures have them.
func counting(_ shape: Int...) -> [Float] { (0..<shape.reduce(1, *)).map { Float($0) / 8 } }
