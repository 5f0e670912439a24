import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct NumPyTests {
  @Test func arraysComeBackAsWritten() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/a.npy"
    let array = try NumPyArray(shape: [2, 3], floats: [1, -2, 0.5, .infinity, .leastNonzeroMagnitude, 3])
    try array.write(to: path)
    let read = try NumPyArray(path: path)
    #expect(read.shape == [2, 3])
    #expect(read.elementType == .float32)
    #expect(try read.floats() == [1, -2, 0.5, .infinity, .leastNonzeroMagnitude, 3])
    let whole = try NumPyArray(bytes: NumPyArray(shape: [2], integers: [.max, .min]).encoded(), name: "b")
    #expect(try whole.integers() == [.max, .min])
  }

  @Test func writtenBytesAreNumPysOwn() throws {
    let bytes = try NumPyArray(shape: [3], floats: [0, 0, 0]).encoded()
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    #expect(bytes.count == 128 + 12)
    #expect(String(decoding: bytes[10..<(10 + header.utf8.count)], as: UTF8.self) == header)
    #expect(bytes[127] == 0x0a)
  }

  @Test(
    arguments: [
      ("<f2", [0x00, 0x3c, 0x01, 0x00, 0x00, 0xc0, 0xff, 0x7b], [1, 5.960_464_5e-8, -2, 65504]),
      (">f2", [0x3c, 0x00, 0x80, 0x00], [1, -0.0]),
      ("<f8", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]),
      (">f4", [0x3f, 0xc0, 0, 0], [1.5]),
      (">i2", [0xff, 0xfe], [-2]),
      ("<u2", [0xff, 0xff], [65535]),
      ("<i4", [0xfe, 0xff, 0xff, 0xff], [-2]),
      (">u8", [0, 0, 0, 0, 0, 0, 1, 0], [256]),
      ("|i1", [0x80], [-128]),
      ("|u1", [0x80], [128]),
      ("|b1", [0, 1, 2], [0, 1, 1]),
    ] as [(String, [UInt8], [Float])])
  func everyTypeIsRead(descr: String, elements: [UInt8], values: [Float]) throws {
    let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(values.count),)}"
    for version in [1, 2, 3] as [UInt8] {
      let array = try NumPyArray(bytes: npy(header, version: version, elements), name: "x")
      #expect(try array.floats() == values)
      #expect(try NumPyArray(bytes: array.encoded(), name: "x").floats() == values)
    }
  }

  @Test func fortranOrderBecomesCOrder() throws {
    let columns: [UInt8] = [0, 3, 1, 4, 2, 5]
    let header = "{ 'shape':(2, 3) , \"fortran_order\": True, 'descr': '|u1',}\n"
    #expect(try NumPyArray(bytes: npy(header, columns), name: "x").floats() == [0, 1, 2, 3, 4, 5])
    let cube = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 1, 2)}"
    #expect(
      try NumPyArray(bytes: npy(cube, [0, 0, 2, 0, 1, 0, 3, 0]), name: "x").integers() == [0, 1, 2, 3])
  }

  @Test func impossibleShapesFailBeforeAllocation() {
    for shape in [
      "(1099511627776,)", "(4294967296, 4294967296)", "(9223372036854775807, 2)", "(99999999999999999999,)",
    ] {
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}"
      guard case .malformed = failure({ try NumPyArray(bytes: npy(header, [0, 0, 0, 0]), name: "x.npy") })
      else {
        Issue.record("a shape of \(shape) is malformed")
        return
      }
    }
  }

  @Test func pickledObjectsAreRefused() {
    let header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"
    let error = failure { try NumPyArray(bytes: npy(header, [0x80]), name: "x.npy") }
    #expect(error?.sentence == "x.npy has elements of type |O, which is not read.")
    let fields = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"
    guard case .unsupported = failure({ try NumPyArray(bytes: npy(fields, [0, 0, 0, 0]), name: "x.npy") })
    else {
      Issue.record("a structured type is not supported")
      return
    }
  }

  @Test func fractionsAreNoIntegers() throws {
    let array = try NumPyArray(shape: [3], floats: [1, 2.5, .nan])
    #expect(
      failure { try array.integers() }
        == .badValue(path: "array", index: 1, reason: "it is not a whole number of 64 bits"))
    #expect(failure { try NumPyArray(shape: [2, 2], floats: [1]) } != nil)
    #expect(failure { try NumPyArray(shape: [-1, -1], floats: [1]) } != nil)
  }

  @Test(arguments: [false, true]) func archivesComeBackAsWritten(compressed: Bool) throws {
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [2, 2], floats: [1, 2, 3, 4])
    archive["logits/0"] = try NumPyArray(shape: [], integers: [7])
    let bytes = try archive.encoded(compressed: compressed)
    #expect(try archive.encoded(compressed: compressed) == bytes)
    let read = try NumPyArchive(bytes: bytes, name: "a.npz")
    #expect(read.names == ["x", "logits/0"])
    #expect(try read["x"]?.floats() == [1, 2, 3, 4])
    #expect(read["logits/0"]?.shape == [])
    #expect(try read["logits/0"]?.integers() == [7])
  }

  @Test func aChangedByteIsNoticed() throws {
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [64], floats: [Float](repeating: 1, count: 64))
    var bytes = try archive.encoded()
    bytes[300] ^= 1
    #expect(failure { try NumPyArchive(bytes: bytes, name: "a.npz") }?.sentence.contains("checksum") == true)
  }

  @Test func damagedFilesNeverTrap() throws {
    var archive = NumPyArchive()
    archive["x"] = try NumPyArray(shape: [4, 3], floats: [Float](repeating: 1, count: 12))
    archive["y"] = try NumPyArray(shape: [4], integers: [0, 1, 2, 3])
    func readAll(_ bytes: [UInt8]) throws {
      let read = try NumPyArchive(bytes: bytes, name: "x")
      for name in read.names { _ = try read[name]?.floats() }
    }
    fuzz(try archive.encoded(), seed: 1, rounds: 3000, readAll)
    fuzz(try archive.encoded(compressed: true), seed: 2, rounds: 3000, readAll)
    fuzz(try NumPyArray(shape: [3, 4], integers: Array(0..<12)).encoded(), seed: 3, rounds: 3000) {
      let array = try NumPyArray(bytes: $0, name: "x")
      _ = try array.floats()
      _ = try array.integers()
    }
  }
}
