import ArgumentParser
import Pruning
import TerminalUI

/// The help topic `criteria`: `secateur help criteria` shows its discussion, and so does the command itself.
struct CriteriaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "criteria",
    abstract: "Explains how kernels can be scored.",
    discussion: CriteriaReport().text)

  @Flag(help: "Print JSON.") var json = false

  func run() {
    let report = CriteriaReport()
    if json { Console.json(report.criteria) } else { Console.result(TerminalText(lines: report.text)) }
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
  }

  let criteria = Criterion.allCases.map { criterion in
    let definition = criterion.definition
    return Entry(
      name: criterion.rawValue, summary: definition.summary, formula: definition.formula,
      paper: definition.paper, advice: definition.advice, needsData: criterion.needsData,
      needsLoss: criterion.needsLoss, scoresGroups: criterion.scoresUnits)
  }

  var text: String {
    let entries = criteria.map { entry in
      let isGiven = entry.name == Criterion.external.rawValue
      let needs =
        entry.needsLoss
        ? "data with labels" : entry.needsData ? "data" : isGiven ? "a file" : "nothing but the weights"
      return """
        \(entry.name)
          \(entry.summary); needs \(needs)
          score: \(entry.formula)
          from: \(entry.paper)
          \(entry.advice)
        """
    }
    return Self.introduction + "\n\n" + entries.joined(separator: "\n\n")
  }

  private static let introduction = """
    A score says how much a kernel matters; the lowest go first. Scores from data are means over the examples. z is \
    what a kernel's consumers see of it: its output behind the normalization and the activation function that follow.

    The scores of a layer are divided by their mean, so that layers can be compared (--normalization none, l2, mean \
    or max). Scores of kernels that can only go together become one (--aggregation sum, mean, max or first; \
    without it what was measured on data is added up and of magnitudes of weights the largest counts; criteria that measure such \
    kernels together have one score already). Costly kernels may be charged for (--mac-penalty λ: \
    score − λ · millions of multiply-accumulates of the kernels that go together; Molchanov et al. 2017, §2.2).
    """
}
