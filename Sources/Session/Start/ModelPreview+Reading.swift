import Files
import Foundation
import Graph
import Pruning

extension ModelPreview {
  /// Opens what an entry names, and says what it is and what was kept of it. Nothing is computed, and nothing written.
  ///
  /// - Throws: what opening the model throws. A session that cannot be read is none.
  package init(reading entry: StartEntry) throws {
    let workbench = try Workbench(opening: entry.path, inputShapes: entry.inputShapes)
    let (opened, layers) = (workbench.current, workbench.current.groups.layers)
    let folder =
      entry.session.map { SessionFolder($0) }
      ?? .standard(model: workbench.path, fingerprint: workbench.fingerprint)
    self.init(
      model: ModelSummary(workbench), layers: layers.count, prunableLayers: layers.count { $0.isPrunable },
      removableKernels: opened.groups.prunableKernelCount(minimumKept: 1),
      parameters: opened.summary.parameters, multiplyAccumulates: opened.summary.multiplyAccumulates,
      session: Session(reading: folder, fingerprint: workbench.fingerprint))
  }
}

extension ModelPreview.Session {
  /// What the journal of a session says; `nil` where there is none of this model, or none that can be read.
  init?(reading folder: SessionFolder, fingerprint: String) {
    guard folder.exists, let root = try? Folder(folder.path),
      let lines = (try? Journal.read(in: root))?.lines, lines.first?.header?.fingerprint == fingerprint
    else { return nil }
    self.init()
    var states: [Int: JournalLine.IterationState] = [:]
    for line in lines {
      if let state = line.iteration { states[state.id] = state }
      for id in line.deleted ?? [] { states[id] = nil }
      current = line.current ?? current
    }
    iterations = states.values.count { $0.parent != nil }
    let measured = states.values.compactMap { state in
      state.parent == nil ? nil : state.evaluation?.accuracy.map { Best(id: state.id, accuracy: $0) }
    }
    best = measured.max { ($0.accuracy, -$0.id) < ($1.accuracy, -$1.id) }
    lastUsed = folder.lastUsed?.timeIntervalSince1970
    bytes = folder.bytes
  }
}
