import Foundation

/// The two files of a model: `PREFIX-symbol.json` has the operators, `PREFIX-0007.params` the arrays of epoch 7.
struct MXNetFiles: Sendable, Hashable {
  /// The path of the operators.
  var symbol: String
  /// The path of the arrays.
  var arrays: String

  private static let symbolSuffix = "-symbol.json"
  private static let arraysSuffix = ".params"

  /// The files that belong to `path`: either of the two, or what they have in common. `nil` when `path` is not the path
  /// of an MXNet model.
  ///
  /// Unless `path` says which, the arrays are those of the newest epoch.
  ///
  /// - Throws: `FormatError.missingPartner` when one of the two is missing.
  static func find(_ path: String) throws -> MXNetFiles? {
    if path.hasSuffix(arraysSuffix) {
      let stem = epoch(of: path).map { String(path.dropLast($0.count + 1 + arraysSuffix.count)) }
      let candidates = [stem, String(path.dropLast(arraysSuffix.count))].compactMap {
        $0.map { $0 + symbolSuffix }
      }
      guard let symbol = candidates.first(where: exists) else {
        if !exists(path) { throw FormatError.unreadable(file: path, reason: "there is no such file") }
        throw FormatError.missingPartner(file: path, partner: candidates[0])
      }
      return MXNetFiles(symbol: symbol, arrays: path)
    }
    if path.hasSuffix(".json") {
      guard exists(path) else { throw FormatError.unreadable(file: path, reason: "there is no such file") }
      return MXNetFiles(symbol: path, arrays: try newestArrays(prefix(ofSymbol: path), of: path))
    }
    if exists(path) { return nil }
    if exists(path + symbolSuffix) {
      return MXNetFiles(symbol: path + symbolSuffix, arrays: try newestArrays(path, of: path + symbolSuffix))
    }
    if let arrays = try? newestArrays(path, of: path) {
      throw FormatError.missingPartner(file: arrays, partner: path + symbolSuffix)
    }
    return nil
  }

  /// The files that a model is written to when `path` is given, in the epoch of the original.
  func written(to path: String) -> MXNetFiles {
    if path.hasSuffix(Self.arraysSuffix) {
      let stem =
        Self.epoch(of: path).map { String(path.dropLast($0.count + 1 + Self.arraysSuffix.count)) }
        ?? String(path.dropLast(Self.arraysSuffix.count))
      return MXNetFiles(symbol: stem + Self.symbolSuffix, arrays: path)
    }
    let isSymbol = path.hasSuffix(".json")
    let prefix = isSymbol ? Self.prefix(ofSymbol: path) : path
    return MXNetFiles(
      symbol: isSymbol ? path : prefix + Self.symbolSuffix,
      arrays: "\(prefix)-\(Self.epoch(of: arrays) ?? "0000")\(Self.arraysSuffix)")
  }

  /// All files that a model comes to when `path` is given: the one to open first.
  func all(writtenTo path: String) -> [String] {
    if path.lowercased().hasSuffix(".onnx") { return [path] }
    let written = written(to: path)
    return [written.symbol, written.arrays]
  }

  /// Whether a path is one that MXNet's files have.
  static func names(_ path: String) -> Bool { path.hasSuffix(arraysSuffix) || path.hasSuffix(".json") }

  /// What a model's files have in common: `folder/net` of `folder/net-symbol.json`.
  static func prefix(of path: String) -> String {
    if path.hasSuffix(".json") { return prefix(ofSymbol: path) }
    guard path.hasSuffix(arraysSuffix) else { return path }
    return String(path.dropLast(arraysSuffix.count + (epoch(of: path).map { $0.count + 1 } ?? 0)))
  }

  private static func prefix(ofSymbol path: String) -> String {
    String(path.dropLast(path.hasSuffix(symbolSuffix) ? symbolSuffix.count : ".json".count))
  }

  /// The digits of `PREFIX-0007.params`.
  private static func epoch(of path: String) -> String? {
    let digits = path.dropLast(arraysSuffix.count).reversed().prefix { "0123456789".contains($0) }.reversed()
    let before = path.dropLast(arraysSuffix.count + digits.count)
    return digits.count >= 4 && before.last == "-" ? String(digits) : nil
  }

  private static func exists(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
  }

  /// The arrays of the highest epoch, or `PREFIX.params`.
  private static func newestArrays(_ prefix: String, of symbol: String) throws -> String {
    let folder = FileBytes.folder(of: prefix)
    let stem = FileBytes.name(of: prefix) + "-"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let epochs = names.compactMap { name -> (number: Int, name: String)? in
      guard name.hasPrefix(stem), name.hasSuffix(arraysSuffix), let digits = epoch(of: name),
        name.count == stem.count + digits.count + arraysSuffix.count, let number = Int(digits)
      else { return nil }
      return (number, name)
    }
    if let newest = epochs.max(by: { ($0.number, $0.name) < ($1.number, $1.name) }) {
      return String(prefix.dropLast(stem.count - 1)) + newest.name
    }
    guard exists(prefix + arraysSuffix) else {
      throw FormatError.missingPartner(file: symbol, partner: "\(prefix)-0000\(arraysSuffix)")
    }
    return prefix + arraysSuffix
  }
}
