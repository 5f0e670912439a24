import Compute
import Graph
import Pruning

/// Gives each layer behind a removal the weights and the bias that reproduce best, on calibration data, what the network
/// before the removal computed there, one layer after another, so that each makes up for those before it.
///
/// Minimises ‖Y − XW′‖² + λ‖W′ − W‖² over a sample of places, X being what the layer reads now and Y what it computed.
/// Where its result is added to another branch, Y also holds what that branch lacks by now (He, Zhang and Sun 2017, 3.3).
final class LeastSquaresRefit: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0
  private(set) var progress: (done: Int, total: Int)

  /// Unknowns of the equations at most: those of more would take gigabytes.
  private static let largest = 6000

  private let subject: RecoverySubject
  private let bound: BoundNetwork
  private let layersToFit: [FitTargets.Layer]
  /// What several layers computed before, and those layers.
  private var targets: (FitTargets, layers: Range<Int>)?
  private var fit: LayerFit?
  private let front: CalibrationFront
  private var batch = 0
  private var next = 0

  init(_ subject: RecoverySubject, _ network: Network) throws(SessionError) {
    self.subject = subject
    self.network = network
    let bound = try subject.bound(network)
    self.bound = bound
    let maps = subject.changedMaps(bound).filter { map in
      let features = map.channelsInGroup * map.taps
      let rows = subject.calibration.examples * (map.window?.outputCount ?? 1)
      return min(features, rows) <= Self.largest
    }
    layersToFit = maps.enumerated().map { number, map in
      FitTargets.Layer(map, seed: UInt64(number), subject, network, bound)
    }
    front = CalibrationFront(subject.calibration)
    progress = (0, maps.count * subject.calibration.batches.count)
  }

  func step() throws(SessionError) -> Bool {
    guard next < layersToFit.count, !subject.calibration.batches.isEmpty else { return false }
    let targets = self.targets ?? nextTargets()
    self.targets = targets
    if targets.0.batchesDone < subject.calibration.batches.count {
      _ = try targets.0.step()
      return true
    }
    let layer = layersToFit[next]
    let fit: LayerFit
    if let known = self.fit {
      fit = known
    } else {
      fit = try LayerFit(layer, network, subject.calibration, front)
      self.fit = fit
      batch = 0
    }
    let goesOn = try fit.step(targets.0.sample(of: next, batch: batch))
    progress.done += 1
    batch += 1
    if goesOn { return true }
    try apply(fit, to: layer.map)
    self.fit = nil
    next += 1
    if !targets.layers.contains(next) { self.targets = nil }
    return next < layersToFit.count
  }

  private func nextTargets() -> (FitTargets, layers: Range<Int>) {
    let count = FitTargets.count(of: layersToFit, from: next, subject.calibration)
    let range = next..<next + count
    return (FitTargets(layersToFit[range], subject), range)
  }

  private func apply(_ fit: LayerFit, to map: LinearMap) throws(SessionError) {
    guard let weights = bound.constant(of: map.weights) else { return }
    let change = try fit.solution(ridge: subject.settings.ridge)
    guard change.coefficients.allSatisfy(\.isFinite), change.offsets.allSatisfy(\.isFinite) else { return }
    let matrix = zip(map.matrix(of: weights.floats), change.coefficients).map(+)
    network.setWeights(of: map, matrix: matrix, shape: weights.shape)
    network.shift(map, by: change.offsets)
    layers += 1
  }
}
