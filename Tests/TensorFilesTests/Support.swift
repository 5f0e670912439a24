import Foundation

/// A file of the fixtures, which `make_tensor_fixtures.py` made with PyTorch, NumPy and safetensors.
enum Fixture {
  static func path(_ name: String) -> String {
    guard let path = Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil) else {
      fatalError("There is no fixture \(name).")
    }
    return path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// What a tensor of `types.*` is: its shape, its type and its elements.
  static func types() throws -> [String: (shape: [Int], type: String, values: [Double])] {
    let value = try JSONSerialization.jsonObject(with: Data(bytes("types.json"))) as? [String: [Any]] ?? [:]
    return value.mapValues {
      ($0[0] as? [Int] ?? [], $0[1] as? String ?? "", ($0[2] as? [NSNumber] ?? []).map(\.doubleValue))
    }
  }
}
