import Files
import Foundation
import YAML

extension DatasetConfiguration {
  /// The settings' names, as they stand in the file.
  package static let keys = [
    "data", "split", "validation", "test", "layout", "scale", "mean", "deviation", "resize", "channels",
    "limit", "seed",
    "loss", "loss-at", "target", "downsample",
  ]

  /// Where the configuration of a model stands: `reference.onnx` → `reference.yaml`, and so for an MXNet model's
  /// `reference-symbol.json` and `reference-0007.params`.
  package static func path(besideModel model: String) -> String {
    let ending = model.range(of: "(-symbol\\.json|-[0-9]{4,}\\.params)$", options: .regularExpression)
    if let ending { return model[..<ending.lowerBound] + ".yaml" }
    return (model as NSString).deletingPathExtension + ".yaml"
  }

  /// Reads the file beside a model; nil when there is none. Relative paths in it are meant from its folder.
  public static func beside(model: String) throws -> DatasetConfiguration? {
    let path = path(besideModel: model)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try DatasetConfiguration(path: path)
  }

  /// Reads a YAML file. Relative paths in it are meant from its folder.
  ///
  /// Throws ``DatasetError/configuration(path:line:reason:allowed:)`` for an unknown key or value.
  public init(path: String) throws {
    let source = try ByteSource(path: path)
    guard source.count <= Self.longestFile else {
      throw DatasetError.configuration(
        path: path, line: 0, reason: "a configuration has at most 16 KiB", allowed: [])
    }
    let bytes = try source.bytes(at: 0, count: source.count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DatasetError.configuration(path: path, line: 0, reason: "it is not UTF-8 text", allowed: [])
    }
    try self.init(yaml: text, path: path)
    let folder = Folder.path(above: path)
    data = data?.map {
      $0.hasPrefix("/") || $0.hasPrefix("~") ? $0 : (folder as NSString).appendingPathComponent($0)
    }
  }

  /// Reads YAML text; `path` stands in messages.
  public init(yaml: String, path: String) throws {
    self.init()
    let reader = YAMLReader(path: path) { problem in
      var allowed: [String] = []
      if case .other(_, let listed) = problem.kind { allowed = listed }
      return DatasetError.configuration(
        path: path, line: problem.line ?? 0, reason: problem.text, allowed: allowed)
    }
    guard let root = try reader.value(of: yaml, limits: Self.limits) else { return }
    guard let entries = root.entries else {
      if root.isNull { return }
      throw root.error(.other("it is not a list of `key: value`", allowed: Self.keys))
    }
    for (key, value) in entries { try set(key.text ?? "", to: Setting(value: value, key: key)) }
    if let rule = brokenRule() {
      let line = entries.first { $0.key.text == rule.key }?.key.line
      throw reader.error(line: line, .other(rule.reason, allowed: []))
    }
  }

  private static let limits = YAMLReader.Limits(
    of: "a configuration", bytes: longestFile, branches: 64, items: 128, references: 8)
  private static let longestFile = 16_384

  private mutating func set(_ key: String, to value: Setting) throws {
    switch key {
    case "data": data = try value.strings("data is a path, or two: images and labels", atMost: 2)
    case "split": split = try value.choice(key)
    case "validation": validation = try value.number(key)
    case "test": test = try value.number(key)
    case "layout": layout = try value.choice(key)
    case "scale": scale = try value.number(key)
    case "mean": mean = try value.numbers(key)
    case "deviation": deviation = try value.numbers(key)
    case "resize": resize = try value.resize(key)
    case "channels": channels = try value.choice(key)
    case "limit": limit = try value.integer(key)
    case "seed": seed = UInt64(bitPattern: Int64(try value.integer(key)))
    case "loss": loss = try value.choice(key)
    case "loss-at":
      lossAt = try value.strings("loss-at is a value's name, or a list of them", atMost: 64)
        .map { LossTerm($0) }
    case "target": target = try value.choice(key)
    case "downsample": downsample = try value.integer(key)
    default: throw value.wrong("\(key.isEmpty ? "this" : key) is not a setting", allowed: Self.keys)
    }
  }
}

/// A value of the file with its name, whose line is said in errors.
private struct Setting {
  let value: YAMLValue
  let key: YAMLValue

  func wrong(_ reason: String, allowed: [String] = []) -> any Error {
    key.error(.other(reason, allowed: allowed))
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice
  where Choice.RawValue == String {
    guard let text = value.text, let choice = Choice(rawValue: text.lowercased()) else {
      throw wrong(
        "\(value.text ?? "this") is not a value of \(key)", allowed: Choice.allCases.map(\.rawValue))
    }
    return choice
  }

  func number(_ key: String) throws -> Double {
    guard let value = Self.number(value) else { throw wrong("\(key) is a number") }
    return value
  }

  func numbers(_ key: String) throws -> [Double] {
    if let value = Self.number(value) { return [value] }
    guard let list = value.list?.map(Self.number), !list.contains(nil) else {
      throw wrong("\(key) is a number or a list of them")
    }
    return list.compactMap { $0 }
  }

  func integer(_ key: String) throws -> Int {
    guard let value = value.integer else { throw wrong("\(key) is a whole number") }
    return value
  }

  func strings(_ meaning: String, atMost limit: Int) throws -> [String] {
    if let value = value.text { return [value] }
    let list = value.list?.map(\.text) ?? []
    guard (1...limit).contains(list.count), !list.contains(nil) else { throw wrong(meaning) }
    return list.compactMap { $0 }
  }

  /// `224`, `[224, 320]`, or `{height: 224, width: 224, mode: crop, shorter: 256}`.
  func resize(_ key: String) throws -> DatasetConfiguration.Resize {
    if let side = value.integer { return .init(height: side, width: side) }
    if let sides = value.list?.map(\.integer), sides.count == 2, let height = sides[0], let width = sides[1] {
      return .init(height: height, width: width)
    }
    guard let entries = value.entries else { throw wrong("resize is a side, or [height, width]") }
    var resize = DatasetConfiguration.Resize(height: 0, width: 0)
    for (name, value) in entries {
      let setting = Setting(value: value, key: name)
      switch name.text {
      case "height": resize.height = try setting.integer("height")
      case "width": resize.width = try setting.integer("width")
      case "mode": resize.mode = try setting.choice("mode")
      case "shorter": resize.shorter = try setting.integer("shorter")
      default:
        throw setting.wrong(
          "\(name.text ?? "this") is not a setting of resize",
          allowed: ["height", "width", "mode", "shorter"])
      }
    }
    return resize
  }

  /// A decimal number, or a fraction such as 1/255.
  private static func number(_ value: YAMLValue) -> Double? {
    if let number = value.number { return number }
    let parts = (value.text ?? "").split(separator: "/").map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    guard parts.count == 2, let over = parts[0], let under = parts[1], under != 0 else { return nil }
    return over / under
  }
}
