import Errors
import Formats
import Foundation
import Graph
import Testing

/// Whatever the bytes, reading gives a network or a `FormatError`, and what was read can be written.
@Suite struct MXNetFuzzTests {
  private func check(symbol: Data = SmallMXNet.symbol, arrays: Data = SmallMXNet.arrays()) {
    do {
      let model = try MXNetModel(symbol: symbol, arrays: arrays, inputShapes: SmallMXNet.shapes)
      let written = try model.data(for: model.network)
      #expect(written.symbol == symbol && written.arrays == arrays)
    } catch {
      #expect(
        (error is FormatError) && !CaughtError(error).sentence.isEmpty && !CaughtError(error).remedy.isEmpty)
    }
  }

  @Test func truncations() {
    for count in 0..<SmallMXNet.symbol.count { check(symbol: SmallMXNet.symbol.prefix(count)) }
    let arrays = SmallMXNet.arrays()
    for count in 0..<arrays.count { check(arrays: arrays.prefix(count)) }
  }

  @Test(arguments: MXNetBytes.Header.allCases) func `changed arrays`(header: MXNetBytes.Header) {
    let original = SmallMXNet.arrays(header)
    var random = SeededGenerator(seed: 2)
    for index in original.indices where index < 200 || index % 7 == 0 {
      var bytes = original
      bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      check(arrays: bytes)
    }
    for _ in 0..<500 {
      var bytes = original
      for _ in 0..<4 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      check(arrays: bytes)
    }
  }

  @Test func `changed symbols`() {
    var random = SeededGenerator(seed: 3)
    let digits = Data("0123456789-,()[]{}\"TN".utf8)
    for _ in 0..<2000 {
      var bytes = SmallMXNet.symbol
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[index] = digits.randomElement(using: &random)!
        case 1: bytes.remove(at: index)
        default: bytes.insert(digits.randomElement(using: &random)!, at: index)
        }
      }
      check(symbol: bytes)
    }
  }

  /// Every operator's attributes with numbers out of all bounds.
  @Test func `strange attributes`() {
    let operators: [(op: String, inputs: [Int], names: [String])] = [
      (
        "Convolution", [0, 1],
        ["kernel", "stride", "pad", "dilate", "num_filter", "num_group", "no_bias", "layout"]
      ),
      ("Deconvolution", [0, 1], ["kernel", "stride", "pad", "adj", "target_shape", "num_group"]),
      ("Pooling", [0], ["kernel", "stride", "pad", "pool_type", "pooling_convention", "global_pool"]),
      ("Reshape", [0], ["shape", "reverse", "target_shape"]), ("transpose", [0], ["axes"]),
      ("SwapAxis", [0], ["dim1", "dim2"]), ("SliceChannel", [0], ["num_outputs", "axis", "squeeze_axis"]),
      ("_split_v2", [0], ["indices", "sections", "axis"]), ("slice_axis", [0], ["axis", "begin", "end"]),
      ("slice", [0], ["begin", "end", "step"]), ("Pad", [0], ["pad_width", "mode", "constant_value"]),
      ("UpSampling", [0], ["scale", "sample_type"]), ("mean", [0], ["axis", "exclude", "keepdims"]),
      ("expand_dims", [0], ["axis"]), ("squeeze", [0], ["axis"]), ("Concat", [0, 0], ["dim"]),
      ("FullyConnected", [0, 1], ["num_hidden", "flatten", "no_bias"]), ("LRN", [0], ["nsize", "alpha"]),
      ("space_to_depth", [0], ["block_size"]), ("depth_to_space", [0], ["block_size"]),
      ("broadcast_to", [0], ["shape"]), ("Crop", [0], ["h_w", "offset", "center_crop"]),
      ("softmax", [0], ["axis", "temperature"]), ("L2Normalization", [0], ["mode", "eps"]),
      ("tile", [0], ["reps"]),
      ("take", [0, 1], ["axis"]), ("clip", [0], ["a_min", "a_max"]), ("Cast", [0], ["dtype"]),
    ]
    let values = [
      "0", "-1", "1", "2", "9223372036854775807", "-9223372036854775808", "(0, 0)", "(-1, -1)",
      "(1099511627776,)",
      "(1, 1, 1, 1)", "(2, 2)", "None", "()", "(None, 3)", "True", "nan", "inf", "full", "same", "avg",
      "(0, -4, 0, 2)",
      "(-3, -2)", "1e400", "x",
    ]
    let arrays = MXNetBytes.file([("arg:w", [2, 2, 1, 1], [1, 2, 3, 4])])
    for (op, inputs, names) in operators {
      for name in names {
        for value in values {
          var attributes = ["no_bias": "True"]
          attributes[name] = value
          if op == "Pooling", name != "kernel" { attributes["kernel"] = "(2, 2)" }
          let symbol = symbolText([
            ("null", "data", [:], []), ("null", "w", [:], []), (op, "node", attributes, inputs),
          ])
          do {
            let model = try MXNetModel(symbol: symbol, arrays: arrays, inputShapes: ["": [1, 2, 4, 4]])
            let written = try model.data(for: model.network)
            #expect(written.symbol == symbol)
          } catch {
            #expect((error is FormatError) && !CaughtError(error).sentence.isEmpty)
          }
        }
      }
    }
  }
}
