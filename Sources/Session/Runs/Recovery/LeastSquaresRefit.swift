import Compute
import Graph
import Pruning

/// Gives each layer behind a removal the weights and the bias that reproduce best, on calibration data, what the network
/// before the removal computed there, one layer after another, so that each makes up for those before it.
///
/// Minimises ‖Y − XW′‖² + λ‖W′ − W‖² over a sample of positions, X being what the layer reads now and Y what it computed.
/// Where its result is added to another branch, Y also holds what that branch lacks by now (He, Zhang and Sun 2017, 3.3).
final class LeastSquaresRefit: RecoveryWork {
  private(set) var network: Network
  private(set) var layers = 0
  private(set) var progress: (done: Int, total: Int)

  /// Unknowns of the equations at most: those of more would take gigabytes.
  private static let largest = 6000

  private let subject: RecoverySubject
  private let standIns: StandIns
  /// The network as it was cut, and the layers of it that are fitted.
  private let cut: BoundNetwork
  private let fitted: Set<NodeID>
  private var begun: (bound: BoundNetwork, layers: [FitTargets.Layer])?
  /// What several layers computed before, and those layers.
  private var targets: (FitTargets, layers: Range<Int>)?
  private var fit: LayerFit?
  private let front: CalibrationFront
  private var batch = 0
  private var next = 0

  init(_ subject: RecoverySubject, _ network: Network) throws {
    self.subject = subject
    self.network = network
    standIns = try StandIns(subject)
    front = CalibrationFront(subject.calibration)
    cut = try subject.bound(network)
    let maps = Self.maps(subject, cut)
    fitted = Set(maps.map(\.node))
    progress = (0, standIns.steps + maps.count * subject.calibration.batches.count)
  }

  private static func maps(_ subject: RecoverySubject, _ bound: BoundNetwork) -> [LinearMap] {
    subject.changedMaps(bound).filter { map in
      let features = map.channelsInGroup * map.taps
      let rows = subject.calibration.examples * (map.window?.outputCount ?? 1)
      return min(features, rows) <= Self.largest
    }
  }

  /// Lets those that stay stand in for the others, and says what is to be fitted then.
  private func begin() throws -> (bound: BoundNetwork, layers: [FitTargets.Layer]) {
    try standIns.apply(to: &network, cut, fitted: fitted)
    let bound = try subject.bound(network)
    let layers = Self.maps(subject, bound).enumerated().map { number, map in
      FitTargets.Layer(map, seed: UInt64(number), subject, network, bound)
    }
    return (bound, layers)
  }

  func step() throws -> Bool {
    guard !subject.calibration.batches.isEmpty else { return false }
    guard let (bound, layersToFit) = begun else {
      if try standIns.step() {
        progress.done += 1
      } else {
        progress.done = standIns.steps
        begun = try begin()
      }
      return true
    }
    guard next < layersToFit.count else { return false }
    let targets = self.targets ?? nextTargets(of: layersToFit)
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
    try apply(fit, to: layer.map, bound)
    self.fit = nil
    next += 1
    if !targets.layers.contains(next) { self.targets = nil }
    return next < layersToFit.count
  }

  /// Layers that were not fitted yet keep what stands in for the channels that are gone.
  func settle() -> Bool { begun != nil }

  private func nextTargets(of layersToFit: [FitTargets.Layer]) -> (FitTargets, layers: Range<Int>) {
    let count = FitTargets.count(of: layersToFit, from: next, subject.calibration)
    let range = next..<next + count
    return (FitTargets(layersToFit[range], subject), range)
  }

  private func apply(_ fit: LayerFit, to map: LinearMap, _ bound: BoundNetwork) throws {
    guard let weights = bound.constant(of: map.weights) else { return }
    let change = try fit.solution(ridge: subject.settings.ridge)
    guard change.coefficients.allSatisfy(\.isFinite), change.offsets.allSatisfy(\.isFinite) else { return }
    let matrix = zip(map.matrix(of: weights.floats), change.coefficients).map(+)
    network.setWeights(of: map, matrix: matrix, shape: weights.shape)
    network.shift(map, by: change.offsets)
    layers += 1
  }
}
