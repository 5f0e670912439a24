import Foundation
import TestSupport
import Testing

/// The built `secateur`, as scripts run it.
enum Program {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let samples = root.appending(path: "SampleModels")

  /// The executable beside the test bundle.
  static let executable: String = {
    var folder = Bundle.main.bundleURL
    if folder.pathExtension == "xctest" { folder.deleteLastPathComponent() }
    return folder.appending(path: "secateur").path
  }()

  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    try launch(executable, arguments, environment: environment)
  }

  static func launch(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Outcome {
    // Files, not pipes: a pipe that fills up while the other one is read would stop the program.
    let folder = try TemporaryFolder()
    let (output, errors) = (folder.path("out"), folder.path("err"))
    // Not Foundation's `Process`: it takes a program for running as long as a daemon that it left behind, such
    // as the terminal's server, holds a descriptor open.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (descriptor, file) in [(Int32(1), output), (2, errors)] {
      posix_spawn_file_actions_addopen(&actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    // Tests run on threads that block signals; programs must not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // A terminal that the tests were started from is none of the programs': they would take it for theirs, and wait.
    #if os(Linux)
      let ownSession: Int32 = 0x80  // glibc defines the name for GNU's sources alone.
    #else
      let ownSession = POSIX_SPAWN_SETSID
    #endif
    posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | ownSession))
    // Many programs run beside each other here: two threads that wait for each other at every layer would fall to a
    // fraction of the speed of one.
    let variables = ["SECATEUR_THREADS": "1"].merging(ProcessInfo.processInfo.environment) { $1 }
      .merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let failure = withCStrings([path] + arguments) { words in
      withCStrings(variables) { posix_spawn(&process, path, &actions, &attributes, words, $0) }
    }
    try #require(failure == 0, "\(path) cannot be started")
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 { try #require(errno == EINTR) }
    func text(_ file: String) -> String {
      String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
    // As a shell has it: 128 and the signal's number for a program that was ended by one.
    let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(code: code, output: text(output), errors: text(errors))
  }

  /// Texts as C has them, in an array that ends with a null pointer.
  private static func withCStrings<T>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> T
  ) -> T {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
  }

  /// The path of a command, or `nil` where the machine has none.
  static func find(_ command: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").lazy
      .map { "\($0)/\(command)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
