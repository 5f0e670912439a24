import Foundation
import TestSupport
import Testing

/// A real terminal: tmux on a socket of its own, driven by keys and read as text.
final class TerminalSession {
  /// Whether there is a tmux to drive.
  static var isAvailable: Bool { Program.find("tmux") != nil }

  private let socket = "secateur-\(UUID().uuidString.prefix(8))"
  private let tmux: String
  private let folder: TemporaryFolder
  private var kept: [AnyObject] = []

  /// What the shell says when it waits for a line.
  static let prompt = "shell%"

  /// Starts a shell in a terminal of the given size; `secateur` is on its path.
  ///
  /// - Parameter environment: variables of the shell, `TERM` among them where it matters.
  init(width: Int = 80, height: Int = 24, environment: [String: String] = [:]) throws {
    tmux = try #require(Program.find("tmux"))
    folder = try TemporaryFolder()
    // The user's own configuration and history must not change what is tested.
    let programs = (Program.executable as NSString).deletingLastPathComponent
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    var shell = [
      "env", "-u", "NO_COLOR", "-u", "XDG_CONFIG_HOME", "-u", "XDG_CACHE_HOME", "-u", "XDG_STATE_HOME",
    ]
    shell += [
      "HOME=\(folder.path("home"))", "LC_ALL=C.UTF-8", "PS1=\(Self.prompt)", "PATH='\(programs):\(path)'",
    ]
    shell += environment.map { "\($0.key)=\($0.value)" }.sorted() + ["bash", "--norc", "--noprofile"]
    try command(
      [
        "-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)",
        shell.joined(separator: " "),
      ])
    try command(["set-option", "-g", "status", "off"])
    try command(["set-option", "-g", "default-terminal", "tmux-256color"])
    try waitForShell()
  }

  /// Opens the sample in a terminal and waits for its table.
  static func opening(
    _ sample: Sample, width: Int = 80, height: Int = 24, environment: [String: String] = [:],
    command: String = "secateur reference.onnx"
  ) throws -> TerminalSession {
    let terminal = try TerminalSession(width: width, height: height, environment: environment)
    terminal.keep(sample)
    try terminal.enter("cd \(sample.folder.url.path)")
    try terminal.enter("clear")
    try terminal.enter(command)
    try terminal.wait(for: "LAYER")
    return terminal
  }

  /// The session that the program keeps, once it does: the only one of this terminal's user.
  var keptSession: URL? {
    let sessions = URL(filePath: folder.path("home/.local/state/secateur/sessions"))
    return try? FileManager.default.contentsOfDirectory(at: sessions, includingPropertiesForKeys: nil).first
  }

  /// Keeps something for as long as the terminal, such as the folder that its shell is in.
  func keep(_ object: AnyObject) { kept.append(object) }

  deinit {
    // What ran in it may still be saving its session: its folder goes when it has ended.
    let running = processes
    _ = try? Program.launch(tmux, ["-L", socket, "kill-server"])
    let end = ContinuousClock.now + .seconds(10)
    while running.contains(where: { kill($0, 0) == 0 }), ContinuousClock.now < end {
      Thread.sleep(forTimeInterval: 0.005)
    }
  }

  /// What runs in the terminal, the shell first.
  private var processes: [pid_t] {
    guard let ps = Program.find("ps"),
      let tty = try? Program.launch(tmux, ["-L", socket, "display-message", "-p", "#{pane_tty}"]).output,
      let listed = try? Program.launch(
        ps, ["-t", tty.trimmingCharacters(in: .whitespacesAndNewlines), "-o", "pid="])
    else { return [] }
    return listed.output.split { $0.isWhitespace }.compactMap { pid_t($0) }
  }

  /// Takes the terminal away from what runs in it, as a window that is closed does.
  func close() throws { try command(["kill-server"]) }

  /// Types a line to the shell.
  func enter(_ line: String) throws {
    try command(["send-keys", "-l", line])
    try command(["send-keys", "Enter"])
  }

  /// Presses keys, one after the other, by tmux's names.
  ///
  /// What is pressed right behind `Escape` can reach the program together with it, which is Alt and that key: wait for
  /// what Escape does first.
  func press(_ keys: String...) throws { for key in keys { try command(["send-keys", key]) } }

  /// Types text as it is.
  func type(_ text: String) throws { try command(["send-keys", "-l", text]) }

  /// Pastes text: between the marks of a bracketed paste where the program asked for them.
  func paste(_ text: String) throws {
    let file = folder.path("pasted")
    try Data(text.utf8).write(to: URL(filePath: file))
    try command(["load-buffer", file])
    try command(["paste-buffer", "-p"])
  }

  /// Makes the terminal another size.
  func resize(width: Int, height: Int) throws {
    try command(["resize-window", "-x", "\(width)", "-y", "\(height)"])
  }

  /// The lines of the screen.
  func screen() throws -> [String] { Self.lines(try command(["capture-pane", "-p"])) }

  /// The lines of the screen with the escape sequences that colour them.
  func styledScreen() throws -> [String] { Self.lines(try command(["capture-pane", "-p", "-e"])) }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The title of the terminal's window.
  func title() throws -> String {
    try command(["display-message", "-p", "#{pane_title}"]).split(separator: "\n").first.map(String.init)
      ?? ""
  }

  /// Waits until the shell asks for a line: the last thing on the screen is its prompt.
  func waitForShell(sourceLocation: SourceLocation = #_sourceLocation) throws {
    try wait(what: "the shell's prompt", sourceLocation: sourceLocation) {
      $0.last { !$0.isEmpty }?.hasSuffix(Self.prompt) == true
    }
  }

  /// Waits until the screen has `text`; fails with the screen where it does not come.
  func wait(for text: String, seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation) throws
  {
    try wait(seconds: seconds, what: "“\(text)”", sourceLocation: sourceLocation) {
      $0.contains { $0.contains(text) }
    }
  }

  /// Waits until the screen no longer has `text`.
  func wait(without text: String, seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    try wait(seconds: seconds, what: "no “\(text)”", sourceLocation: sourceLocation) {
      !$0.contains { $0.contains(text) }
    }
  }

  /// Waits until the screen satisfies a condition.
  func wait(
    seconds: Double = 60, what: String, sourceLocation: SourceLocation = #_sourceLocation,
    until condition: ([String]) throws -> Bool
  ) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    var last: [String] = []
    while ContinuousClock.now < end {
      last = try screen()
      if try condition(last) { return }
      Thread.sleep(forTimeInterval: 0.03)
    }
    throw Timeout(line: sourceLocation.line, what: what, screen: last)
  }

  /// A screen that did not come, as it was at the end.
  struct Timeout: Error, CustomStringConvertible {
    var line: Int
    var what: String
    var screen: [String]

    /// In ASCII: the test runner drops a message where its buffer ends within another character.
    var description: String {
      let lines = screen.map { String($0.map { $0.isASCII ? $0 : "." }) }
      return "line \(line): the screen did not show \(what):\n\(lines.joined(separator: "\n"))"
    }
  }

  @discardableResult
  private func command(_ arguments: [String]) throws -> String {
    let outcome = try Program.launch(tmux, ["-L", socket] + arguments)
    if outcome.code != 0 { Issue.record("tmux \(arguments): \(outcome.errors)") }
    return outcome.output
  }
}
