/// An input or an output of a node, by number.
package enum Operand: Hashable, Sendable {
  /// Counted from 0 in the order of the node.
  case input(Int), output(Int)
}

/// One axis of one operand.
package struct AxisReference: Hashable, Sendable {
  /// The operand.
  package let operand: Operand
  /// The axis, from 0.
  package let axis: Int

  /// An axis of an input.
  package static func input(_ number: Int, axis: Int) -> AxisReference {
    AxisReference(operand: .input(number), axis: axis)
  }

  /// An axis of an output.
  package static func output(_ number: Int, axis: Int) -> AxisReference {
    AxisReference(operand: .output(number), axis: axis)
  }
}

/// What an operator says about which channels of its operands are the same channel.
///
/// The vocabulary speaks of axes, never of residuals, concats or shuffles by name; the solver of the
/// `Pruning` module turns it into sets of weight slices that go together. An axis of an operand that no
/// relation of its node speaks of, but that carries channels, is frozen by the node.
package enum ChannelRelation: Sendable, Hashable {
  /// Index `i` of every listed axis is the same channel.
  case same([AxisReference])
  /// Summed over: a missing channel is one that contributes zero. The axes hold the same channels.
  case contracted([AxisReference])
  /// Inputs broadcast against each other, aligned from the right; every output cell is its input cells.
  case elementwise(inputs: [Int], outputs: [Int])
  /// The output is the input, moved.
  case moved(input: Int, output: Int, by: [Movement])
  /// The output is the inputs one after another along an axis.
  case joined(inputs: [Int], output: Int, axis: Int)
  /// A grouped convolution: consecutive blocks of `input` channels make consecutive blocks of `output`
  /// channels. `inner` is the weight's axis that runs over the channels inside a block.
  case grouped(input: AxisReference, inner: AxisReference, output: [AxisReference], groups: Int)
  /// Statistics run over each of `groups` consecutive blocks of `channels`, which must stay equally long; `parameters`
  /// has one position a block. Whole blocks can go; where parts of blocks do, what is left is computed differently.
  case normalized(channels: AxisReference, groups: Int, parameters: [AxisReference])
  /// Channels can go, but what is left is computed differently (statistics over the channels).
  case inexact([AxisReference], reason: String)
  /// Channels along these axes cannot be removed, and why.
  case frozen([AxisReference], reason: String)
}
