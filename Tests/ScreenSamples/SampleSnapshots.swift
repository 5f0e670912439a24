package import Graph
package import Pruning
package import Screens

/// Snapshots as an engine would publish them.
package enum SampleSnapshots {
  /// What times are measured under.
  package static let conditions = LatencyConditions(threads: 2, precision: "float32", processor: "")

  /// Work that is so far, with its rate and the time that is left, where they are told.
  package static func activity(
    _ kind: Activity.Kind, done: Int = 0, total: Int = 0, rate: Double? = nil, secondsLeft: Double? = nil,
    unit: String = "examples"
  ) -> Activity {
    var progress = RunProgress(
      done: done, total: total, seconds: rate.map { Double(done) / $0 } ?? 1, unit: unit)
    // What was done before says nothing of the rate.
    if rate == nil { progress.doneBefore = done }
    progress.share = secondsLeft.map { progress.seconds / (progress.seconds + $0) }
    return Activity(kind: kind, progress: progress)
  }

  /// A time that was measured.
  package static func latency(_ seconds: Double) -> MeasuredLatency {
    MeasuredLatency(seconds: seconds, conditions: conditions)
  }

  package static func snapshot(of network: Network, criterion: Criterion = .l2) throws -> SessionSnapshot {
    let bound = try BoundNetwork(network)
    let groups = try ChannelGroups(bound)
    var snapshot = SessionSnapshot()
    snapshot.generation = 1
    snapshot.latencyConditions = conditions
    snapshot.model = ModelSummary(
      path: "models/resnet18.onnx", formatName: "ONNX", opset: 17,
      inputs: [.init(shape: [3, 224, 224], hasFreeBatch: true)], bytes: 46_800_000)
    snapshot.structure = Versioned(.init(bound: bound, groups: groups), version: 1)
    snapshot.scores = Versioned(ScoreTable(.l2, of: groups, in: bound), version: 1)
    snapshot.iterations = [
      IterationSummary(
        id: 0, parent: nil, origin: "as opened", parameters: groups.summary.parameters,
        multiplyAccumulates: groups.summary.multiplyAccumulates)
    ]
    return snapshot
  }

  /// The snapshot with Taylor scores over so many examples: a run in the middle.
  package static func scoring(_ snapshot: SessionSnapshot, examples: Int, version: Int, seed: UInt64 = 1)
    -> SessionSnapshot
  {
    var snapshot = snapshot
    guard let groups = snapshot.structure.value?.groups else { return snapshot }
    var table = ScoreTable(criterion: .taylor)
    var state = seed
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    for (index, coupled) in groups.layers.enumerated() {
      var statistics = KernelStatistics(kernels: coupled.layer.kernels)
      let base = (0..<coupled.layer.kernels).map { _ in (0.01 + next() * 0.05) / Double(1 + index / 4) }
      for _ in 0..<min(examples, 8) { statistics.add(base.map { $0 * (0.5 + next()) }) }
      table.layers[coupled.layer.name] = statistics
    }
    snapshot.scores = Versioned(table, version: version)
    snapshot.isScoring = true
    snapshot.data = DataSummary(title: "12,000 images in 10 class folders", examples: 12_000)
    snapshot.activity = activity(.scoring, done: examples, total: 12_000, rate: 812, secondsLeft: 41)
    return snapshot
  }

  /// The snapshot with curves of sensitivity: the deeper a layer lies, the less it loses.
  ///
  /// - Parameter complete: how many curves are complete; the next one is under way.
  package static func measured(_ snapshot: SessionSnapshot, complete: Int = .max, version: Int = 1) throws
    -> SessionSnapshot
  {
    var snapshot = snapshot
    guard let groups = snapshot.structure.value?.groups, let scores = snapshot.scores.value else {
      return snapshot
    }
    let settings = SensitivitySettings()
    let trials = try settings.trials(
      UnitScores(scores, groups: groups, settings: settings.pruning), groups: groups)
    let curves = trials.enumerated().map { index, trial in
      var curve = SensitivityTable.Curve(trial, weights: [], groups: groups)
      if index <= complete {
        let examples = index < complete ? 512 : 128
        curve.points = ([0] + settings.levels).map { level in
          let share = level / 100
          let lost = share * share / (0.4 + 0.3 * Double(index))
          return .init(
            level: level, kernels: 0,
            measurement: .init(
              examples: examples, loss: 0.31 + lost, top1: 0.912 - 0.36 * min(1, lost), top5: 0.99))
        }
      }
      curve.isComplete = index < complete
      return curve
    }
    snapshot.sensitivity = Versioned(
      SensitivityTable(
        subject: .init(
          model: "m", criterion: scores.criterion, data: "d", examples: 512, settings: settings),
        curves: curves), version: version)
    snapshot.data = DataSummary(title: "12,000 images in 10 class folders", examples: 12_000)
    if complete < curves.count {
      snapshot.activity = activity(
        .sensitivity, done: 10 * complete, total: 10 * curves.count, secondsLeft: 75, unit: "passes")
    }
    return snapshot
  }

  /// The snapshot with latencies as an engine would have measured them: in proportion to the operations, with
  /// a fifth for the rest.
  package static func timed(_ snapshot: SessionSnapshot, milliseconds: Double = 8) -> SessionSnapshot {
    var snapshot = snapshot
    guard let groups = snapshot.structure.value?.groups else { return snapshot }
    let all = Double(groups.summary.multiplyAccumulates)
    var table = LatencyTable(
      layers: [:], rest: 0.2e-3 * milliseconds, activationBytes: groups.activationBytes)
    for layer in groups.layers.map(\.layer) {
      let seconds = 0.8e-3 * milliseconds * Double(layer.multiplyAccumulates) / all
      let half = max(1, layer.kernels / 2)
      table.layers[layer.name] = LatencyTable.Layer(
        kernels: [half, layer.kernels], inputs: [1], seconds: [seconds / 2, seconds])
    }
    snapshot.latency = Versioned(table, version: 1)
    snapshot.iterations[0].latency = latency(1e-3 * milliseconds)
    return snapshot
  }
}
