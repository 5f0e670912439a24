import Graph
import TestSupport
import Testing

/// What a layer is called, by what exporters leave of its author's name.
@Suite struct LayerNameTests {
  /// A weight, a bias, the node's name and operator, and what the author would call the layer.
  typealias Case = (weight: String, bias: String?, node: String, op: String, name: String)

  static let cases: [Case] = [
    // PyTorch: named, folded, transposed, in a sequence, the second product of a module, a function's.
    ("layer1.0.conv1.weight", nil, "/layer1/layer1.0/conv1/Conv", "Conv", "layer1.0.conv1"),
    ("onnx::Conv_193", "onnx::Conv_194", "/layer1/layer1.0/conv1/Conv", "Conv", "layer1.0.conv1"),
    (
      "onnx::MatMul_1205", "blocks.0.attn.qkv.bias", "/blocks/blocks.0/attn/qkv/MatMul", "MatMul",
      "blocks.0.attn.qkv"
    ),
    ("onnx::MatMul_7", nil, "/features/features.1/attn/MatMul_3", "MatMul", "features.1.attn.MatMul_3"),
    ("val_376", "features.1.0.block.3.bias", "node_MatMul_377", "MatMul", "features.1.0.block.3"),
    ("p_layer1_0_conv1_weight", nil, "node_conv2d_1", "Conv", "layer1_0_conv1"),
    ("/layer2/aa/Constant_8_output_0", nil, "/layer2/aa/Conv", "Conv", "layer2.aa"),
    ("193", nil, "Conv_12", "Conv", "Conv_12"),
    // What was cut for some of its readers is what it was.
    ("conv1.weight_pruned_2", nil, "Conv_3", "Conv", "conv1"),
    ("val_14_pruned_pruned_2", nil, "/layer1/Conv", "Conv", "layer1"),
    // TensorFlow and Keras.
    (
      "const_fold_opt__707", nil, "StatefulPartitionedCall/model/block_1_expand/Conv2D", "Conv",
      "block_1_expand"
    ),
    ("kernel_oih_3", nil, "model_1/stem/conv/Conv2D", "Conv", "stem/conv"),
    ("sequential/dense_2/MatMul/ReadVariableOp:0", nil, "sequential/dense_2/MatMul", "MatMul", "dense_2"),
    ("Conv_1/Conv2D/ReadVariableOp:0", nil, "x", "Conv", "Conv_1"),
    ("mobile/conv_dw_1/depthwise_kernel:0", nil, "dw", "Conv", "mobile/conv_dw_1"),
    // MXNet, onnxruntime's quantization, names by hand.
    ("stage1_unit1_conv1_weight", nil, "stage1_unit1_conv1", "Conv", "stage1_unit1_conv1"),
    ("conv.weight_quantized", nil, "conv_quant", "Conv", "conv"),
    ("W", nil, "first", "Conv", "W"), ("weights/7", nil, "", "Conv", "weights/7"),
    ("", nil, "", "Conv", ""), ("#9", nil, "", "Conv", "#9"), (".weight", nil, "a", "Conv", ".weight"),
  ]

  @Test(arguments: cases.indices) func authorsNamesAreFound(number: Int) {
    let known = Self.cases[number]
    let node = Node(id: NodeID(0), name: known.node, op: known.op, inputs: [], outputs: [])
    #expect(LayerName.name(weight: known.weight, bias: known.bias, node: node) == known.name)
  }

  /// Optimisers keep equal initializers once: zeros that many layers add say nothing of any.
  @Test func aBiasThatIsSharedNamesNobody() throws {
    for isShared in [false, true] {
      var b = NetworkBuilder()
      var x = b.input("x", [1, 4])
      for number in 0..<2 {
        let weight = b.constant("val_\(number)", [4, 4])
        let bias = isShared && number > 0 ? nil : b.constant("block.\(number).fc.bias", [4])
        x = b.node("Add", b.node("MatMul", x, weight), bias ?? b.network.value(named: "block.0.fc.bias")!)
      }
      b.output(x)
      let names = NetworkSummary(try BoundNetwork(b.network)).layers.map(\.name)
      #expect(names.contains("block.0.fc") == !isShared, "\(names)")
      #expect(Set(names).count == 2)
    }
  }
}
