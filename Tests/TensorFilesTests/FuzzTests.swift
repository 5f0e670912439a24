import Datasets
import Errors
import Foundation
import Graph
import Testing

import TensorFiles

/// Whatever the bytes, reading gives tensors or an error in a sentence.
@Suite struct FuzzTests {
  private func check(_ read: () throws -> any TensorFile) {
    do {
      let file = try read()
      for name in file.names.prefix(20) { _ = try file.tensor(name) }
    } catch {
      #expect(error is any ExplainedError && !CaughtError(error).sentence.isEmpty, "\(error)")
    }
  }

  private func mutants(of bytes: [UInt8], _ count: Int, _ body: ([UInt8]) -> Void) {
    var random = SeededGenerator(seed: UInt64(bytes.count))
    for _ in 0..<count {
      var mutant = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) where !mutant.isEmpty {
        let index = Int.random(in: 0..<mutant.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: mutant[index] = UInt8.random(in: 0...255, using: &random)
        case 1: mutant.remove(at: index)
        case 2: mutant.insert(UInt8.random(in: 0...255, using: &random), at: index)
        default: mutant.removeLast(Int.random(in: 0...min(40, mutant.count), using: &random))
        }
      }
      body(mutant)
    }
  }

  @Test func safetensors() throws {
    mutants(of: try Fixture.bytes("types.safetensors"), 4000) { bytes in
      check { try Safetensors(ByteSource(bytes, path: "x")) }
    }
  }

  @Test(arguments: ["types.pt", "checkpoint.pt", "parameters.pt"]) func archives(name: String) throws {
    mutants(of: try Fixture.bytes(name), 2000) { bytes in
      check { try TorchFile(ZIPArchive(ByteSource(bytes, path: "x"), format: "ZIP")) }
    }
  }

  /// The pickle alone: in an archive a checksum stands before it.
  @Test(arguments: ["types.pt", "checkpoint.pt", "parameters.pt", "module.pt"])
  func pickles(name: String) throws {
    let archive = try ZIPArchive(ByteSource(try Fixture.bytes(name), path: "x"))
    let entry = try #require(archive.entries.first { $0.name.hasSuffix("data.pkl") })
    let source = try archive.content(of: entry)
    let pickle = try source.bytes(at: 0, count: source.count)
    func read(_ bytes: [UInt8]) {
      var unpickler = Unpickler(bytes, file: "x")
      do { _ = try unpickler.namedTensors() } catch { #expect(error is TensorFileError) }
    }
    for count in 0..<min(pickle.count, 600) { read(Array(pickle.prefix(count))) }
    mutants(of: pickle, 20_000, read)
  }
}
