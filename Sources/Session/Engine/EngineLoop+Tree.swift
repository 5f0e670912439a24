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

  /// Makes an iteration of the weights of a file, and measures it.
  func adopt(_ workbench: Workbench, _ path: String, prefix: String?) throws {
    let adoption = try workbench.adoptWeights(from: path, prefix: prefix)
    leaveNetwork()
    changeNetwork()
    log(.success, "Took \(adoption.tensors) tensors of \(path).")
    for note in adoption.notes { log(.note, note) }
    startTiming(workbench)
    guard workbench.dataset != nil else { return }
    try startEvaluating(workbench)
    try startScoring(criterion, workbench)
  }
}
