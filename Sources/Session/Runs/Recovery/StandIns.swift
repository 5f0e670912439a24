import Compute
import Graph
import Pruning

/// What a fit begins with: layers that read removed channels get the weights with which those that stay stand in for the
/// others, which are better to hold on to than what a cut leaves.
final class StandIns {
  private let subject: RecoverySubject
  private let readers: [ChannelReader]
  private let moments: MomentsOfReaders

  /// Steps over the original's values.
  var steps: Int { moments.steps }

  init(_ subject: RecoverySubject) throws {
    self.subject = subject
    let removed = Set(subject.selection.removedUnits)
    readers = subject.original.groups.readers(in: subject.original.bound).filter { reader in
      reader.map != nil && reader.units.contains(where: removed.contains)
    }
    moments = try MomentsOfReaders(
      readers, subject.original, subject.calibration, takesResults: false)
  }

  /// Does one more step; false when all is done.
  func step() throws -> Bool { try moments.step() }

  /// Gives the layers of the pruned network these weights.
  ///
  /// - Parameters:
  ///   - bound: `network`.
  ///   - fitted: layers whose offset is found afterwards; others get theirs here.
  func apply(
    to network: inout Network, _ bound: BoundNetwork, fitted: Set<NodeID>
  ) throws {
    let (original, removed) = (subject.original, Set(subject.selection.removedUnits))
    let maps = Dictionary(
      subject.changedMaps(bound).map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    for reader in readers {
      // A grouped layer loses whole groups, which nothing stands in for.
      guard let map = reader.map, map.groups == 1, let now = maps[map.node],
        let seen = moments.moments(of: reader), let weights = original.bound.constant(of: map.weights),
        let cut = bound.constant(of: now.weights)
      else { continue }
      let left = reader.units.indices.filter { !removed.contains(reader.units[$0]) }
      let kernels =
        subject.kept.indices(of: map.output, axis: map.outputAxis) ?? Array(0..<map.kernels)
      guard now.kernels == kernels.count, now.channelsInGroup == left.count * reader.repeats,
        let replacements = ChannelElimination.replacements(
          seen.covariances, channels: reader.channels, left: left)
      else { continue }
      let refit = try reader.refit(
        map, rows: reader.rows(of: map.matrix(of: weights.floats), kernels: 0..<map.kernels),
        means: seen.means, left: left, replacements: replacements, shape: weights.shape)
      guard refit.matrix.allSatisfy(\.isFinite), refit.shift.allSatisfy(\.isFinite) else { continue }
      let rowCount = map.channelsInGroup * map.taps
      let block = reader.repeats * map.taps
      var matrix: [Float] = []
      matrix.reserveCapacity(cut.elementCount)
      for kernel in kernels {
        for position in left {
          let start = kernel * rowCount + position * block
          matrix += refit.matrix[start..<start + block]
        }
      }
      network.setWeights(of: now, matrix: matrix, shape: cut.shape)
      if !fitted.contains(map.node) { network.shift(now, by: kernels.map { refit.shift[$0] }) }
    }
  }
}
