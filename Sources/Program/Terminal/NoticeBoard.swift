import Foundation
import Screens
import TerminalHost
import TerminalUI

/// What the terminal is told beside the screen: its title, how far work is, and that a long run ended.
struct NoticeBoard {
  private var pending: [TerminalNotice] = []
  private var title = ""
  private var percent: Int?
  private var running: (kind: String, began: Date)?

  /// A run of this many seconds may have been left alone.
  private static let longRun = 30.0

  mutating func add(_ notice: TerminalNotice) { pending.append(notice) }

  /// What is new since the last call.
  mutating func take(_ state: ProgramState) -> [TerminalNotice] {
    let work = state.engine.activity
    let fraction = work.flatMap { work -> Double? in
      work.progress.total > 0 ? Double(work.progress.done) / Double(work.progress.total) : nil
    }
    let shown = fraction.map { Int(($0 * 100).rounded()) }
    if shown != percent {
      percent = shown
      pending.append(.progress(shown.map { Double($0) / 100 }))
    }
    let name = state.engine.model.map { ($0.path as NSString).lastPathComponent } ?? "no model"
    let now = [work.map { $0.kind.rawValue + (shown.map { " \($0)%" } ?? "") }, name, "secateur"]
      .compactMap { $0 }.joined(separator: " · ")
    if now != title {
      title = now
      pending.append(.title(now))
    }
    if let running, running.kind != work?.kind.rawValue {
      if Date().timeIntervalSince(running.began) > Self.longRun {
        pending.append(.attention("secateur: \(running.kind) of \(name) ended"))
      }
      self.running = nil
    }
    if running == nil, let work { running = (work.kind.rawValue, Date()) }
    defer { pending = [] }
    return pending
  }
}
