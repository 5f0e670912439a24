import Datasets
import Foundation
import Graph
import Testing

import TensorFiles

/// What PyTorch, NumPy and safetensors wrote is read as they meant it.
@Suite struct ReadingTests {
  @Test(arguments: ["types.pt", "types.safetensors", "types.npz"])
  func typesStridesAndShapes(name: String) throws {
    let file = try TensorFormat.open(Fixture.path(name))
    let expected = try Fixture.types()
    let absent: Set<String> = name.hasSuffix("npz") ? ["bfloat"] : []
    #expect(Set(file.names) == Set(expected.keys).subtracting(absent))
    for (name, expected) in expected where !absent.contains(name) {
      let tensor = try file.tensor(name)
      #expect(tensor.shape == expected.shape && file.shape(of: name) == expected.shape, "\(name)")
      #expect(tensor.elementType.rawValue == expected.type, "\(name)")
      #expect(tensor.doubles == expected.values, "\(name)")
    }
  }

  @Test(arguments: [("state.pth", ""), ("checkpoint.pt", "state_dict.module.")])
  func stateDictionaries(name: String, prefix: String) throws {
    let file = try TensorFormat.open(Fixture.path(name))
    let expected = try JSONDecoder().decode([String: [Double]].self, from: Data(Fixture.bytes("state.json")))
    #expect(expected.count == 7)
    for (name, values) in expected { #expect(try file.tensor(prefix + name).doubles == values, "\(name)") }
  }

  @Test func parametersOfAnotherProtocol() throws {
    let file = try TensorFormat.open(Fixture.path("parameters.pt"))
    #expect(file.names == ["0.weight", "0.bias", "1.weight", "1.bias"])
    #expect(try file.tensor("0.weight").shape == [3, 2, 1, 1])
  }

  @Test func whatSafetensorsWrites() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("b \"quoted\"", Tensor([1, 2, 3, 4], shape: [2, 2])), ("a", Tensor([7, -7])),
      ("half", Tensor([0.5], shape: []).converted(to: .float16)),
    ]
    let file = try Safetensors(.init(Array(Safetensors.encoded(tensors)), path: "x"))
    #expect(file.names == tensors.map(\.name))
    for (name, tensor) in tensors { #expect(try file.tensor(name) == tensor) }
  }

  // MARK: What is refused

  @Test func aPickleThatWouldRunSomething() throws {
    let error = #expect(throws: TensorFileError.self) { try TensorFormat.open(Fixture.path("evil.pt")) }
    let sentence = try #require(error?.sentence)
    #expect(sentence.contains("opcode GLOBAL at byte") && sentence.contains("posix.system"), "\(sentence)")
    #expect(!FileManager.default.fileExists(atPath: "was-run"))
  }

  @Test func aWholeModule() throws {
    let error = #expect(throws: TensorFileError.self) { try TensorFormat.open(Fixture.path("module.pt")) }
    #expect(error?.sentence.contains("torch.nn.modules.container.Sequential") == true)
    #expect(error?.remedy.contains("state_dict()") == true)
  }

  @Test func theOlderForm() throws {
    #expect(throws: TensorFileError.olderTorchForm(file: Fixture.path("older.pth"))) {
      try TensorFormat.open(Fixture.path("older.pth"))
    }
  }

  /// Opcodes that call, look up or go beyond what is there, each behind a plain beginning.
  @Test(
    arguments: [
      ("i", [0x69] + Array("os\nsystem\n".utf8), "INST"), ("o", [0x28, 0x6F], "OBJ"),
      ("newobj", [0x29, 0x29, 0x81], "NEWOBJ"), ("ext", [0x82, 0x01], "EXT1"),
      ("persid", [0x50] + Array("x\n".utf8), "PERSID"), ("buffer", [0x97], "NEXT_BUFFER"),
      ("unknown", [0xFF], "0xff"), ("reduce", [0x4B, 0x01, 0x29, 0x52], "REDUCE"),
      ("class called", Array("ctorch.nn.parameter\nParameter\n)R".utf8), "REDUCE"),
    ] as [(String, [UInt8], String)])
  func opcodes(name: String, bytes: [UInt8], opcode: String) throws {
    var unpickler = Unpickler([0x80, 0x02] + bytes + [0x2E], file: "x.pt")
    let error = #expect(throws: TensorFileError.self) { try unpickler.namedTensors() }
    guard case .refused(_, opcode, _, _)? = error else {
      Issue.record("\(name): \(error?.sentence ?? "")")
      return
    }
  }

  @Test(
    arguments: [
      Array("ctorch\nload\n".utf8), Array("cbuiltins\neval\n".utf8),
      [0x8C, 2] + Array("os".utf8) + [0x8C, 6] + Array("system".utf8) + [0x93],
      Array("ctorch._utils\n_rebuild_device_tensor_from_numpy\n".utf8),
    ] as [[UInt8]])
  func globals(bytes: [UInt8]) throws {
    var unpickler = Unpickler([0x80, 0x02] + bytes + [0x2E], file: "x.pt")
    let error = #expect(throws: TensorFileError.self) { try unpickler.namedTensors() }
    guard case .refused(_, _, _, _?)? = error else {
      Issue.record("\(error?.sentence ?? "")")
      return
    }
  }

  /// A million lists in each other, and a dictionary in itself.
  @Test func whatHasNoEnd() throws {
    let nested = [UInt8](repeating: 0x5D, count: 1_000_000) + [UInt8](repeating: 0x61, count: 999_999)
    var deep = Unpickler([0x80, 0x02] + nested + [0x2E], file: "x.pt")
    #expect(try deep.namedTensors().isEmpty)
    // d = {}; d["a"] = d; d["b"] = d
    let inItself: [UInt8] = [
      0x7D, 0x71, 0x00, 0x28, 0x58, 1, 0, 0, 0, 0x61, 0x68, 0, 0x58, 1, 0, 0, 0, 0x62, 0x68, 0, 0x75,
    ]
    var endless = Unpickler([0x80, 0x02] + inItself + [0x2E], file: "x.pt")
    #expect(try endless.namedTensors().isEmpty)
  }

  /// Extents and strides that lead out of the storage, or make much of little.
  @Test(arguments: [
    (0, [2, 3], [3, 1], true), (1, [2, 3], [3, 1], false), (0, [2, 3], [Int.max, 1], false),
    (0, [1 << 39], [0], false), (Int.max, [1], [1], false), (5, [1], [Int.max], true),
  ])
  func places(offset: Int, shape: [Int], strides: [Int], isInside: Bool) throws {
    let tensor = PickledTensor(
      storage: .init(typeName: "FloatStorage", key: "0"), offset: offset, shape: shape, strides: strides)
    let isFound = (tensor.layout.lastElement.map { $0 < 6 } ?? false) && shape[0] < 1 << 20
    #expect(isFound == isInside)
    if isFound {
      let bytes = (0..<24).map { UInt8($0) }
      #expect(
        tensor.layout.gathered(from: Data(bytes), width: 4) == Data(bytes[(offset * 4)...]))
    }
  }

  @Test(arguments: [
    "", "{", "{\"a\":1}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9,4]}}",
  ])
  func headersOfSafetensors(header: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    #expect(throws: TensorFileError.self) {
      try Safetensors(.init(length + Array(header.utf8) + [0, 0, 0, 0], path: "x"))
    }
  }

  @Test func anUnknownTypeIsNamed() throws {
    let header = "{\"a\":{\"dtype\":\"F8_E5M2\",\"shape\":[4],\"data_offsets\":[0,4]}}"
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    let file = try Safetensors(.init(length + Array(header.utf8) + [0, 0, 0, 0], path: "x"))
    #expect(throws: TensorFileError.unsupportedType(file: "x", name: "a", type: "F8_E5M2")) {
      try file.tensor("a")
    }
  }
}
