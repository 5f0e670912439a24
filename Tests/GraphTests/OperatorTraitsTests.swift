import Graph
import TestSupport
import Testing

/// What the rules say of their operators, compared with what they do: a rule that leaves a question open, or answers it
/// wrongly, is found here.
@Suite struct OperatorTraitsTests {
  /// The node of a case as its rule sees it.
  private struct Asked {
    let rule: any OperatorRule
    let call: OperatorCall
    let outputs: [TensorSpec]
    let relations: [ChannelRelation]
    var traits: OperatorTraits { rule.traits }

    /// Axes that the relations speak of; of operands that they name as a whole, all.
    var axes: Set<AxisReference> {
      func all(_ operand: Operand) -> [AxisReference] {
        switch operand {
        case .input(let number):
          (call.inputs[number]?.shape ?? []).indices.map { .input(number, axis: $0) }
        case .output(let number): outputs[number].shape.indices.map { .output(number, axis: $0) }
        }
      }
      return relations.reduce(into: []) { axes, relation in
        switch relation {
        case .same(let own), .contracted(let own), .inexact(let own, _), .frozen(let own, _):
          axes.formUnion(own)
        case .elementwise(let inputs, let outputs):
          axes.formUnion((inputs.map { .input($0) } + outputs.map { .output($0) }).flatMap(all))
        case .moved(let input, let output, _): axes.formUnion(all(.input(input)) + all(.output(output)))
        case .joined(let inputs, let output, _):
          axes.formUnion((inputs.map { .input($0) } + [.output(output)]).flatMap(all))
        case .grouped(let input, let inner, let output, _): axes.formUnion([input, inner] + output)
        case .normalized(let channels, _, let parameters): axes.formUnion([channels] + parameters)
        }
      }
    }
  }

  private static func asked(_ item: OperatorCase) throws -> Asked {
    let network = item.build().network
    let bound = try BoundNetwork(network, foldsWeights: false)
    let index = try #require(network.nodes.lastIndex { $0.qualifiedOp == item.op })
    let rule = try #require(bound.table.rule(for: network.nodes[index]))
    let call = bound.call(at: index)
    let outputs = try rule.outputs(call)
    return Asked(
      rule: rule, call: call, outputs: outputs, relations: try rule.relations(call, outputs: outputs))
  }

  /// By operator: each of its cases.
  private static func cases() throws -> [String: [Asked]] {
    try OperatorCases.all.reduce(into: [:]) { $0[$1.op, default: []].append(try asked($1)) }
  }

  @Test func everyOperatorIsAskedOrKnownBeforeAnyDataAre() throws {
    let asked = Set(OperatorCases.all.map(\.op))
    for name in OperatorTable.standard.names where !asked.contains(name) {
      let node = Node(id: NodeID(0), name: name, op: name, inputs: [], outputs: [])
      let rule = try #require(OperatorTable.standard.rule(for: node))
      let isKnown = rule is any ShapeReadingRule || rule is any DataShapedRule
      #expect(isKnown || rule.traits.operands.allSatisfy { $0 == .size }, "\(name) has no case")
      if case .other = rule.traits.role { continue }
      Issue.record("\(name) has a role that no case shows")
    }
  }

  // MARK: Operands

  /// Of operators that learn in a way that no role tells: kernels that are integers or feed back, equations.
  private static let learnsOtherwise: Set<String> = [
    "Einsum", "LSTM", "GRU", "RNN", "DeformConv", "ConvInteger", "MatMulInteger", "QLinearConv",
    "QLinearMatMul", "DequantizeLinear", "RMSNormalization",
  ]

  @Test func whatIsLearnedHasARoleAndWhatIsMeasuredOrSaidIsNotLearned() throws {
    for (op, cases) in try Self.cases() {
      for asked in cases {
        let learned = Set(asked.rule.learnableInputs(asked.call))
        for number in asked.call.inputs.indices where asked.call.has(number) {
          switch asked.traits.operand(number) {
          case .weight, .bias, .scale, .shift, .slope:
            #expect(learned.contains(number), "\(op): input \(number) is no \(asked.traits.operand(number))")
          case .mean, .variance, .size:
            #expect(!learned.contains(number), "\(op) learns its \(asked.traits.operand(number))")
          case .value:
            #expect(
              !learned.contains(number) || asked.traits.arithmetic != nil
                || Self.learnsOtherwise.contains(op),
              "\(op) learns its input \(number), and does not say what it is")
          }
        }
      }
    }
  }

  @Test func whatMustBeKnownIsASizeAndHasNoChannels() throws {
    for (op, cases) in try Self.cases() where op != OpenDecision.qualifiedOp {
      for asked in cases {
        for number in asked.call.inputs.indices where asked.call.has(number) {
          if asked.traits.operand(number) == .size {
            #expect(
              !asked.axes.contains { $0.operand == .input(number) }, "\(op) relates its input \(number)")
            continue
          }
          guard !(asked.rule is any DataShapedRule) else { continue }
          var inputs = asked.call.inputs
          inputs[number]?.constant = nil
          let call = OperatorCall(node: asked.call.node, opset: asked.call.opset, inputs: inputs)
          #expect(throws: Never.self, "\(op) must know its input \(number), and does not say so") {
            try asked.rule.outputs(call)
          }
        }
      }
    }
  }

  // MARK: Roles

  @Test func aLayerHasItsKernelsWhereItSays() throws {
    var found: Set<String> = []
    for (op, cases) in try Self.cases() {
      for asked in cases {
        guard let form = asked.traits.layer, let weight = asked.call.inputs[1]?.shape, weight.count > 1 else {
          continue
        }
        found.insert(op)
        let kernels = AxisReference.input(1, axis: form.kernelAxis(asked.call))
        let channels = AxisReference.output(
          0, axis: form.window == nil ? asked.outputs[0].shape.count - 1 : 1)
        let agree = asked.relations.contains { relation in
          switch relation {
          case .same(let axes): axes.contains(kernels) && axes.contains(channels)
          case .grouped(_, let inner, let output, _):
            output.contains(channels) && (inner == kernels || output.contains(kernels))
          default: false
          }
        }
        #expect(agree, "\(op) \(weight)")
        #expect(asked.rule.multiplyAccumulates(asked.call, outputs: asked.outputs) > 0)
        #expect(asked.traits.operand(1) == .weight)
      }
    }
    #expect(found == ["Conv", "ConvTranspose", "Gemm", "MatMul"])
  }

  @Test func aNormalizationHasAScaleAndAShiftAndMixesChannelsWhereItSays() throws {
    for (op, cases) in try Self.cases() {
      guard let traits = cases.first?.traits, case .normalization(let mixesChannels) = traits.role else {
        continue
      }
      #expect(traits.operands.starts(with: [.value, .scale, .shift]), "\(op)")
      let mixing = cases.count { asked in
        asked.relations.contains { relation in
          guard case .inexact(let axes, _) = relation else {
            if case .normalized = relation { return true } else { return false }
          }
          // The channels are those that have a scale each.
          return axes.contains { axis in
            asked.relations.contains { relation in
              switch relation {
              case .same(let same): same.contains(axis) && same.contains { $0.operand == .input(1) }
              case .elementwise(let inputs, _): inputs.contains(1)
              default: false
              }
            }
          }
        }
      }
      #expect(mixesChannels ? mixing > 0 : mixing == 0, "\(op)")
    }
  }

  @Test func anActivationIsAFunctionOfEachElementOfOneTensor() throws {
    for (op, cases) in try Self.cases() {
      for asked in cases where asked.traits.isActivation {
        #expect(asked.traits.operands.filter { $0 == .value }.count == 1 && asked.traits.operand(0) == .value)
        #expect(asked.outputs.map(\.shape) == [asked.call.inputs[0]?.shape], "\(op)")
        let areApart = asked.relations.allSatisfy {
          switch $0 {
          case .same, .elementwise: true
          default: false
          }
        }
        #expect(areApart, "\(op)")
      }
    }
  }

  @Test func whatOnlyMovesIsAMovement() throws {
    for (op, cases) in try Self.cases() {
      for asked in cases {
        let moves =
          asked.relations.contains { if case .same = $0 { false } else { true } }
          && asked.relations.allSatisfy {
            switch $0 {
            case .moved, .joined: true
            default: false
            }
          }
        // Which elements a Gather takes may be known with the data alone.
        let isKnown = op != "Gather" || asked.call.inputs[1]?.constant != nil
        #expect((asked.traits.movement != nil && isKnown) == moves, "\(op)")
        #expect(
          asked.traits.movement == nil
            || asked.call.inputs.compactMap { $0 }.indices.allSatisfy {
              [.value, .size].contains(asked.traits.operand($0))
            })
      }
    }
  }

  @Test func arithmeticAndRecodingsAreElementwise() throws {
    for (op, cases) in try Self.cases() {
      for asked in cases where asked.traits.arithmetic != nil || asked.traits.recoding != nil {
        #expect(
          asked.traits.recoding == nil || asked.outputs[0].shape == asked.call.inputs[0]?.shape, "\(op)")
        #expect(asked.traits.arithmetic == nil || asked.call.inputs.count == 2, "\(op)")
        #expect(
          asked.relations.allSatisfy {
            if case .contracted = $0 { false } else if case .inexact = $0 { false } else { true }
          }, "\(op)")
      }
    }
  }

  // MARK: The first axis

  /// Integers are computed in whole batches: nobody says yet that they could be apart.
  private static let wholeBatches: Set<String> = ["ConvInteger", "QLinearConv"]

  @Test func whoKeepsTheFirstAxisWithoutSpeakingOfItSaysSo() throws {
    for (op, cases) in try Self.cases() {
      for asked in cases where !(asked.rule is any DataShapedRule) {
        guard let data = asked.call.inputs.first ?? nil, let extent = data.shape.first else { continue }
        let speaks =
          asked.axes.contains { $0.axis == 0 && $0.operand == .input(0) }
          || asked.outputs.indices.contains { asked.axes.contains(.output($0, axis: 0)) }
        var inputs = asked.call.inputs
        inputs[0] = TensorSpec(data.elementType, [2 * extent] + data.shape.dropFirst())
        let twice = OperatorCall(node: asked.call.node, opset: asked.call.opset, inputs: inputs)
        let outputs = (try? asked.rule.outputs(twice)) ?? []
        let keeps =
          outputs.count == asked.outputs.count
          && zip(outputs, asked.outputs).allSatisfy { now, then in
            then.shape.first.map { now.shape == [2 * $0] + then.shape.dropFirst() } ?? false
          }
        if asked.traits.keepsFirstAxis {
          #expect(keeps && !speaks, "\(op)")
        } else {
          #expect(
            speaks || !keeps || Self.wholeBatches.contains(op), "\(op) could say that it keeps its first axis"
          )
        }
      }
    }
  }

  @Test func nothingIsKnownOfAnOperatorWithoutARule() {
    let node = Node(id: NodeID(0), name: "n", op: "Conv", domain: "elsewhere", inputs: [], outputs: [])
    let traits = OperatorTable.standard.traits(of: node)
    #expect(traits.layer == nil && traits.operands.isEmpty && !traits.keepsFirstAxis)
  }
}
