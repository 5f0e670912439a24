import Files
import Foundation
import Pruning

/// Times of layers that were measured on this machine, kept in a file from one session to the next. Used on one
/// thread.
///
/// What is measured once stays: the same command chooses the same widths tomorrow. Removing the file has
/// everything measured anew.
public final class LatencyCache {
  private struct Contents: Codable {
    /// Times on grids of widths, by what the layers have in common.
    var grids: [String: LatencyTable.Layer] = [:]
    /// Times at single widths with all input channels, likewise.
    var widths: [String: [Int: Double]] = [:]
    /// The shortest times of whole networks.
    var networks: [String: Double] = [:]
  }

  private let path: String?
  private var contents = Contents()
  private var isSaved = true
  private var lastSaved = ContinuousClock.now

  /// What is kept at `path`; anything unreadable there is measured again. `nil` keeps times in memory only.
  public init(path: String? = LatencyCache.standardPath) {
    self.path = path
    if let path, let folder = try? Folder(Folder.path(above: path)),
      let data = try? folder.contents(of: (path as NSString).lastPathComponent),
      let read = try? JSONDecoder().decode(Contents.self, from: data)
    {
      contents = read
    }
  }

  /// The file in the user's cache folder.
  public static var standardPath: String {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? NSHomeDirectory()
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.cache"
    return "\(base)/secateur/latency.json"
  }

  func grid(_ key: String) -> LatencyTable.Layer? { contents.grids[key] }

  func widths(_ key: String) -> [Int: Double] { contents.widths[key] ?? [:] }

  /// The shorter of a network's time and the shortest that was seen before.
  func shortest(_ seconds: Double, for key: String) -> Double {
    if let known = contents.networks[key], known > 0, known <= seconds { return known }
    contents.networks[key] = seconds
    changed()
    return seconds
  }

  func keep(_ grid: LatencyTable.Layer, for key: String) {
    contents.grids[key] = grid
    changed()
  }

  func keep(_ widths: [Int: Double], for key: String) {
    contents.widths[key, default: [:]].merge(widths) { _, new in new }
    changed()
  }

  /// A disk may take longer to write a file than a layer takes to be measured.
  private func changed() {
    isSaved = false
    if ContinuousClock.now - lastSaved > .seconds(5) { save() }
  }

  /// Writes what is new to the file; a cache that cannot be written costs only time.
  func save() {
    guard !isSaved else { return }
    isSaved = true
    lastSaved = .now
    guard let path, let data = try? JSONEncoder().encode(contents) else { return }
    let folder = Folder.path(above: path)
    try? Folder.make(folder, permissions: 0o700)
    guard let folder = try? Folder(folder) else { return }
    try? FileReplacement.write(data, to: (path as NSString).lastPathComponent, in: folder)
  }
}
