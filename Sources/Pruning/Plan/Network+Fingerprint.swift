package import Foundation
public import Graph

extension Network {
  /// 32 hexadecimal digits that differ for networks that differ in structure, names or weights.
  ///
  /// For telling models apart, not for security: anyone can make two networks with the same one. The graph's
  /// name, declared types of inner values and the order of constants do not count.
  public var fingerprint: String {
    var text = "secateur 1\n"
    for (domain, version) in opsets.sorted(by: { $0.key < $1.key }) { text += "opset \(domain) \(version)\n" }
    func list(_ values: [ValueID?]) -> String {
      values.map { $0.map { quoted(name(of: $0)) } ?? "-" }.joined(separator: " ")
    }
    text += "inputs \(list(inputs))\noutputs \(list(outputs))\n"
    for input in inputs { text += "type \(String(describing: values[input.index].declaredType))\n" }
    for node in nodes {
      text += "node \(quoted(node.qualifiedOp)) (\(list(node.inputs))) (\(list(node.outputs)))"
      for (key, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
        text += " \(quoted(key))=\(Self.canonical(attribute))"
      }
      text += "\n"
    }
    for (value, tensor) in constants.sorted(by: { name(of: $0.key) < name(of: $1.key) }) {
      text += "constant \(quoted(name(of: value))) \(Self.canonical(tensor))\n"
    }
    return Digest128(Data(text.utf8)).hexadecimal
  }

  private static func canonical(_ tensor: Tensor) -> String {
    "\(tensor.elementType.rawValue)\(tensor.shape)\(Digest128(tensor.bytes).hexadecimal)"
  }

  private static func canonical(_ attribute: Attribute) -> String {
    switch attribute {
    case .int(let value): "i\(value)"
    case .float(let value): "f\(value.bitPattern)"
    case .string(let value): "s\(value.debugDescription)"
    case .ints(let values): "I\(values)"
    case .floats(let values): "F\(values.map(\.bitPattern))"
    case .strings(let values): "S\(values)"
    case .tensor(let tensor): "t\(canonical(tensor))"
    case .graph(let body): "g\(body.network.fingerprint)"
    case .graphs(let bodies): "G\(bodies.map(\.network.fingerprint))"
    case .opaque: "o"
    }
  }

  private func quoted(_ name: String) -> String { name.debugDescription }
}

/// MurmurHash3, x64, 128 bits (Appleby 2011): fast, spread well, not for security.
package struct Digest128: Sendable, Hashable {
  let low: UInt64
  let high: UInt64

  /// Hashes a text.
  init(_ text: String) { self.init(Data(text.utf8)) }

  /// Hashes bytes.
  package init(_ data: Data) {
    (low, high) = data.withUnsafeBytes { Self.hash($0) }
  }

  /// 32 digits.
  package var hexadecimal: String {
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    return digits(low) + digits(high)
  }

  private static let first: UInt64 = 0x87c3_7b91_1142_53d5
  private static let second: UInt64 = 0x4cf5_ad43_2745_937f

  private static func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 { value << by | value >> (64 - by) }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var k = value
    k ^= k >> 33
    k &*= 0xff51_afd7_ed55_8ccd
    k ^= k >> 33
    k &*= 0xc4ce_b9fe_1a85_ec53
    k ^= k >> 33
    return k
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
    var (h1, h2): (UInt64, UInt64) = (0, 0)
    let blocks = bytes.count / 16
    for block in 0..<blocks {
      let k1 = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16 * block, as: UInt64.self))
      let k2 = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 16 * block + 8, as: UInt64.self))
      h1 ^= rotated(k1 &* first, 31) &* second
      h1 = (rotated(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
      h2 ^= rotated(k2 &* second, 33) &* first
      h2 = (rotated(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
    }
    var (k1, k2): (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes[(16 * blocks)...].enumerated() {
      if index < 8 {
        k1 |= UInt64(byte) << UInt64(8 * index)
      } else {
        k2 |= UInt64(byte) << UInt64(8 * index - 64)
      }
    }
    h2 ^= rotated(k2 &* second, 33) &* first
    h1 ^= rotated(k1 &* first, 31) &* second
    h1 ^= UInt64(bytes.count)
    h2 ^= UInt64(bytes.count)
    h1 = h1 &+ h2
    h2 = h2 &+ h1
    h1 = mixed(h1)
    h2 = mixed(h2)
    h1 = h1 &+ h2
    h2 = h2 &+ h1
    return (h1, h2)
  }
}
