import Formats
import Foundation
import Graph
import TestSupport
import Testing

/// `reference-systems.md` §2: the formats of MXNet 1.9.1, with its numbers.
@Suite struct MXNetReadingTests {
  // MARK: Arrays

  /// The golden file of 161 bytes: `arg:conv0_weight` = [[1, 2], [3, 4]], `aux:m` = [5].
  @Test func `the golden file of arrays`() throws {
    let golden = """
      12010000 00000000 00000000 00000000 02000000 00000000 c9fa93f9 00000000
      02000000 02000000 00000000 02000000 00000000 01000000 00000000 00000000
      0000803f 00000040 00004040 00008040 c9fa93f9 00000000 01000000 01000000
      00000000 01000000 00000000 00000000 0000a040 02000000 00000000 10000000
      00000000 6172673a 636f6e76 305f7765 69676874 05000000 00000000 6175783a 6d
      """.filter(\.isHexDigit)
    let bytes = Data(
      stride(from: 0, to: golden.count, by: 2).map { index in
        let start = golden.index(golden.startIndex, offsetBy: index)
        return UInt8(golden[start...golden.index(after: start)], radix: 16)!
      })
    #expect(bytes.count == 161)
    let symbol = symbolText([
      ("null", "data", [:], []), ("null", "conv0_weight", [:], []), ("null", "m", [:], []),
      ("dot", "dot", [:], [0, 1]), ("broadcast_add", "sum", [:], [3, 2]),
    ])
    let model = try MXNetModel(symbol: symbol, arrays: bytes, inputShapes: ["": [1, 2]])
    #expect(try model.network.constant("conv0_weight") == Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
    #expect(try model.network.constant("m") == Tensor([5] as [Float], shape: [1]))
    #expect(try model.data(for: model.network).arrays == bytes)
  }

  @Test(arguments: MXNetBytes.Header.allCases) func `every header of an array`(header: MXNetBytes.Header)
    throws
  {
    let arrays = SmallMXNet.arrays(header)
    let model = try MXNetModel(symbol: SmallMXNet.symbol, arrays: arrays, inputShapes: SmallMXNet.shapes)
    #expect(try model.network.constant("conv0_weight").floats == counting(4, 2, 3, 3))
    var network = model.network
    try network.replace("conv0_bias", with: Tensor([9, 8, 7, 6] as [Float], shape: [4]))
    let changed = try model.data(for: network)
    #expect(changed.symbol == SmallMXNet.symbol)
    #expect(changed.arrays.count == arrays.count)
    let again = try MXNetModel(symbol: changed.symbol, arrays: changed.arrays, inputShapes: SmallMXNet.shapes)
    #expect(try again.network.constant("conv0_bias").floats == [9, 8, 7, 6])
  }

  /// dtype 0…6 = f32, f64, f16, u8, i32, i8, i64.
  @Test(
    arguments: [
      (0, .float32), (1, .float64), (2, .float16), (3, .uint8), (4, .int32), (5, .int8), (6, .int64),
    ] as [(Int32, ElementType)]) func `element types by number`(code: Int32, type: ElementType) throws
  {
    let tensor = Tensor(type, [1, 2, 3], shape: [3])
    let bytes = MXNetBytes.rawFile([("arg:w", [3], code, tensor.bytes)], .v2)
    let symbol = symbolText([
      ("null", "data", ["__dtype__": String(code)], []), ("null", "w", [:], []),
      ("broadcast_add", "sum", [:], [0, 1]),
    ])
    let model = try MXNetModel(symbol: symbol, arrays: bytes, inputShapes: ["data": [1, 3]])
    #expect(try model.network.constant("w") == tensor)
    #expect(try model.data(for: model.network).arrays == bytes)
  }

  @Test func `an array without a shape ends behind it`() throws {
    var bytes = MXNetBytes()
    for value in [UInt64(0x112), 0, 2] { bytes.append(value) }
    bytes.append(UInt32(0xF993_FAC9))
    bytes.append(Int32(0))
    bytes.append(Int32(0))
    bytes.array(.v2, [1], 0, Tensor([5] as [Float], shape: [1]).bytes)
    bytes.append(UInt64(2))
    for name in ["arg:none", "arg:m"] {
      bytes.append(UInt64(name.utf8.count))
      bytes.data.append(contentsOf: name.utf8)
    }
    let symbol = symbolText([
      ("null", "data", [:], []), ("null", "m", [:], []), ("broadcast_add", "s", [:], [0, 1]),
    ])
    let model = try MXNetModel(symbol: symbol, arrays: bytes.data, inputShapes: ["": [1, 1]])
    #expect(try model.data(for: model.network).arrays == bytes.data)
  }

  @Test func `sparse arrays are refused by name`() throws {
    var bytes = MXNetBytes()
    for value in [UInt64(0x112), 0, 1] { bytes.append(value) }
    bytes.append(UInt32(0xF993_FAC9))
    bytes.append(Int32(1))
    for shape in [[1, 2], [4, 2]] {
      bytes.append(Int32(shape.count))
      for extent in shape { bytes.append(Int64(extent)) }
    }
    for value in [Int32(1), 0, 0, 6, 1] { bytes.append(value) }
    bytes.append(Int64(1))
    bytes.data.append(Tensor([1, 2] as [Float], shape: [2]).bytes)
    bytes.append(Int64(3))
    bytes.append(UInt64(1))
    bytes.append(UInt64(5))
    bytes.data.append(contentsOf: "arg:e".utf8)
    let error = #expect(throws: FormatError.self) {
      try MXNetModel(symbol: SmallMXNet.symbol, arrays: bytes.data)
    }
    #expect(error == .sparseArray(file: "model-0000.params", array: "e"))
  }

  // MARK: Symbols

  @Test func `a network in ONNX's operators`() throws {
    let network = try SmallMXNet.model().network
    #expect(network.nodes.map(\.op) == ["Conv", "BatchNormalization", "Flatten", "Gemm", "Softmax"])
    #expect(network.nodes.map(\.name) == ["conv0", "bn", "fc_flatten", "fc", "softmax"])
    #expect(network.inputs.map(network.name(of:)) == ["data"])
    #expect(network.outputs.map(network.name(of:)) == ["softmax_output"])
    // fix_gamma is on by default, and the epsilon of 1e-3.
    #expect(try network.constant("bn_gamma").floats == [1, 1, 1, 1])
    #expect(try network.node("bn").attributes["epsilon"] == .float(1e-3))
    let bound = try BoundNetwork(network)
    #expect(bound.shape(of: network.outputs[0]) == [1, 3])
  }

  @Test(arguments: ["attr", "param"]) func `older members for attributes`(member: String) throws {
    let text = String(decoding: SmallMXNet.symbol, as: UTF8.self)
      .replacingOccurrences(of: "\"attrs\": {\"num", with: "\"\(member)\": {\"num")
      .replacingOccurrences(of: "\"attrs\": {\n        \"kernel", with: "\"\(member)\": {\n        \"kernel")
    let model = try MXNetModel(
      symbol: Data(text.utf8), arrays: SmallMXNet.arrays(), inputShapes: SmallMXNet.shapes)
    #expect(model.network.nodes == (try SmallMXNet.model().network.nodes))
  }

  @Test func `files of the first versions`() throws {
    // Inputs of two numbers, backward_source_id, operators by their old names, statistics that no node names.
    let text = """
      {"nodes": [
        {"op": "null", "param": {}, "name": "data", "inputs": [], "backward_source_id": -1},
        {"op": "null", "param": {}, "name": "bn_gamma", "inputs": [], "backward_source_id": -1},
        {"op": "null", "param": {}, "name": "bn_beta", "inputs": [], "backward_source_id": -1},
        {"op": "BatchNorm", "param": {"eps": "0.001"}, "name": "bn", "inputs": [[0, 0], [1, 0], [2, 0]],
         "backward_source_id": -1},
        {"op": "_PlusScalar", "param": {"scalar": "1"}, "name": "more", "inputs": [[3, 0]], "backward_source_id": -1},
        {"op": "_Plus", "param": {}, "name": "sum", "inputs": [[3, 0], [4, 0]], "backward_source_id": -1},
        {"op": "_RMinusScalar", "param": {"scalar": "2"}, "name": "less", "inputs": [[5, 0]], "backward_source_id": -1},
        {"op": "Reshape", "param": {"target_shape": "(0,8)"}, "name": "flat", "inputs": [[6, 0]],
         "backward_source_id": -1}],
       "arg_nodes": [0, 1, 2], "heads": [[7, 0]]}
      """
    let arrays = MXNetBytes.file(
      [
        ("arg:bn_gamma", [2], [1, 1]), ("arg:bn_beta", [2], [0, 0]), ("aux:bn_moving_mean", [2], [0, 0]),
        ("aux:bn_moving_var", [2], [1, 1]),
      ], .unmarked)
    let model = try MXNetModel(symbol: Data(text.utf8), arrays: arrays, inputShapes: ["data": [1, 2, 2, 2]])
    #expect(model.network.nodes.map(\.op) == ["BatchNormalization", "Add", "Add", "Sub", "Reshape"])
    let bound = try BoundNetwork(model.network)
    #expect(bound.shape(of: model.network.outputs[0]) == [1, 8])
    let written = try model.data(for: model.network)
    #expect(written.symbol == Data(text.utf8) && written.arrays == arrays)
  }

  @Test func `an operator that is not known stays, and what it reads is frozen`() throws {
    let symbol = symbolText([
      ("null", "data", [:], []), ("_contrib_Proposal", "rois", ["scale": "1"], [0]), ("relu", "r", [:], [1]),
    ])
    let model = try MXNetModel(
      symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": [1, 2, 4, 4]])
    #expect(model.network.nodes.map(\.qualifiedOp) == ["mxnet._contrib_Proposal", "mxnet.relu"])
    #expect(try model.data(for: model.network).symbol == symbol)
    #expect(throws: FormatError.self) { try model.onnx(of: model.network) }
  }

  @Test(
    arguments: [
      ([0, -1], [2, 3, 4, 5], [2, 60]), ([0, 0, -1], [2, 3, 4, 5], [2, 3, 20]),
      ([-2], [2, 3, 4], [2, 3, 4]),
      ([0, -4, 3, -1, -2], [2, 6, 4, 5], [2, 3, 2, 4, 5]), ([0, -3, -2], [2, 3, 2, 4, 5], [2, 6, 4, 5]),
      ([-3, -2], [2, 3, 4], [6, 4]), ([-4, 1, 2, -2], [2, 3, 4], [1, 2, 3, 4]),
      ([6, 4], [2, 3, 4], [6, 4]),
    ] as [([Int], [Int], [Int])]) func `the codes of a reshape`(codes: [Int], source: [Int], target: [Int])
    throws
  {
    let text = "(\(codes.map(String.init).joined(separator: ", ")))"
    let symbol = symbolText([("null", "data", [:], []), ("Reshape", "r", ["shape": text], [0])])
    let model = try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": source])
    let bound = try BoundNetwork(model.network)
    #expect(bound.shape(of: model.network.outputs[0]) == target)
  }

  /// Read for two examples, and computed for seven.
  @Test(
    arguments: [
      ([0, -1], [2, 3, 4, 5], [7, 60]), ([-3, -2], [2, 3, 4], [21, 4]),
      ([0, -3, 0], [2, 3, 4, 5], [7, 12, 5]),
    ] as [([Int], [Int], [Int])])
  func `a reshape goes with any number of examples`(codes: [Int], source: [Int], target: [Int]) throws {
    let text = "(\(codes.map(String.init).joined(separator: ", ")))"
    let symbol = symbolText([("null", "data", [:], []), ("Reshape", "r", ["shape": text], [0])])
    let model = try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": source])
    let network = try #require(model.network.freeingBatch())
    let bound = try BoundNetwork(network, batch: 7)
    #expect(bound.shape(of: network.outputs[0]) == target)
  }

  @Test func `a reshape read from the right`() throws {
    // MXNet's documentation: (10, 5, 4) with (-1, 0) is (40, 5), reversed (50, 4).
    for (reverse, target) in [("False", [40, 5]), ("True", [50, 4])] {
      let symbol = symbolText([
        ("null", "data", [:], []), ("Reshape", "r", ["shape": "(-1, 0)", "reverse": reverse], [0]),
      ])
      let model = try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": [10, 5, 4]])
      #expect(try BoundNetwork(model.network).shape(of: model.network.outputs[0]) == target)
    }
  }

  @Test(
    arguments: [
      ("valid", [7, 8], [3, 3]), ("full", [7, 8], [3, 4]), ("same", [7], [4]), ("same", [8], [4]),
      ("same", [1], [1]),
    ] as [(String, [Int], [Int])]) func `conventions of poolings`(
      convention: String, source: [Int], made: [Int]
    ) throws
  {
    let symbol = symbolText([
      ("null", "data", [:], []),
      (
        "Pooling", "pool",
        [
          "kernel": source.count == 1 ? "(3,)" : "(3, 3)", "stride": source.count == 1 ? "(2,)" : "(2, 2)",
          "pool_type": "max", "pooling_convention": convention,
        ], [0]
      ),
    ])
    let model = try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": [1, 1] + source])
    #expect(try BoundNetwork(model.network).shape(of: model.network.outputs[0]) == [1, 1] + made)
  }

  /// PoolingShape in MXNet 1.9.1's nn/pooling.cc takes `same` over one axis only, and reads three pads that must be 0; its
  /// numbers for -(3, 1, 4, 1.5, 5, 9, 2, 6), kernel 3 and stride 2.
  @Test(
    arguments: [
      ("max", 7, [-1, -1.5, -2, -2]), ("max", 8, [-1, -1.5, -2, -2]),
      ("avg", 7, [-8.0 / 3, -3.5, -16.0 / 3, -2]), ("avg", 8, [-8.0 / 3, -3.5, -16.0 / 3, -4]),
    ] as [(String, Int, [Double])]) func `the convention same`(kind: String, extent: Int, expected: [Double])
    throws
  {
    let attributes = [
      "kernel": "(3,)", "stride": "(2,)", "pad": "(0, 0, 0)", "pool_type": kind, "pooling_convention": "same",
    ]
    let symbol = symbolText([("null", "data", [:], []), ("Pooling", "pool", attributes, [0])])
    let model = try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": [1, 1, extent]])
    let input = [3, 1, 4, 1.5, 5, 9, 2, 6].prefix(extent).map { -$0 }
    let bound = try BoundNetwork(model.network)
    let found = try ReferenceEvaluator(bound).run([model.network.inputs[0]: input])
    let made = try #require(found[model.network.outputs[0]]).doubles
    #expect(zip(made, expected).allSatisfy { abs($0 - $1) < 1e-6 } && made.count == expected.count)
    #expect(try model.data(for: model.network).symbol == symbol)
    for (shape, pad) in [([1, 1, 7, 7], "(0, 0)"), ([1, 1, 7], "(1, 0, 0)")] {
      var wrong = attributes
      wrong["pad"] = pad
      if shape.count == 4 { (wrong["kernel"], wrong["stride"]) = ("(3, 3)", "(2, 2)") }
      let error = #expect(throws: FormatError.self) {
        try MXNetModel(
          symbol: symbolText([("null", "data", [:], []), ("Pooling", "pool", wrong, [0])]),
          arrays: MXNetBytes.file(), inputShapes: ["": shape])
      }
      #expect(error?.sentence.contains("which MXNet has over one axis without pad only") == true)
    }
  }

  @Test func `channels behind everything else`() throws {
    let symbol = symbolText([
      ("null", "data", [:], []), ("null", "w", [:], []), ("null", "b", [:], []),
      ("Convolution", "conv", ["num_filter": "2", "kernel": "(1, 3)", "layout": "NHWC"], [0, 1, 2]),
      ("null", "gamma", [:], []), ("null", "beta", [:], []), ("null", "mean", [:], []),
      ("null", "var", [:], []),
      ("BatchNorm", "bn", ["axis": "-1"], [3, 4, 5, 6, 7]),
    ])
    let arrays = MXNetBytes.file([
      ("arg:w", [2, 1, 3, 4], counting(2, 1, 3, 4)), ("arg:b", [2], counting(2)), ("arg:gamma", [2], [5, 6]),
      ("arg:beta", [2], counting(2)), ("aux:mean", [2], counting(2)), ("aux:var", [2], [1, 2]),
    ])
    // The weights say the channels.
    let error = #expect(throws: FormatError.self) { try MXNetModel(symbol: symbol, arrays: arrays) }
    #expect(error?.remedy.contains("such as 1x224x224x4") == true)
    let model = try MXNetModel(symbol: symbol, arrays: arrays, inputShapes: ["": [1, 5, 6, 4]])
    #expect(
      model.network.nodes.map(\.name) == [
        "conv_moved", "conv", "conv_output", "bn_moved", "bn", "bn_output",
      ])
    #expect(model.network.outputs.map(model.network.name(of:)) == ["bn_output"])
    #expect(try BoundNetwork(model.network).shape(of: model.network.outputs[0]) == [1, 5, 4, 2])
    let weight = try model.network.constant("w")
    #expect(weight.shape == [2, 4, 1, 3])
    // Element [k, c, 0, x] is [k, 0, x, c] of the array.
    #expect(weight.floats[0..<6] == [0, 4, 8, 1, 5, 9].map { counting(2, 1, 3, 4)[$0] }[...])
    var network = model.network
    try network.replace("w", with: Tensor(weight.floats.map { $0 + 1 }, shape: weight.shape))
    let written = try model.data(for: network)
    #expect(written.symbol == symbol)
    let again = try MXNetModel(symbol: symbol, arrays: written.arrays, inputShapes: ["": [1, 5, 6, 4]])
    #expect(try again.network.constant("w") == network.constant("w"))
    let wrong = #expect(throws: FormatError.self) {
      try MXNetModel(
        symbol: symbolText([("null", "data", [:], []), ("BatchNorm", "bn", ["axis": "4"], [0])]),
        arrays: MXNetBytes.file(), inputShapes: ["": [1, 2, 2, 2]])
    }
    #expect(wrong?.sentence.contains("its axis of channels is 4 of 4") == true)
  }

  // MARK: What is missing

  @Test func `a shape that nothing says`() throws {
    let error = #expect(throws: FormatError.self) {
      try MXNetModel(symbol: SmallMXNet.symbol, arrays: SmallMXNet.arrays())
    }
    #expect(error?.sentence == "model-symbol.json does not say what shape its input data has.")
    #expect(error?.remedy == "Give it, such as 1x2x224x224.")
  }

  @Test func `a shape that the symbol says`() throws {
    let text = String(decoding: SmallMXNet.symbol, as: UTF8.self).replacingOccurrences(
      of: "\"name\": \"data\", \n      \"inputs\"",
      with: "\"name\": \"data\", \n      \"attrs\": {\"__shape__\": \"(0, 0, 4, 4)\"}, \n      \"inputs\"")
    let model = try MXNetModel(symbol: Data(text.utf8), arrays: SmallMXNet.arrays())
    #expect(try BoundNetwork(model.network).shape(of: model.network.inputs[0]) == [1, 2, 4, 4])
  }

  @Test func `an array that is missing`() throws {
    let arrays = MXNetBytes.file([("arg:conv0_weight", [4, 2, 3, 3], counting(4, 2, 3, 3))])
    let error = #expect(throws: FormatError.self) {
      try MXNetModel(symbol: SmallMXNet.symbol, arrays: arrays, inputShapes: SmallMXNet.shapes)
    }
    #expect(error == .missingArray(file: "model-0000.params", array: "conv0_bias", node: "conv0"))
  }

  @Test func `a form that is not read names node and operator`() throws {
    let symbol = symbolText([
      ("null", "data", [:], []), ("Pooling", "pool", ["kernel": "(2, 2)", "layout": "CHWN"], [0]),
    ])
    let error = #expect(throws: FormatError.self) {
      try MXNetModel(symbol: symbol, arrays: MXNetBytes.file(), inputShapes: ["": [1, 4, 4, 2]])
    }
    #expect(
      error?.sentence.hasPrefix(
        "The Pooling node pool of model-symbol.json cannot be used: its layout is CHWN") == true)
  }
}
