import Errors
import Files
import Foundation
import Screens
import Session
import TerminalUI

/// What a user set up: themes, the one chosen, keys, panes. It stands in the XDG configuration folder.
struct UserConfiguration {
  let themes: [Theme]
  let themeName: String?
  let keys: [String: [Key]]
  /// Which panes were shown last, and how large.
  let layout: KeptLayout?
  /// How workers are started, where nothing else is said.
  let workers: String?
  /// Filters of layers that were given names.
  let filters: [String: String]
  /// Lines about files that could not be used.
  let complaints: [String]
  private let folder: String

  /// Where it stands.
  static var folder: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSHomeDirectory()
    let base = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
    return "\(base)/secateur"
  }

  init(folder: String = UserConfiguration.folder) {
    self.folder = folder
    var themes = [Theme.builtIn]
    var complaints: [String] = []
    for directory in [Resources.folder(named: "Themes"), "\(folder)/themes"].compactMap({ $0 }) {
      for file in Resources.files(in: directory, withExtension: "theme") {
        do {
          let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
          let text = String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
          let theme = try Theme(parsing: text, name: name, file: file)
          if let index = themes.firstIndex(where: { $0.name == theme.name }) {
            themes[index] = theme
          } else {
            themes.append(theme)
          }
        } catch { complaints.append(CaughtError(error).sentence) }
      }
    }
    self.themes = themes
    themeName = Self.text("\(folder)/theme")
    layout = Self.text("\(folder)/layout").flatMap(KeptLayout.init)
    workers = Self.text("\(folder)/workers").flatMap { $0.isEmpty ? nil : $0 }
    do {
      let read = try Self.keys(in: Self.text("\(folder)/keys") ?? "")
      complaints += try ProgramState.checkKeySettings(read).map { "\(folder)/keys: \($0)" }
      keys = read
    } catch {
      keys = [:]
      complaints.append("\(folder)/keys: \(CaughtError(error).advice)")
    }
    filters = Dictionary(
      Self.lines(of: Self.text("\(folder)/filters") ?? ""), uniquingKeysWith: { _, last in last })
    self.complaints = complaints
  }

  /// Remembers filters.
  func save(filters: [String: String]) {
    save(filters.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined(), as: "filters")
  }

  /// Remembers a layout.
  func save(layout: KeptLayout) { save("\(layout.text)\n", as: "layout") }

  /// Remembers a theme.
  func save(theme name: String) { save("\(name)\n", as: "theme") }

  /// Writes a file of the folder; failing to is no reason to stop.
  private func save(_ text: String, as name: String) {
    try? Destination.makeFolder(folder)
    try? Destination.write(text, to: "\(folder)/\(name)")
  }

  /// Lines of `binding = key key …`; `#` begins a comment.
  private static func keys(in text: String) throws -> [String: [Key]] {
    var keys: [String: [Key]] = [:]
    for (id, names) in lines(of: text) {
      keys[id] = try names.split(separator: " ").map { name in try Key(name: String(name)) }
    }
    return keys
  }

  /// Lines of `name = value`; `#` begins a comment.
  private static func lines(of text: String) -> [(String, String)] {
    text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path)
      .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
  }
}

/// Folders that ship with the program: themes and sample models.
enum Resources {
  /// The folder of that name: where `SECATEUR_HOME` says, or above the working directory or the executable.
  static func folder(named name: String) -> String? {
    var roots: [String] = []
    if let home = ProcessInfo.processInfo.environment["SECATEUR_HOME"] { roots.append(home) }
    let executable = Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? CommandLine.arguments[0]
    for start in [executable, FileManager.default.currentDirectoryPath] {
      var path = start as NSString
      for _ in 0..<6 {
        roots.append(path as String)
        roots.append(path.appendingPathComponent("share/secateur"))
        path = Folder.path(above: path as String) as NSString
      }
    }
    return roots.lazy.map { ($0 as NSString).appendingPathComponent(name) }.first { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
  }

  static func files(in folder: String, withExtension suffix: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasSuffix("." + suffix)
    }
    .sorted().map { "\(folder)/\($0)" }
  }
}
