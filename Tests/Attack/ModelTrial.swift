import Compute
import Errors
import Formats
import Foundation
import Graph
import Pruning
import Session

/// What a user does with a model of a stranger: opens it, asks what can go and why, prunes half of it, has that checked,
/// writes it and opens the result.
struct ModelTrial {
  let folder: String
  let ending: String

  /// - Parameters:
  ///   - files: names and bytes; the first is opened.
  ///   - shapes: of the inputs that the model leaves open.
  func outcome(
    _ files: [(name: String, bytes: Data)], _ mutator: inout Mutator, open shapes: [String: [Int]]
  ) -> Outcome {
    for file in files {
      do { try file.bytes.write(to: URL(fileURLWithPath: "\(folder)/\(file.name)")) } catch {
        return Outcome(stage: "not stored", fault: "\(error)")
      }
    }
    var stage = "opening"
    do {
      let path = "\(folder)/\(files[0].name)"
      let model = try opened(path, shapes)
      stage = "explaining"
      let opened = model.current
      for index in opened.groups.layers.indices.prefix(8) { _ = opened.groups.explain(layer: index) }
      _ = PrunableInformation(model)
      stage = "selecting"
      guard opened.groups.layers.contains(where: \.isPrunable) else {
        return Outcome(stage: "nothing prunable")
      }
      let scope = mutator.once(in: 2) ? Scope.global : .layer
      let found = try PruningSettings().proposal(
        .percent(50), scope: scope, scores: model.scores, groups: opened.groups, bound: opened.bound)
      let preview = Preview(found.selection, groups: opened.groups, bound: opened.bound)
      stage = "removing"
      try model.prune(found.selection, settings: found.settings)
      stage = "writing"
      let written = "\(folder)/pruned.\(ending)"
      try model.export(to: written, overwriting: true)
      stage = "reading again"
      do {
        let again = try self.opened(model.mainFile(writtenTo: written), shapes)
        let (read, made) = (again.current.summary.parameters, model.current.summary.parameters)
        // A parameter of a program of which a part is changed in place is counted once for each part until it is written.
        if ending == "pt2" ? read > made : read != made {
          return Outcome(stage: stage, fault: "what was written has another number of parameters")
        }
      } catch { return Outcome(stage: stage, fault: "what was written cannot be read again: \(error)") }
      stage = "checking"
      guard opened.summary.multiplyAccumulates < 3_000_000, preview.peakMemory.before < 16_000_000 else {
        return Outcome(stage: "done unchecked")
      }
      guard let verification = try model.verification(examples: 2) else { return .done }
      return verification.holds ? .done : Outcome(stage: "differs")
    } catch let error as any ExplainedError {
      guard !error.sentence.isEmpty, !error.remedy.isEmpty else {
        return Outcome(stage: stage, fault: "an error without words: \(error)")
      }
      return Outcome(stage: "refused in \(stage)")
    } catch {
      return Outcome(stage: stage, fault: "an error of no known type: \(error)")
    }
  }

  private func opened(_ path: String, _ shapes: [String: [Int]]) throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    return try Workbench(opening: path, inputShapes: shapes, options: options)
  }
}
