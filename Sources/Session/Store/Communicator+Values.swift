import Foundation
package import Ranks

extension Communicator {
  /// The value of rank 0, on every rank; what the others give is not looked at.
  package func broadcast<Value: Codable>(_ value: Value?) throws -> Value? {
    guard count > 1 else { return value }
    var bytes = isFirst ? try value.map { Array(try JSONEncoder.ofResults.encode($0)) } ?? [] : []
    try broadcast(&bytes)
    if isFirst { return value }
    return bytes.isEmpty ? nil : try decoded(bytes, from: 0)
  }

  /// The values that the ranks give, in the order of their numbers; a rank may give none.
  func collect<Value: Codable>(values own: Value?) throws -> [Value] {
    let bytes = try own.map { Array(try JSONEncoder.ofResults.encode($0)) } ?? []
    return try collect(bytes).enumerated().filter { !$0.element.isEmpty }.map { rank, bytes in
      try decoded(bytes, from: rank)
    }
  }

  private func decoded<Value: Codable>(_ bytes: [UInt8], from rank: Int) throws -> Value {
    do {
      return try JSONDecoder.ofResults.decode(Value.self, from: Data(bytes))
    } catch {
      throw RanksError.outOfStep(rank: rank)
    }
  }
}
