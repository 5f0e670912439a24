import Datasets
import Dispatch
import Errors
import Foundation
import Screens
import Session
import Synchronization
import Training

/// Looks for what the start screen offers and reads its previews, beside the keys: a model of hundreds of megabytes holds up none.
final class StartReader: Sendable {
  private let previews = DispatchQueue(label: "secateur.previews", qos: .utility)
  private let files = DispatchQueue(label: "secateur.recent", qos: .utility)
  /// What is to be read next: who moves on does not wait for what was passed by.
  private let awaited = Mutex<StartEntry?>(nil)
  private let answer: @Sendable (Action) -> Void

  /// - Parameter answer: takes what was found, on any thread.
  init(answer: @escaping @Sendable (Action) -> Void) { self.answer = answer }

  /// Looks for samples, what was opened before, and models in the working folder.
  func list() {
    files.async { [answer] in
      let samples = Resources.folder(named: "SampleModels").map(Self.samples) ?? []
      answer(
        .startListed(
          samples + StartEntry.recent() + Self.models(in: FileManager.default.currentDirectoryPath)))
    }
  }

  /// Reads what is to be said of an entry, unless another one is asked for before that begins.
  func preview(_ entry: StartEntry) {
    awaited.withLock { $0 = entry }
    previews.async { [self] in
      let isAwaited = awaited.withLock { next in
        guard next == entry else { return false }
        next = nil
        return true
      }
      guard isAwaited else { return }
      let found = Result { try ModelPreview(reading: entry) }
      answer(.previewed(entry, found.mapError { CaughtError(worded: $0) }))
    }
  }

  /// Remembers that a model was opened; failing to is no reason to stop.
  func note(_ entry: RecentModels.Entry) {
    files.async { try? RecentModels.note(entry) }
  }

  /// Waits until what was opened is remembered.
  func finish() { files.sync {} }

  /// The models of a folder.
  private static func models(in folder: String) -> [StartEntry] {
    // Of an MXNet model's two files the symbol stands for both.
    PathCompletion.candidates(for: folder + "/", of: .models)
      .filter { !$0.hasSuffix("/") && !$0.hasSuffix(".params") }.map { StartEntry(.file, path: $0) }
  }

  /// The samples, the one that the tour takes first.
  private static func samples(in folder: String) -> [StartEntry] {
    let names = [SampleNetwork.residual] + SampleNetwork.allCases.filter { $0 != .residual }
    return names.map { "\(folder)/\($0.rawValue).onnx" }
      .filter { FileManager.default.fileExists(atPath: $0) }.map { StartEntry(.sample, path: $0) }
  }
}
