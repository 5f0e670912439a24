import Foundation
import Yams

extension DatasetConfiguration {
  /// The settings' names, as they stand in the file.
  public static let keys = [
    "data", "split", "validation", "test", "layout", "scale", "mean", "deviation", "resize", "channels",
    "limit", "seed",
    "loss", "loss-at", "target", "downsample",
  ]

  /// Where the configuration of a model stands: `reference.onnx` → `reference.yaml`, and so for an MXNet model's
  /// `reference-symbol.json` and `reference-0007.params`.
  public static func path(besideModel model: String) -> String {
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
    let folder = (path as NSString).deletingLastPathComponent
    data = data?.map {
      $0.hasPrefix("/") || $0.hasPrefix("~") ? $0 : (folder as NSString).appendingPathComponent($0)
    }
  }

  /// Reads YAML text; `path` stands in messages.
  public init(yaml: String, path: String) throws {
    self.init()
    // The composer recurses, and aliases multiply: both are bounded before it starts.
    func count(_ indicators: String) -> Int { yaml.utf8.count { indicators.utf8.contains($0) } }
    guard yaml.utf8.count <= Self.longestFile, count("[{?") <= 64, count("-") <= 128, count("&*") <= 8 else {
      throw DatasetError.configuration(
        path: path, line: 0, reason: "it is too large for a configuration", allowed: [])
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      let (line, reason) = Self.explain(error)
      throw DatasetError.configuration(path: path, line: line, reason: reason, allowed: [])
    }
    guard let root, root.null == nil || root.mapping != nil else { return }
    guard let mapping = root.mapping else {
      throw DatasetError.configuration(
        path: path, line: 1, reason: "it is not a list of `key: value`", allowed: Self.keys)
    }
    for (key, value) in mapping {
      try set(key.string ?? "", to: Setting(node: value, path: path, line: key.mark?.line ?? 0))
    }
    if let rule = brokenRule() {
      let line = mapping.first { $0.key.string == rule.key }?.key.mark?.line ?? 0
      throw DatasetError.configuration(path: path, line: line, reason: rule.reason, allowed: [])
    }
  }

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

  private static func explain(_ error: any Error) -> (line: Int, reason: String) {
    guard let error = error as? YamlError else { return (0, "it is not YAML") }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return (mark.line, problem.prefix(1).lowercased() + problem.dropFirst())
    case .duplicatedKeysInMapping(let duplicates, let context):
      return (context.mark.line, "the key \(duplicates.first ?? "") stands twice")
    default: return (0, "it is not YAML")
    }
  }
}

/// A value of the file with its place.
private struct Setting {
  let node: Node
  let path: String
  let line: Int

  func wrong(_ reason: String, allowed: [String] = []) -> DatasetError {
    .configuration(path: path, line: line, reason: reason, allowed: allowed)
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice
  where Choice.RawValue == String {
    guard let text = node.string, let choice = Choice(rawValue: text.lowercased()) else {
      throw wrong(
        "\(node.string ?? "this") is not a value of \(key)", allowed: Choice.allCases.map(\.rawValue))
    }
    return choice
  }

  func number(_ key: String) throws -> Double {
    guard let value = Self.number(node) else { throw wrong("\(key) is a number") }
    return value
  }

  func numbers(_ key: String) throws -> [Double] {
    if let value = Self.number(node) { return [value] }
    guard let list = node.sequence?.map(Self.number), !list.contains(nil) else {
      throw wrong("\(key) is a number or a list of them")
    }
    return list.compactMap { $0 }
  }

  func integer(_ key: String) throws -> Int {
    guard let value = node.int else { throw wrong("\(key) is a whole number") }
    return value
  }

  func strings(_ meaning: String, atMost limit: Int) throws -> [String] {
    if let value = node.string { return [value] }
    let list = node.sequence?.map(\.string) ?? []
    guard (1...limit).contains(list.count), !list.contains(nil) else { throw wrong(meaning) }
    return list.compactMap { $0 }
  }

  /// `224`, `[224, 320]`, or `{height: 224, width: 224, mode: crop, shorter: 256}`.
  func resize(_ key: String) throws -> DatasetConfiguration.Resize {
    if let side = node.int { return .init(height: side, width: side) }
    if let sides = node.sequence?.map(\.int), sides.count == 2, let height = sides[0], let width = sides[1] {
      return .init(height: height, width: width)
    }
    guard let mapping = node.mapping else { throw wrong("resize is a side, or [height, width]") }
    var resize = DatasetConfiguration.Resize(height: 0, width: 0)
    for (name, value) in mapping {
      let setting = Setting(node: value, path: path, line: name.mark?.line ?? line)
      switch name.string {
      case "height": resize.height = try setting.integer("height")
      case "width": resize.width = try setting.integer("width")
      case "mode": resize.mode = try setting.choice("mode")
      case "shorter": resize.shorter = try setting.integer("shorter")
      default:
        throw setting.wrong(
          "\(name.string ?? "this") is not a setting of resize",
          allowed: ["height", "width", "mode", "shorter"])
      }
    }
    return resize
  }

  /// A decimal number, or a fraction such as 1/255.
  private static func number(_ node: Node) -> Double? {
    if let value = node.float { return value }
    let parts = (node.string ?? "").split(separator: "/").map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    guard parts.count == 2, let over = parts[0], let under = parts[1], under != 0 else { return nil }
    return over / under
  }
}
