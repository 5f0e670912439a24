import ArgumentParser
import Pruning

/// The help topic `criteria`: `secateur help criteria` shows its discussion, and so does the command itself.
struct CriteriaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "criteria",
    abstract: "Explains how kernels can be scored.",
    discussion: CriteriaReport().text)

  @Flag(help: "Print JSON.") var json = false

  func run() {
    let report = CriteriaReport()
    if json { Console.json(report.criteria) } else { Console.result(report.text) }
  }
}

/// What there is to know of every criterion.
struct CriteriaReport {
  struct Entry: Encodable {
    let name: String
    let summary: String
    let formula: String
    let paper: String
    let advice: String
    let needsData: Bool
    let needsLoss: Bool
    let scoresGroups: Bool
    let normalization: String
  }

  let criteria = Criterion.allCases.map { criterion in
    let definition = criterion.definition
    return Entry(
      name: criterion.rawValue, summary: definition.summary, formula: definition.formula,
      paper: definition.paper, advice: definition.advice, needsData: criterion.needsData,
      needsLoss: criterion.needsLoss, scoresGroups: criterion.scoresAtoms,
      normalization: definition.normalization.rawValue)
  }

  var text: String {
    let entries = criteria.map { entry in
      let needs = entry.needsLoss ? "data with labels" : entry.needsData ? "data" : "nothing but the weights"
      return """
        \(entry.name)
          \(entry.summary); needs \(needs)
          score:  \(entry.formula)
          layers: \(Self.words(entry.normalization))
          from:   \(entry.paper)
          \(entry.advice)
        """
    }
    return Self.introduction + "\n\n" + entries.joined(separator: "\n\n")
  }

  private static let introduction = """
    A score says how much a kernel matters; the lowest go first. Scores from data are means over the examples. z is \
    what a kernel's consumers see of it: its output behind the normalization and the activation function that follow.

    Scores are made comparable between layers (--normalization none, l2, mean or max: divided by nothing, or by that \
    of the layer's scores; each criterion has its usual one), those of kernels that can only go together become one \
    (--aggregation sum, mean, max or first; criteria that score such kernels together have one already), and costly \
    kernels may be charged for (--mac-penalty λ: score − λ · millions of multiply-accumulates of the kernels that go \
    together; Molchanov et al. 2017, §2.2).
    """

  private static func words(_ normalization: String) -> String {
    normalization == Normalization.none.rawValue
      ? "compared as they are" : "each divided by its \(normalization) (--normalization \(normalization))"
  }
}
