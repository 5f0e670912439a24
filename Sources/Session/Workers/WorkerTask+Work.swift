package import Compute
import Errors
import Foundation
package import Ranks

/// The workers' side: what each rank does for a task.
extension WorkerTask {
  /// Reads what `message` gives; on the other ranks it comes from rank 0.
  ///
  /// - Parameter read: gives so many bytes, which come before all others; fewer at the end. Asked on rank 0 only.
  package static func received(
    over ranks: any Communicator, read: (Int) throws -> [UInt8]
  ) throws -> (task: WorkerTask, session: [UInt8]) {
    var parts: [[UInt8]] = []
    for _ in 0..<2 {
      var bytes: [UInt8] = []
      if ranks.isFirst {
        var size = MessageReader(try read(MemoryLayout<Int>.size), from: 0)
        let count = try size.readInt()
        guard count >= 0 else { throw size.unfit }
        bytes = try read(count)
        guard bytes.count == count else { throw size.unfit }
      }
      try ranks.broadcast(&bytes)
      parts.append(bytes)
    }
    guard let task = try? JSONDecoder.ofResults.decode(WorkerTask.self, from: Data(parts[0])) else {
      throw SessionError.unfit(
        sentence: "What the workers are asked for is none of this version's tasks.",
        remedy: "Start the workers with the program that shows the screen.")
    }
    return (task, parts[1])
  }

  /// Does the work, every rank its part.
  ///
  /// - Parameters:
  ///   - session: the files of the session, where there is one.
  ///   - tell: called on rank 0.
  /// - Throws: what the runs throw. Of a training that is stopped, the best is told before.
  package func carryOut(
    session: [UInt8], options: ComputeOptions, tell: @escaping (WorkerUpdate) -> Void
  ) throws {
    var options = options
    options.exact = isExact
    options.precision = Precision(rawValue: precision) ?? options.precision
    let ranks = options.ranks
    let told = ranks.isFirst ? tell : { _ in }
    let hosts = try ranks.gather(Array(ranks.host.name.utf8))
    told(.joined(hosts: hosts.map { String(decoding: $0, as: UTF8.self) }))
    let workbench = try workbench(session: session, options: options)
    switch work {
    case .score(let criterion, let earlier, let visited):
      if let earlier { workbench.goOn(from: earlier, visited: visited) }
      let run = try workbench.scoringRun(criterion, options: options)
      try follow(run, told) { .scored(run.table, visited: run.visited, run.progress) }
    case .measure(let settings, let scores, let earlier):
      workbench.adopt(scores)
      if let earlier { workbench.adopt(earlier, for: iteration) }
      let run = try workbench.sensitivityRun(settings, options: options)
      try follow(run, told) { .measured(run.table, run.progress) }
    case .train(let settings, let teacher, let checkpoint):
      let run = try workbench.trainingRun(
        settings, teacher: teacher,
        continuing: try checkpoint.map { try TrainingCheckpoint(bytes: Array($0)) }, options: options)
      try train(run, told) { options.cancellation?.isSet == true }
    }
    told(.done)
  }

  private func workbench(session: [UInt8], options: ComputeOptions) throws -> Workbench {
    let workbench = try Workbench(opening: model, inputShapes: inputShapes, options: options)
    guard workbench.fingerprint == fingerprint else {
      throw SessionError.unfit(
        sentence: "\(model) is another model on \(options.ranks.host.name).",
        remedy: "Workers need the same files under the same paths.")
    }
    if !session.isEmpty {
      let copy = try SessionFolder(unpacking: session)
      defer { try? FileManager.default.removeItem(atPath: copy.path) }
      _ = try workbench.look(at: copy)
    }
    try workbench.go(to: iteration)
    try workbench.attach(data)
    return workbench
  }

  /// Goes to the end of a run, and tells now and then how far it is.
  private func follow(
    _ run: some DataRun, _ tell: (WorkerUpdate) -> Void, _ update: () -> WorkerUpdate
  ) throws {
    var last = ContinuousClock.now
    tell(update())
    while try run.step() {
      guard ContinuousClock.now - last > Self.interval else { continue }
      tell(update())
      last = .now
    }
    tell(update())
    tell(.skipped(run.skipped))
  }

  private func train(
    _ run: TrainingRun, _ tell: (WorkerUpdate) -> Void, isAskedToStop: () -> Bool
  ) throws {
    var last = ContinuousClock.now
    do {
      var goesOn = true
      while goesOn {
        let epochs = run.state.history.count
        goesOn = try run.step()
        if run.state.history.count > epochs, let checkpoint = try run.checkpoint() {
          tell(.reached(Data(try checkpoint.encoded())))
        }
        guard ContinuousClock.now - last > Self.interval else { continue }
        tell(.trained(run.state, run.progress))
        last = .now
      }
    } catch  where isAskedToStop() {
      run.stop()
      tell(.reached(Data(try run.ending().encoded())))
      throw Stopped()
    }
    tell(.trained(run.state, run.progress))
    tell(.reached(Data(try run.ending().encoded())))
    tell(.skipped(run.skipped))
  }

  /// Time between two updates.
  private static var interval: Duration { .milliseconds(250) }
}
