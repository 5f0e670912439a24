/// What is done to the tree.
extension EngineLoop {
  func deleteBranch(_ workbench: Workbench, from iteration: Int) throws {
    let before = workbench.history.current
    let count = workbench.history.branch(from: iteration).count
    try workbench.deleteBranch(from: iteration)
    forgetStaleEvaluations()
    log(
      .note,
      count == 1
        ? "Deleted iteration \(iteration)." : "Deleted iteration \(iteration) and \(count - 1) made from it.")
    guard workbench.history.current != before else { return }
    leaveNetwork()
    changeNetwork()
  }
}
