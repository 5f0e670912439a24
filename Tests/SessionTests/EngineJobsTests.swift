import Compute
import Datasets
import Foundation
import Pruning
import Session
import Testing
import Training

/// Work that stands in line behind what runs, and work that is held.
@Suite(.serialized) struct EngineJobsTests {
  private func open() throws -> (Engine, Reports) {
    let reports = Reports()
    var options = ComputeOptions()
    options.threads = 1
    let engine = Engine(options: options, latencyCachePath: nil, measuresLatency: false) { reports.take($0) }
    engine.send(.open(path: try TaylorFixture.path("model.onnx")))
    var data = DatasetConfiguration()
    data.data = [try TaylorFixture.path("data.npz")]
    engine.send(.attach(data))
    _ = try reports.wait("data") { $0.data != nil }
    return (engine, reports)
  }

  private static func train(_ epochs: Int) -> EngineCommand {
    .train(TrainingSettings(epochs: epochs, batchSize: 8), teacher: nil)
  }

  private static func inLine(_ snapshot: SessionSnapshot) -> [Job] {
    snapshot.jobs.filter { $0.number != nil }
  }

  /// How the trainings so far ended, as the log begins to say it.
  private static func trained(_ snapshot: SessionSnapshot) -> [String] {
    snapshot.log.compactMap { entry in
      if entry.text.hasPrefix("Training was stopped after") { return "Training was stopped after" }
      return entry.text.firstMatch(of: /^Trained \d+ epochs?/).map { String($0.0) }
    }
  }

  @Test func whatStandsInLineBeginsWhenTheRunBeforeItIsThrough() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(Self.train(2000))
    _ = try reports.wait("the training") { ($0.training?.state.losses.count ?? 0) > 1 }
    for epochs in [1, 2, 3] { engine.send(.enqueue(Self.train(epochs))) }
    let waiting = try reports.wait("three in line") { Self.inLine($0).count == 3 }
    #expect(waiting.jobs.first?.title.hasPrefix("training of iteration") == true)
    #expect(waiting.jobs.first?.position.hasPrefix("epoch 1") == true || waiting.training?.state.epoch != 1)
    #expect(Self.inLine(waiting).map(\.position) == ["1 epoch", "2 epochs", "3 epochs"])
    #expect(waiting.training?.record.settings.epochs == 2000, "what runs goes on")
    // The last comes first, the second goes.
    let numbers = Self.inLine(waiting).compactMap(\.number)
    engine.send(.moveQueued(numbers[2], by: -5))
    engine.send(.dequeue(numbers[1]))
    let changed = try reports.wait("another order") { Self.inLine($0).count == 2 }
    #expect(Self.inLine(changed).map(\.position) == ["3 epochs", "1 epoch"])
    engine.send(.stopTraining)
    let done = try reports.wait("the end") { $0.busyCount == 0 && $0.jobs.isEmpty }
    #expect(done.failure == nil)
    // What they found is another matter: the log says that they ran, in which order.
    #expect(Self.trained(done) == ["Training was stopped after", "Trained 3 epochs", "Trained 1 epoch"])
  }

  @Test func aRunThatIsHeldGoesOnWhereItWas() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(Self.train(2000))
    _ = try reports.wait("the training") { ($0.training?.state.losses.count ?? 0) > 1 }
    engine.send(.pause(true))
    let held = try reports.wait("the pause") { $0.isPaused }
    let steps = try #require(held.training?.state.losses.count)
    // What takes no time is done meanwhile.
    engine.send(.name(0, "first"))
    let named = try reports.wait("the name") { $0.iteration(0)?.name == "first" }
    Thread.sleep(forTimeInterval: 0.1)
    #expect(reports.newest?.training?.state.losses.count == steps && named.isPaused)
    engine.send(.pause(false))
    _ = try reports.wait("more steps") { !$0.isPaused && ($0.training?.state.losses.count ?? 0) > steps + 1 }
    engine.send(.stopTraining)
    let done = try reports.wait("the end") { $0.busyCount == 0 }
    #expect(done.failure == nil && Self.trained(done) == ["Training was stopped after"])
  }

  /// What cannot begin is told of, and what stands behind it begins all the same.
  @Test func aCommandInLineThatFailsHoldsUpNothing() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(Self.train(2000))
    _ = try reports.wait("the training") { ($0.training?.state.losses.count ?? 0) > 1 }
    // Nothing was pruned, so nothing can be won back.
    engine.send(.enqueue(.recover(RecoverySettings(methods: [.refit]))))
    engine.send(.enqueue(Self.train(1)))
    _ = try reports.wait("two in line") { Self.inLine($0).count == 2 }
    engine.send(.stopTraining)
    let done = try reports.wait("the end") { $0.busyCount == 0 && $0.jobs.isEmpty }
    #expect(done.failure?.number == 1)
    #expect(Self.trained(done).last == "Trained 1 epoch")
  }

  /// A model that is opened takes nothing over of what stood in line for another.
  @Test func anotherModelEmptiesTheLine() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(Self.train(2000))
    engine.send(.enqueue(Self.train(1)))
    _ = try reports.wait("one in line") { Self.inLine($0).count == 1 }
    engine.send(.open(path: try TaylorFixture.path("model.onnx")))
    let opened = try reports.wait("the model again") { $0.generation == 2 && $0.busyCount == 0 }
    #expect(opened.jobs.isEmpty && opened.iterations.allSatisfy { $0.trainings.count < 2 })
  }

  /// What is no long work does not stand in line.
  @Test func whatTakesNoTimeIsDoneAtOnce() throws {
    let (engine, reports) = try open()
    defer { engine.send(.quit) }
    engine.send(Self.train(2000))
    engine.send(.enqueue(.name(0, "at once")))
    _ = try reports.wait("the name") { $0.iteration(0)?.name == "at once" && $0.training != nil }
    engine.send(.stopTraining)
  }
}
