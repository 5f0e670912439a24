extension DatasetConfiguration {
  /// The settings as YAML, in the order of ``keys``; what is not set is left out. Reading it gives the same settings.
  public var yaml: String {
    var lines: [String] = []
    func add(_ key: String, _ value: String?) {
      if let value { lines.append("\(key): \(value)") }
    }
    func list(_ values: [Double]) -> String {
      values.count == 1 ? "\(values[0])" : "[\(values.map { "\($0)" }.joined(separator: ", "))]"
    }
    add("data", data.map { $0.count == 1 ? quoted($0[0]) : "[\($0.map(quoted).joined(separator: ", "))]" })
    add("split", split?.rawValue)
    add("validation", validation.map { "\($0)" })
    add("test", test.map { "\($0)" })
    add("layout", layout?.rawValue)
    add("scale", scale.map { "\($0)" })
    add("mean", mean.map(list))
    add("deviation", deviation.map(list))
    add(
      "resize",
      resize.map {
        "{height: \($0.height), width: \($0.width), mode: \($0.mode.rawValue)"
          + ($0.shorter.map { ", shorter: \($0)" } ?? "") + "}"
      })
    add("channels", channels?.rawValue)
    add("limit", limit.map { "\($0)" })
    add("seed", seed.map { "\(Int64(bitPattern: $0))" })
    add("loss", loss?.rawValue)
    add("loss-at", lossAt.map { "[\($0.map { quoted($0.text) }.joined(separator: ", "))]" })
    add("target", target?.rawValue)
    add("downsample", downsample.map { "\($0)" })
    return lines.map { $0 + "\n" }.joined()
  }

  /// A path as a YAML string that is read as it stands, whatever is in it.
  private func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"": "\\\""
      case let control where control.value < 0x20 || control.value == 0x7f:
        "\\x" + (control.value < 16 ? "0" : "") + String(control.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}
