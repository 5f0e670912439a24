import Foundation
package import Graph
package import Pruning

/// Adds the gradient of a sparsity penalty to those of the parameters, before the optimiser's step.
///
/// Each step has two walks over the parameters: `observe` collects the norms of the units where the penalty needs
/// them, `add` adds to the gradients by the `factors` that follow.
package struct SparsityPenalty: Sendable {
  /// One axis of a constant: the elements at each position belong to a unit.
  private struct UnitAxis {
    let outer: Int
    let inner: Int
    /// By position along the axis; -1 where the position belongs to none that can go.
    let units: [Int32]

    /// Calls `body` for every run of elements of one unit.
    @inline(__always)
    func forEachRun(_ body: (_ unit: Int, _ start: Int) -> Void) {
      units.withUnsafeBufferPointer { units in
        for block in 0..<outer {
          for position in units.indices where units[position] >= 0 {
            body(Int(units[position]), (block * units.count + position) * inner)
          }
        }
      }
    }
  }

  /// What is penalised.
  package let settings: SparsitySettings
  private let axes: [ValueID: [UnitAxis]]
  /// Weights of each unit.
  private let sizes: [Int]
  /// By group: the units whose importances are compared.
  private let groups: [[Int]]
  /// How many slices each unit owns.
  private let members: [Int]
  /// γ of each unit.
  var strengths: [Double]
  private var squares: [Double]

  /// A penalty on the units of a network that can go.
  ///
  /// - Parameters:
  ///   - parameters: what is trained; other constants stay out.
  ///   - scales: the scales of batch normalizations. Of vectors only these are penalised: a bias is not what a kernel
  ///     weighs.
  /// - Throws: `TrainingError.nothingToPenalize` where no parameter is concerned.
  package init(
    _ settings: SparsitySettings, groups found: ChannelGroups, network: Network, parameters: [ValueID],
    scales: Set<ValueID>
  ) throws {
    self.settings = settings
    let trained = Set(parameters)
    var axes: [ValueID: [Int: [Int32]]] = [:]
    var members = [Int](repeating: 0, count: found.units.count)
    for (unit, slices) in found.weightSlices().enumerated() where found.units[unit].freezeReason == nil {
      for slice in slices where trained.contains(slice.constant) {
        guard let shape = network.constants[slice.constant]?.shape, slice.axis < shape.count else { continue }
        let isScale = scales.contains(slice.constant)
        guard settings.kind == .batchNormScale ? isScale : isScale || shape.count > 1 else { continue }
        members[unit] += 1
        for index in slice.indices {
          axes[slice.constant, default: [:]][
            slice.axis, default: [Int32](repeating: -1, count: shape[slice.axis])][index] = Int32(unit)
        }
      }
    }
    guard !axes.isEmpty else { throw TrainingError.nothingToPenalize(settings.kind.rawValue) }
    var sizes = [Int](repeating: 0, count: found.units.count)
    self.axes = axes.reduce(into: [:]) { result, constant in
      let shape = network.constants[constant.key]!.shape
      result[constant.key] = constant.value.sorted { $0.key < $1.key }.map { axis, units in
        let made = UnitAxis(
          outer: shape[..<axis].reduce(1, *), inner: shape[(axis + 1)...].reduce(1, *), units: units)
        for unit in units where unit >= 0 { sizes[Int(unit)] += made.outer * made.inner }
        return made
      }
    }
    self.sizes = sizes
    self.members = members
    groups = found.groups.map(\.units)
    strengths = [Double](repeating: settings.strength, count: found.units.count)
    squares = [Double](repeating: 0, count: found.units.count)
  }

  /// Whether `observe` has to be called before `add`.
  package var needsNorms: Bool { settings.kind == .groupLasso || settings.kind == .groupNorm }

  /// Forgets the norms of the last step.
  package mutating func beginStep() {
    for unit in squares.indices { squares[unit] = 0 }
  }

  /// Takes a parameter's share of the units' norms.
  package mutating func observe(_ parameter: ValueID, values: UnsafeBufferPointer<Float>) {
    guard let axes = axes[parameter] else { return }
    squares.withUnsafeMutableBufferPointer { squares in
      for axis in axes {
        let inner = axis.inner
        axis.forEachRun { unit, start in
          var sum: Float = 0
          for index in start..<start + inner { sum += values[index] * values[index] }
          squares[unit] += Double(sum)
        }
      }
    }
  }

  /// What the weights of each unit are multiplied with, by the norms that were observed.
  ///
  /// Empty for a penalty of signs.
  package func factors() -> [Float] {
    switch settings.kind {
    case .batchNormScale: []
    case .growing: strengths.map(Float.init)
    case .groupNorm:
      unimportances().map { Float(settings.strength * pow(Self.largestRatio, $0)) }
    case .groupLasso:
      zip(squares, sizes).map { square, size in
        // At zero any small slope is one of the norm's: none is taken.
        square > 1e-24 ? Float(settings.strength * (Double(size) / square).squareRoot()) : 0
      }
    }
  }

  /// Adds the penalty's derivative by a parameter to its gradient.
  ///
  /// - Parameter factors: what `factors()` gave in this step.
  package func add(
    _ parameter: ValueID, values: UnsafeBufferPointer<Float>, factors: [Float],
    to gradient: UnsafeMutableBufferPointer<Float>
  ) {
    guard let axes = axes[parameter] else { return }
    let strength = Float(settings.strength)
    factors.withUnsafeBufferPointer { factors in
      for axis in axes {
        let inner = axis.inner
        guard settings.kind != .batchNormScale else {
          axis.forEachRun { _, start in
            for index in start..<start + inner {
              gradient[index] += values[index] > 0 ? strength : values[index] < 0 ? -strength : 0
            }
          }
          continue
        }
        axis.forEachRun { unit, start in
          let factor = factors[unit]
          for index in start..<start + inner { gradient[index] += factor * values[index] }
        }
      }
    }
  }

  /// Grows the penalties at an epoch's end, for `growing`.
  ///
  /// A unit's importance is the mean over its slices of Σ w².
  ///
  /// - Parameter values: a parameter's elements in C order.
  package mutating func endEpoch(_ values: (ValueID) throws -> [Float]) rethrows {
    guard settings.kind == .growing else { return }
    beginStep()
    for parameter in axes.keys.sorted() {
      let values = try values(parameter)
      values.withUnsafeBufferPointer { observe(parameter, values: $0) }
    }
    for (unit, unimportance) in unimportances().enumerated() {
      strengths[unit] += settings.growth * unimportance
    }
  }

  /// By how much the penalty of a group's least important unit is larger than that of its most important one, for
  /// `groupNorm`: 2 to the power of Fang et al.'s α = 4.
  private static let largestRatio = 16.0

  /// By unit: (I_max − I)/(I_max − I_min) of its group, by the norms that were observed; 0 for units that own no weights.
  private func unimportances() -> [Double] {
    var result = [Double](repeating: 0, count: squares.count)
    for units in groups {
      let concerned = units.filter { members[$0] > 0 }
      let importance = concerned.map { squares[$0] / Double(members[$0]) }
      guard let largest = importance.max(), let smallest = importance.min() else { continue }
      for (unit, own) in zip(concerned, importance) {
        result[unit] = (largest - own) / (largest - smallest + 1e-8)
      }
    }
    return result
  }
}
