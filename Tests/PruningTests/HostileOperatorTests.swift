import Foundation
import Graph
import Pruning
import Testing

/// Every operator of the table with operands and attributes that no exporter writes: it is bound and coupled, or refused
/// with an error of the module's own. What must not happen is that the test ends.
@Suite struct HostileOperatorTests {
  private static let attributes = [
    "axis", "axes", "pads", "strides", "dilations", "kernel_shape", "group", "offset_group", "output_shape",
    "output_padding", "num_outputs", "split", "block_size", "blocksize", "perm", "starts", "ends", "k",
    "size",
    "batch_dims", "to", "dtype", "num_groups", "hidden_size", "layout", "keepdims", "start", "end", "upper",
    "ceil_mode", "output_height", "output_width", "sampling_ratio", "storage_order", "shape", "batch_axis",
    "time_axis", "spatial", "training_mode", "transA", "transB", "onesided", "inverse",
    "noop_with_empty_axes",
  ]
  private static let texts = [
    ("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID", "?"]),
    ("mode", ["reflect", "edge", "wrap", "CRD", "?"]),
    ("equation", ["ij,jk->ik", "...i->i", "iiii->", "a,b,c->abc", "?"]),
    ("direction", ["bidirectional", "?"]), ("reduction", ["add", "?"]),
    ("keep_aspect_ratio_policy", ["not_larger", "not_smaller"]),
    ("coordinate_transformation_mode", ["tf_crop_and_resize", "align_corners"]),
  ]

  private struct Draw {
    var generator: SeededGenerator

    mutating func one<T>(of list: [T]) -> T { list[Int(generator.next() % UInt64(list.count))] }

    /// Small enough to be computed at once, or too large to be computed at all.
    mutating func number() -> Int {
      one(of: [
        0, 1, 1, 2, 2, 3, 4, 4, 8, -1, -2, -3, 1 << 28, 1 << 30, (1 << 31) - 1, 1 << 40, 1 << 62, .max, .min,
        .min + 1,
      ])
    }

    mutating func shape() -> [Int] {
      let rank = one(of: [0, 1, 2, 2, 3, 4, 4, 4, 5, 7])
      return (0..<rank).map { _ in one(of: [0, 1, 1, 2, 3, 4, 4, 8, 1 << 29, 1 << 30]) }
    }

    /// A constant of a few elements, or none of huge extents.
    mutating func constant() -> Tensor? {
      let type = one(of: [ElementType.int64, .int64, .float32, .float32, .bool, .int8, .uint8, .float16])
      if generator.next() % 8 == 0 {
        return try? Tensor(type, shape: [0, one(of: [1, 1 << 20, 1 << 30])], bytes: Data())
      }
      let shape = (0..<one(of: [0, 1, 1, 1, 2, 4])).map { _ in one(of: [1, 2, 3, 4]) }
      let values = (0..<shape.elementCount).map { _ in
        Double(number()) * (type.isFloatingPoint && generator.next() % 4 == 0 ? .nan : 1)
      }
      return Tensor(type, values, shape: shape)
    }

    mutating func network(of op: String) -> Network {
      var network = Network(name: op, opsets: ["": one(of: [1, 6, 9, 11, 13, 17, 20, 21, Int.max])])
      let count = one(of: [0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 9])
      let inputs = (0..<count).map { index -> ValueID? in
        let value = network.addValue("in\(index)")
        if generator.next() % 12 == 0 { return nil }
        if generator.next() % 2 == 0, let tensor = constant() {
          network.constants[value] = tensor
        } else {
          let type = one(of: [ElementType.float32, .float32, .int64, .string])
          network.declare(
            DeclaredType(elementType: type, dimensions: shape().map(Dimension.fixed)), for: value)
          network.inputs.append(value)
        }
        return value
      }
      var attributes: [String: Attribute] = [:]
      for name in Self.names where generator.next() % 5 == 0 {
        attributes[name] =
          generator.next() % 2 == 0
          ? .int(number()) : .ints((0..<one(of: [0, 1, 2, 2, 4, 4, 8])).map { _ in number() })
      }
      for (name, values) in HostileOperatorTests.texts where generator.next() % 3 == 0 {
        attributes[name] = .string(one(of: values))
      }
      let outputs = (0..<one(of: [0, 1, 1, 1, 2, 3])).map { index -> ValueID? in
        generator.next() % 10 == 0 ? nil : network.addValue("out\(index)")
      }
      network.nodes = [
        Node(id: NodeID(0), name: "node", op: op, inputs: inputs, outputs: outputs, attributes: attributes)
      ]
      network.outputs = outputs.compactMap { $0 }
      return network
    }

    private static let names = HostileOperatorTests.attributes
  }

  @Test(arguments: OperatorTable.standard.names) func isBoundOrRefused(op: String) {
    var draw = Draw(generator: SeededGenerator(seed: op.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }))
    for _ in 0..<150 {
      guard let bound = try? BoundNetwork(draw.network(of: op)) else { continue }
      let summary = NetworkSummary(bound)
      #expect(summary.multiplyAccumulates >= 0 && summary.parameters >= 0)
      #expect(bound.specs.allSatisfy { $0 == nil || $0?.shape.checkedElementCount != nil })
      guard let groups = try? ChannelGroups(bound) else { continue }
      _ = Preview(Selection(removingNothingOf: groups), groups: groups, bound: bound)
      _ = bound.network.freeingBatch()
    }
  }
}
