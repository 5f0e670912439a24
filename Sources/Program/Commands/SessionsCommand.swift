import ArgumentParser
import Foundation
import Session
import TerminalUI

struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "Lists the sessions that are kept, and removes them.",
    discussion: """
      A session holds what was made of a model: the iterations with their weights, scores, curves and measurements. It \
      stands in the user's state folder ($XDG_STATE_HOME/secateur, or ~/.local/state/secateur), one for each model, \
      unless --session names another. `secateur --resume` goes on with the one used last.

      EXAMPLES
        secateur sessions
        secateur sessions --delete resnet18-5f0c3e1a2b4d
      """)

  @Option(
    help: ArgumentHelp("Remove this session, by its name in the list.", valueName: "name"),
    completion: .custom { _, _, _ in SessionFolder.all.map(\.name) })
  var delete: String?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reporting {
      if let delete {
        guard let folder = SessionFolder.all.first(where: { $0.name == delete }) else {
          throw SessionError.noSession
        }
        try folder.delete()
        return Console.result("removed \(folder.path)")
      }
      let entries = SessionFolder.all.map(Entry.init)
      if json { Console.json(entries) } else { Console.result(Entry.text(entries)) }
    }
  }

  /// A session as it is listed.
  struct Entry: Encodable {
    let name: String
    let model: String?
    let path: String
    let lastUsed: Double?
    let bytes: Int

    init(_ folder: SessionFolder) {
      name = folder.name
      model = try? Workbench.model(of: folder).path
      path = folder.path
      lastUsed = folder.lastUsed?.timeIntervalSince1970
      bytes = folder.bytes
    }

    static func text(_ entries: [Entry]) -> TerminalText {
      guard !entries.isEmpty else { return "No sessions are kept in \(SessionFolder.standardRoot)." }
      var table = TextTable([("NAME", .left), ("LAST USED", .left), ("SIZE", .right), ("MODEL", .left)])
      for entry in entries {
        let date = entry.lastUsed.map { seconds in
          Date(timeIntervalSince1970: seconds).formatted(
            .iso8601.year().month().day().dateSeparator(.dash).dateTimeSeparator(.space)
              .time(includingFractionalSeconds: false).timeSeparator(.colon))
        }
        table.add([entry.name, date ?? "", Quantity.bytes(entry.bytes), entry.model ?? "(damaged)"])
      }
      return table.text
    }
  }
}
