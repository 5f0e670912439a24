import Compute
import Graph
import TestSupport
import Testing

@Suite("Operators against a double-precision reference")
struct OperatorTests {
  @Test("value and gradient", arguments: OperatorCases.all)
  func valueAndGradient(_ item: OperatorCase) throws { try item.check() }

  @Test("every operator with a kernel has a rule and a case")
  func everyKernelIsChecked() {
    let rules = Set(OperatorTable.standard.names)
    let checked = Set(OperatorCases.all.map(\.op))
    for name in SupportedOperators.names {
      #expect(rules.contains(name), "\(name) has a kernel and no rule")
      #expect(checked.contains(name), "\(name) has a kernel and no case")
    }
  }

  /// Whatever an operator takes as learned can be trained: its gradient was compared, in `valueAndGradient`.
  @Test("every learnable operand has a gradient that is checked")
  func everythingLearnableTrains() throws {
    var (learnable, checked): ([String: Set<Int>], [String: Set<Int>]) = ([:], [:])
    for item in OperatorCases.all {
      let (network, _, _, _) = item.build()
      let bound = try BoundNetwork(network, foldsWeights: false)
      guard let index = network.nodes.lastIndex(where: { $0.op == item.op }),
        let rule = bound.table.rule(for: network.nodes[index])
      else { continue }
      for number in rule.learnableInputs(bound.call(at: index)) where number < item.operands.count {
        switch item.operands[number] {
        case .weight, .data, .blocked:
          learnable[item.op, default: []].insert(number)
          if item.hasGradient { checked[item.op, default: []].insert(number) }
        case .tensor(let tensor) where !tensor.elementType.isFloatingPoint: break
        case nil, .integers, .indices, .given: break
        case .fixed, .tensor: learnable[item.op, default: []].insert(number)
        }
      }
    }
    #expect(learnable.keys.contains("Conv") && learnable.keys.contains("LSTM"))
    for (op, numbers) in learnable {
      #expect(
        numbers.isSubset(of: checked[op] ?? []), "\(op): \(numbers) learn, \(checked[op] ?? []) are checked")
    }
  }
}
