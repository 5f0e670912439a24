import Foundation
import Pruning

/// What narrows the PyTorch module that the model came from.
extension Workbench {
  /// Writes Python that narrows the author's own module as the current iteration is narrower than the original.
  ///
  /// - Returns: what somebody should know of it, a sentence each.
  /// - Throws: `emptySelection` where nothing was removed.
  @discardableResult
  package func writePyTorch(to path: String) throws -> [String] {
    let kept = try plan.keptOfOriginal()
    guard !kept.isEmpty else { throw SessionError.emptySelection }
    let narrowing = try ModuleNarrowing(of: history.original.network, keeping: kept, options: options)
    let chain = sequence(first: history.now) { [history] in $0.parent.flatMap { history[$0] } }
    let name = (path as NSString).lastPathComponent
    let text = narrowing.python(
      ModuleNarrowing.Subject(
        model: (self.path as NSString).lastPathComponent, iteration: "iteration \(history.current)",
        isTrained: chain.contains { !$0.changes.isEmpty }, module: (name as NSString).deletingPathExtension,
        adoption: "secateur adopt \(ShellWord(self.path)) trained.pth"))
    try Destination.write(text, to: path)
    return narrowing.notes
  }
}

extension ModuleNarrowing {
  /// What somebody should know before the module is narrowed.
  var notes: [String] {
    var notes: [String] = []
    if !sizes.isEmpty {
      let shown = sizes.prefix(4).map {
        "\($0.node)\($0.module.isEmpty ? "" : " in \($0.module)") (\($0.before) is \($0.after))"
      }.joined(separator: ", ")
      notes.append(
        "Sizes that may stand in a forward, where Python from outside cannot change them: \(shown)\(sizes.count > 4 ? " and \(sizes.count - 4) more" : "")."
      )
    }
    let unknown = parameters.filter(\.names.isEmpty).count
    if unknown > 0 {
      notes.append(
        "The file does not say what PyTorch calls \(unknown) parameter\(unknown == 1 ? "" : "s"): export the model with its names."
      )
    }
    return notes
  }
}
