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
  private let maps: [LinearMap]
  private var layer: LayerFit?
  private var next = 0

  init(_ subject: RecoverySubject, _ network: Network) throws(SessionError) {
    self.subject = subject
    self.network = network
    bound = try subject.bound(network)
    maps = subject.changedMaps(bound).filter { map in
      let features = map.channelsInGroup * map.taps
      let rows = subject.calibration.examples * (map.window?.outputCount ?? 1)
      return min(features, rows) <= Self.largest
    }
    progress = (0, maps.count * subject.calibration.batches.count)
  }

  func step() throws(SessionError) -> Bool {
    guard next < maps.count else { return false }
    let map = maps[next]
    let fit: LayerFit
    if let layer {
      fit = layer
    } else {
      fit = try LayerFit(map, seed: UInt64(next), subject, network, bound)
      layer = fit
    }
    progress.done += 1
    if try fit.step() { return true }
    try apply(fit, to: map)
    layer = nil
    next += 1
    return next < maps.count
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
