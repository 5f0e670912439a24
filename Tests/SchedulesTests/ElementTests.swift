import Graph
import Pruning
import Schedules
import Session
import TestSupport
import Testing
import Training

/// Single elements that go, against the simple way: by a sort.
@Suite struct ElementTests {
  /// What stays where the `count` elements nearest to zero go, those that come first where several are as near.
  private func sorted(allBut count: Int, of elements: [Float]) -> [Bool] {
    let magnitudes = elements.map { $0.isNaN ? 0 : abs($0) }
    let order = magnitudes.indices.sorted { (magnitudes[$0], $0) < (magnitudes[$1], $1) }
    var keeps = [Bool](repeating: true, count: elements.count)
    for index in order.prefix(count) { keeps[index] = false }
    return keeps
  }

  /// Numbers of many magnitudes, with equal ones and with what is hardly a number.
  private func numbers(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    let odd: [Float] = [
      0, -0.0, .nan, -.nan, .infinity, -.infinity, .leastNonzeroMagnitude, .leastNormalMagnitude,
      -.greatestFiniteMagnitude, 0.25, -0.25,
    ]
    return (0..<count).map { _ in
      switch generator.unit() {
      case ..<0.2: odd[Int(generator.unit() * Double(odd.count))]
      case ..<0.4: Float(Int(generator.unit() * 5)) / 4 - 0.5
      // Equal in the upper half of their bits.
      case ..<0.6: Float(bitPattern: 0x3f80_0000 + UInt32(generator.unit() * 65_536))
      default: Float(generator.normal())
      }
    }
  }

  @Test(arguments: 0..<40) func thoseNearestToZeroAreThoseOfASort(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let elements = numbers(1 + Int(generator.unit() * 300), &generator)
    for count in Set([0, 1, elements.count / 3, elements.count / 2, elements.count - 1, elements.count]) {
      let keeps = ElementChoice.nearestToZero(count).mask(of: elements).keeps
      #expect(keeps == sorted(allBut: count, of: elements), "\(count) of \(elements.count)")
    }
    let kept = ElementChoice.upTo(0.25).mask(of: elements).keeps
    #expect(kept == elements.map { Double(abs($0)) > 0.25 })
  }

  /// A rehearsal counts without masks, until a remover needs them.
  @Test func aRehearsalTellsWhatMasksWouldCome() throws {
    let network = try Fixtures.joined()
    let schedule = try Schedule(
      yaml: """
        pruners:
          gradual: {class: AutomatedGradualPruner, initial_sparsity: 0.1, final_sparsity: 0.9, weights: [conv3.weight]}
          deviation: {class: SensitivityPruner, sensitivities: {conv1.weight: 0.5, conv2.weight: 9}}
        extensions:
          thin: {class: FilterRemover, thinning_func_str: remove_filters}
        policies:
          - pruner: {instance_name: gradual}
            starting_epoch: 0
            ending_epoch: 4
            frequency: 1
          - pruner: {instance_name: deviation}
            epochs: [0, 2, 4]
          - extension: {instance_name: thin}
            epochs: [3]
        """, path: "s.yaml")
    let bound = try BoundSchedule(schedule, network: network)
    func elements(_ name: String) throws -> [Float] {
      let layer = try #require(network.groups.layers.first { $0.layer.name == name }?.layer)
      return try #require(network.network.constants[layer.weight]).floats
    }
    func within(_ factor: Double, _ elements: [Float]) -> Int {
      let numbers = elements.map(Double.init)
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / Double(numbers.count - 1)).squareRoot()
      return numbers.count { !(abs($0) > factor * deviation) }
    }
    let cells = try Rehearsal(bound).cells
    let total = try elements("conv3").count
    #expect(
      cells.filter { $0.name == "gradual" }.map { $0.counts.map(\.masked) }
        == [0.1, 0.662963, 0.870370, 0.9].map { [Int($0 * Double(total))] })
    let found = try [within(0.5, elements("conv1")), within(9, elements("conv2"))]
    #expect(found[1] == (try elements("conv2")).count)
    let deviations = cells.filter { $0.name == "deviation" }.map { $0.counts.map(\.masked) }
    #expect(deviations.count == 3 && deviations.allSatisfy { $0 == found })
    #expect(cells.first { $0.name == "deviation" }?.counts.map(\.total) == [216, 576])
  }
}
