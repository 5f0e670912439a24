import Compute
import Datasets
import Errors
import Foundation
import Graph
import Pruning
import Session
import TestSupport
import Testing
import Training

/// What is kept of a session, and what a program that comes later makes of it.
@Suite struct SessionStoreTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var index: SessionFolder { SessionFolder(folder.path("session")) }

  private func open(keeping: Bool = true) throws -> Workbench {
    var options = ComputeOptions()
    options.threads = 1
    let workbench = try Workbench(opening: TaylorFixture.path("model.onnx"), options: options)
    if keeping { try workbench.keep(in: index) }
    return workbench
  }

  private func data() throws -> DatasetConfiguration {
    var configuration = DatasetConfiguration()
    configuration.data = [try TaylorFixture.path("data.npz")]
    configuration.loss = .crossEntropy
    // The last weights are kept, whatever a handful of examples says of them.
    configuration.validation = 0
    return configuration
  }

  private func prune(_ workbench: Workbench, percent: Double) throws {
    let proposal = try PruningSettings().proposal(
      .percent(percent), scope: .layer, scores: workbench.scores, groups: workbench.current.groups,
      bound: workbench.current.bound)
    try workbench.prune(proposal.selection, settings: proposal.settings)
  }

  private func recover(_ workbench: Workbench, _ methods: Set<RecoveryMethod>) throws {
    let run = try workbench.recoveryRun(RecoverySettings(methods: methods, examples: 16))
    while try run.step() {}
    workbench.adopt(run, for: workbench.history.current)
  }

  private func settings(epochs: Int = 2) -> TrainingSettings {
    var settings = TrainingSettings(epochs: epochs, batchSize: 7)
    settings.rate = 0.01
    return settings
  }

  private func train(_ workbench: Workbench, epochs: Int = 2) throws {
    let run = try workbench.trainingRun(settings(epochs: epochs))
    while try run.step() {}
    try workbench.adopt(run, for: workbench.history.current)
  }

  private func prints(_ workbench: Workbench) -> [Int: String] {
    workbench.history.iterations.reduce(into: [:]) { $0[$1.id] = $1.network.network.fingerprint }
  }

  /// A session with a bit of everything: a chain, a branch, names, recovery that adds biases, training.
  private func eventful() throws -> Workbench {
    let workbench = try open()
    try workbench.attach(try data())
    try prune(workbench, percent: 30)
    try recover(workbench, [.bias, .refit])
    workbench.record(
      Evaluation(examples: 21, loss: 0.5, accuracy: 0.75, accuracyInFive: 1, seconds: 0.1), for: 1)
    try train(workbench)
    try prune(workbench, percent: 20)
    workbench.record(
      latency: MeasuredLatency(
        seconds: 0.002, conditions: LatencyConditions(workbench.options), spread: 0.04,
        date: Date(timeIntervalSince1970: 1_700_000_000)), for: 2)
    try workbench.go(to: 0)
    try prune(workbench, percent: 50)
    try recover(workbench, [.bias])
    workbench.name(3, " rough ")
    try workbench.go(to: 2)
    return workbench
  }

  @Test func everythingIsThereAgain() throws {
    let first = try eventful()
    let (plan, fingerprints, history) = (first.plan.yaml, prints(first), first.history)
    // The first program goes without a word, as one that is killed does: nothing is written on leaving.
    let second = try open(keeping: false)
    first.stopKeeping()
    let resumption = try second.keep(in: index)
    #expect(resumption.iterations == 3 && resumption.isContinued && resumption.losses.isEmpty)
    #expect(resumption.holder == nil)
    #expect(second.plan.yaml == plan)
    #expect(prints(second) == fingerprints)
    #expect(second.history.current == 2 && second.history.iterations.map(\.parent) == [nil, 0, 1, 0])
    for (old, new) in zip(history.iterations, second.history.iterations) {
      #expect(old.name == new.name && old.title == new.title && old.latency == new.latency)
      #expect(
        old.evaluation == new.evaluation && old.trainings == new.trainings && old.recovery == new.recovery)
      #expect(old.asPruned?.network.fingerprint == new.asPruned?.network.fingerprint)
    }
    #expect(second.history[3]?.name == "rough" && second.history[1]?.trainings.count == 1)
    // And it can be checked, gone on with and exported as before.
    try second.attach(try #require(second.sessionData))
    #expect(try #require(try second.verification()).holds)
    try prune(second, percent: 40)
    #expect(second.history.current == 4)
  }

  @Test func anIterationThatOthersWereMadeFromIsTrainedInACopy() throws {
    let workbench = try open()
    try workbench.attach(try data())
    try prune(workbench, percent: 30)
    try prune(workbench, percent: 20)
    try workbench.go(to: 1)
    let before = try #require(workbench.history[1]).network.network.fingerprint
    try train(workbench)
    #expect(
      workbench.history[1]?.network.network.fingerprint == before && workbench.history[1]?.trainings == [])
    let copy = try #require(workbench.history[3])
    #expect(copy.parent == 0 && workbench.history.current == 3 && copy.trainings.count == 1)
    #expect(try #require(try workbench.verification()).holds)
    // The original is never changed.
    try workbench.go(to: 0)
    try train(workbench)
    #expect(workbench.history.now.parent == 0 && workbench.history.original.trainings.isEmpty)
    #expect(try workbench.verification() == nil)
  }

  @Test func recoveryDoesNotUndoATraining() throws {
    let workbench = try open()
    try workbench.attach(try data())
    try prune(workbench, percent: 30)
    try train(workbench)
    let error = #expect(throws: SessionError.self) { try recover(workbench, [.bias]) }
    #expect(error?.sentence.contains("trained") == true)
  }

  @Test func deletedBranchesStayDeletedAndTheirNumbersUnused() throws {
    let workbench = try eventful()
    let file = index.weightsPath("3-1")
    #expect(FileManager.default.fileExists(atPath: file))
    try workbench.deleteBranch(from: 1)
    #expect(workbench.history.current == 0 && workbench.history.iterations.map(\.id) == [0, 3])
    try workbench.deleteBranch(from: 3)
    #expect(!FileManager.default.fileExists(atPath: file))
    try prune(workbench, percent: 40)
    workbench.stopKeeping()
    let again = try open()
    #expect(again.history.iterations.map(\.id) == [0, 4] && again.history.current == 4)
    #expect(throws: SessionError.self) { try again.deleteBranch(from: 0) }
    #expect(throws: SessionError.self) { try again.go(to: 3) }
  }

  @Test func aSecondProgramReadsAndKeepsNothing() throws {
    let first = try eventful()
    let second = try open(keeping: false)
    let resumption = try second.keep(in: index)
    #expect(resumption.holder == getpid() && resumption.iterations == 3)
    let journal = FileManager.default.contents(atPath: index.journalPath)
    try prune(second, percent: 40)
    #expect(second.history.iterations.count == 5)
    #expect(FileManager.default.contents(atPath: index.journalPath) == journal)
    guard case .sessionInUse? = second.keepingFailure?.error as? SessionError else {
      Issue.record("the second program does not say that it keeps nothing")
      return
    }
    try prune(first, percent: 40)
    #expect(first.keepingFailure == nil)
  }

  @Test func nothingIsLeftOfASessionInWhichNothingHappened() throws {
    _ = try open()
    #expect(!FileManager.default.fileExists(atPath: index.path))
  }

  @Test func aSessionOfAnotherModelIsRefused() throws {
    _ = try eventful()
    let path = folder.path("other.onnx")
    let first = try open(keeping: false)
    try prune(first, percent: 30)
    try first.export(to: path, overwriting: false)
    let other = try Workbench(opening: path)
    let error = #expect(throws: SessionError.self) { try other.keep(in: index) }
    #expect(error?.sentence.contains("another model") == true)
  }

  @Test func anewPutsTheOldAside() throws {
    _ = try eventful()
    let aside = try #require(try index.putAside())
    #expect(aside.exists && !index.exists)
    #expect(try open().history.iterations.count == 1)
  }

  // MARK: What a file has

  /// A file vouches for the network that it holds, not for what became of the iteration since.
  @Test func whatChangesTheNetworkIsNotWritten() throws {
    let workbench = try open()
    try workbench.attach(try data())
    try prune(workbench, percent: 30)
    #expect(!workbench.history.now.isWritten && workbench.history.now.firstUnwrittenChange == nil)
    try workbench.export(to: folder.path("a.onnx"), overwriting: true)
    #expect(workbench.history.now.isWritten)
    workbench.record(
      Evaluation(examples: 21, loss: 0.5, accuracy: 0.75, accuracyInFive: 1, seconds: 0.1), for: 1)
    workbench.name(1, "small")
    #expect(workbench.history.now.isWritten, "what is measured and named is the same network")
    try recover(workbench, [.refit])
    try train(workbench)
    #expect(!workbench.history.now.isWritten)
    #expect(workbench.history.now.firstUnwrittenChange?.name == "refit")
    let file = try Workbench(opening: folder.path("a.onnx"))
    #expect(file.current.network.fingerprint == workbench.history.now.asPruned?.network.fingerprint)
    // It is known to whoever comes later, and a new file has it all.
    workbench.stopKeeping()
    let again = try open()
    #expect(!again.history.now.isWritten && again.history.now.firstUnwrittenChange?.name == "refit")
    try again.export(to: folder.path("a.onnx"), overwriting: true)
    #expect(again.history.now.isWritten && again.history.now.revision == 2)
    let whole = try Workbench(opening: folder.path("a.onnx"))
    #expect(whole.current.network.fingerprint == again.current.network.fingerprint)
    again.stopKeeping()
    #expect(try open().history.now.isWritten)
  }

  /// Journals of programs that did not count changes: what came behind the writing is not vouched for.
  @Test func olderJournalsAreReadForWhatTheySay() throws {
    let workbench = try open()
    try workbench.attach(try data())
    for percent in [30.0, 40] {
      try workbench.go(to: 0)
      try prune(workbench, percent: percent)
      try workbench.export(to: folder.path("a.onnx"), overwriting: true)
    }
    workbench.record(
      latency: MeasuredLatency(seconds: 0.002, conditions: LatencyConditions(workbench.options)), for: 2)
    try recover(workbench, [.bias])
    workbench.stopKeeping()
    let text = try String(contentsOfFile: index.journalPath, encoding: .utf8)
    let lines = try text.split(separator: "\n").map { line in
      var fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      if var iteration = fields["iteration"] as? [String: Any] {
        for name in ["latencyConditions", "latencySpread", "latencyDate"] { iteration[name] = nil }
        iteration["changes"] = nil
        iteration["writtenRevision"] = nil
        // Once written, always written: so it was.
        let isLater = ["exported", "recovered"].contains(fields["event"] as? String)
        iteration["isExported"] = isLater
        fields["iteration"] = iteration
      }
      return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: index.journalPath))
    let again = try open()
    #expect(again.history[1]?.isWritten == true)
    #expect(again.history[2]?.isWritten == false)
    #expect(again.history[2]?.firstUnwrittenChange?.name == "bias")
    // A time of which nobody knows how it was taken compares with none.
    let time = try #require(again.history[2]?.latency)
    #expect(time.seconds == 0.002 && !time.compares(under: LatencyConditions(again.options)))
    #expect(!time.compares(with: time))
  }

  // MARK: What a killed program leaves

  /// Wherever the journal ends: what its whole lines say is there.
  @Test func aTornJournalLosesOnlyItsLastLine() throws {
    try eventful().stopKeeping()
    let whole = try #require(FileManager.default.contents(atPath: index.journalPath))
    let lineEnds = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
    #expect(lineEnds.count > 10)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<40 {
      let end = Int(generator.unit() * Double(whole.count))
      try whole[..<end].write(to: URL(fileURLWithPath: index.journalPath))
      let lines = whole[..<((lineEnds.last { $0 < end } ?? -1) + 1)].split(separator: UInt8(ascii: "\n"))
      let made = try lines.compactMap { line in
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        let iteration = fields["iteration"] as? [String: Any]
        return iteration?["parent"] == nil ? nil : iteration?["id"] as? Int
      }
      let workbench = try open(keeping: false)
      let resumption = try workbench.keep(in: index)
      // Weights that a later line replaced are gone; what else was made is there.
      #expect(resumption.iterations + resumption.losses.count == Set(made).count)
      #expect(resumption.losses.count <= 2)
      workbench.stopKeeping()
    }
  }

  /// What comes next does not stand behind half a line.
  @Test func aTornJournalIsGoneOnWith() throws {
    let first = try open()
    try prune(first, percent: 30)
    first.stopKeeping()
    let whole = try #require(FileManager.default.contents(atPath: index.journalPath))
    try (whole + Data("{\"event\":\"pru".utf8)).write(to: URL(fileURLWithPath: index.journalPath))
    let second = try open()
    try prune(second, percent: 20)
    let plan = second.plan.yaml
    second.stopKeeping()
    let third = try open()
    #expect(third.history.iterations.map(\.id) == [0, 1, 2] && third.plan.yaml == plan)
  }

  @Test func damageInTheMiddleIsSaid() throws {
    try eventful().stopKeeping()
    var journal = try #require(FileManager.default.contents(atPath: index.journalPath))
    let end = try #require(journal.firstIndex(of: UInt8(ascii: "\n")))
    journal[end + 5] = 0
    try journal.write(to: URL(fileURLWithPath: index.journalPath))
    let error = #expect(throws: SessionError.self) { try open() }
    #expect(error?.sentence.contains("line 2") == true)
  }

  @Test func damagedWeightsCostTheirBranchOnly() throws {
    try eventful().stopKeeping()
    try Data("nothing".utf8).write(to: URL(fileURLWithPath: index.weightsPath("1-2")))
    let workbench = try open(keeping: false)
    let resumption = try workbench.keep(in: index)
    #expect(resumption.losses.count == 2 && workbench.history.iterations.map(\.id) == [0, 3])
    #expect(workbench.history.current == 0)
  }

  /// Whatever stands in the files: a sentence or a session, never a trap.
  @Test(arguments: ["weights/1-2.npz", "training.npz", "scores/1.json", "journal.jsonl"])
  func filesOfAnyContent(file: String) throws {
    let workbench = try eventful()
    let run = try workbench.trainingRun(settings(epochs: 3))
    workbench.keepBeginning(ofTraining: run.settings, iteration: 2, teacher: nil)
    while run.state.history.isEmpty { _ = try run.step() }
    try workbench.keepProgress(of: run)
    try workbench.go(to: 1)
    let scoring = try workbench.scoringRun(.taylor)
    while try scoring.step() {}
    workbench.adopt(scoring.table)
    workbench.keepScores(of: scoring, isDone: true)
    workbench.stopKeeping()
    let path = "\(index.path)/\(file)"
    let whole = Array(try #require(FileManager.default.contents(atPath: path)))
    var generator = SeededGenerator(seed: 8)
    for round in 0..<60 {
      var bytes = whole
      if round % 3 == 0 {
        bytes.removeLast(Int(generator.unit() * Double(bytes.count)))
      } else {
        for _ in 0...(round % 5) {
          bytes[Int(generator.unit() * Double(bytes.count))] = UInt8(256 * generator.unit())
        }
      }
      try FileManager.default.createDirectory(atPath: index.path, withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      do {
        let again = try open()
        if let known = again.sessionData, (try? again.attach(known)) != nil,
          let broken = again.brokenOffTraining,
          again.history[broken.iteration] != nil
        {
          try again.go(to: broken.iteration)
          _ = try? again.trainingRun(broken.settings, continuing: broken.checkpoint)
        }
      } catch {
        #expect(error is any ExplainedError)
      }
      // What cannot be used is not thrown away.
      #expect(FileManager.default.fileExists(atPath: index.weightsPath("1-2")))
    }
  }

  // MARK: Going on

  @Test(arguments: [Criterion.taylor, .taylorGate, .taylorWeight, .outputEnergy, .apoz, .oracle])
  func scoringGoesOnWhereItWas(criterion: Criterion) throws {
    let whole = try open(keeping: false)
    try whole.attach(try data())
    let reference = try ScoringRun(
      whole.current, dataset: #require(whole.dataset), criterion: criterion, batchSize: 4)
    while try reference.step() {}

    var earlier: (table: ScoreTable, visited: Int)?
    var stops = 0
    while true {
      let run = try ScoringRun(
        whole.current, dataset: #require(whole.dataset), criterion: criterion, batchSize: 4,
        continuing: earlier)
      if let earlier { #expect(run.visited == earlier.visited) }
      // Broken off after every step.
      let goesOn = try run.step()
      earlier = (run.table, run.visited)
      stops += 1
      if !goesOn { break }
    }
    let found = try #require(earlier).table
    #expect(stops > 1 || criterion == .oracle)
    #expect(found.examples == reference.table.examples)
    for (name, statistics) in reference.table.layers {
      let again = try #require(found.layers[name])
      #expect(relativeDifference(again.mean, statistics.mean) < 1e-9)
      #expect(again.count == statistics.count)
    }
  }

  @Test func keptScoresComeBackWithTheirData() throws {
    let workbench = try open()
    try workbench.attach(try data())
    let run = try workbench.scoringRun(.taylor)
    _ = try run.step()
    workbench.adopt(run.table)
    workbench.keepScores(of: run, isDone: true)
    workbench.stopKeeping()
    let again = try open()
    #expect(!again.scores.criterion.needsData)
    try again.attach(try data())
    #expect(again.scores == run.table)
    let rest = try again.scoringRun(.taylor)
    #expect(rest.visited == run.visited)
    // Scores of other data say nothing.
    var others = try data()
    others.limit = 5
    try again.attach(others)
    #expect(!again.scores.criterion.needsData)
  }

  @Test(arguments: [OptimizerSettings.Method.sgd, .adamw])
  func trainingGoesOnAsIfNothingHadHappened(method: OptimizerSettings.Method) throws {
    let workbench = try open()
    try workbench.attach(try data())
    try prune(workbench, percent: 30)
    var settings = settings(epochs: 4)
    settings.optimizer.method = method
    settings.sparsity = SparsitySettings(.growing, strength: 1e-3, growth: 1e-3)
    let whole = try workbench.trainingRun(settings)
    while try whole.step() {}

    let first = try workbench.trainingRun(settings)
    workbench.keepBeginning(ofTraining: first.settings, iteration: 1, teacher: nil)
    while first.state.history.count < 2 { _ = try first.step() }
    try workbench.keepProgress(of: first)
    // The steps of the epoch that is broken off are lost, no more.
    _ = try first.step()
    workbench.stopKeeping()

    let again = try open()
    try again.attach(try #require(again.sessionData))
    let broken = try #require(again.brokenOffTraining)
    #expect(broken.iteration == 1 && broken.settings == settings)
    #expect(broken.checkpoint?.state.history.count == 2)
    let second = try again.trainingRun(broken.settings, continuing: broken.checkpoint)
    #expect(second.state.epoch == 3)
    while try second.step() {}
    #expect(second.state.losses == whole.state.losses)
    #expect(second.state.best == whole.state.best)
    #expect(try second.trained().fingerprint == whole.trained().fingerprint)
    try again.adopt(second, for: 1)
    again.keepEndOfTraining()
    again.stopKeeping()
    #expect(try open().brokenOffTraining == nil)
    #expect(!FileManager.default.fileExists(atPath: index.checkpointPath))
  }

  @Test func aCheckpointOfOtherSettingsIsPassedOver() throws {
    let workbench = try open()
    try workbench.attach(try data())
    let first = try workbench.trainingRun(settings(epochs: 3))
    while first.state.history.isEmpty { _ = try first.step() }
    let checkpoint = try #require(try first.checkpoint())
    var other = settings(epochs: 3)
    other.rate = 0.5
    #expect(try workbench.trainingRun(other, continuing: checkpoint).state.history.isEmpty)
    #expect(try workbench.trainingRun(settings(epochs: 3), continuing: checkpoint).state.history.count == 1)
  }
}
