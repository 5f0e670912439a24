import Foundation
import Pruning
import Quantities

/// The parameters of a handle, by HALCON's names.
extension PruningHandle {
  /// A parameter.
  public enum Parameter: String, Sendable, Hashable, CaseIterable {
    /// What can be set; `summary` says what each is.
    case mode, percentage
    /// Layers that can be pruned.
    case prunableConvNum = "prunable_conv_num"
    /// Their names.
    case prunableConvLayerName = "prunable_conv_layer_name"
    /// Kernels that can go; each layer keeps one, or the unit of those that can only go together.
    case prunableKernelNum = "prunable_kernel_num"
    /// Kernels that the generated model lost.
    case prunedKernelNum = "pruned_kernel_num"
    /// Their share of those that could go, 0…100.
    case prunedPercentage = "pruned_percentage"

    /// Those that can be set.
    public static let settable: [Parameter] = [.mode, .percentage]

    /// What it says, in a few words.
    public var summary: String {
      switch self {
      case .mode: "how kernels are scored"
      case .percentage: "share of the removable kernels that is to go"
      case .prunableConvNum: "layers that can be pruned"
      case .prunableConvLayerName: "their names"
      case .prunableKernelNum: "kernels that can go; each layer keeps one, or one unit"
      case .prunedKernelNum: "kernels that the generated model lost"
      case .prunedPercentage: "their share of those that could go"
      }
    }
  }

  /// A parameter's value.
  public enum Value: Sendable, Hashable {
    /// A count or a percentage.
    case number(Double)
    /// A word.
    case text(String)
    /// Names.
    case list([String])

    /// As people write it.
    public var text: String {
      switch self {
      case .number(let number):
        number == number.rounded() && abs(number) < 1e15
          ? String(Int(number)) : Quantity.fixed(number, digits: 2)
      case .text(let text): text
      case .list(let names): names.joined(separator: ", ")
      }
    }
  }

  /// The value of a parameter.
  public func get(_ parameter: Parameter) -> Value {
    switch parameter {
    case .mode: .text(mode.rawValue)
    case .percentage: .number(percentage)
    case .prunableConvNum: .number(Double(layers.count))
    case .prunableConvLayerName: .list(layers)
    case .prunableKernelNum: .number(Double(prunableKernelCount))
    case .prunedKernelNum: .number(Double(prunedKernelCount))
    case .prunedPercentage:
      .number(prunableKernelCount > 0 ? 100 * Double(prunedKernelCount) / Double(prunableKernelCount) : 0)
    }
  }

  /// The value of a parameter by its name. Throws `unknownParameter`.
  public func get(_ name: String) throws -> Value { get(try Self.parameter(name)) }

  /// Sets a parameter. Another mode forgets what was scored.
  ///
  /// - Throws: `readOnlyParameter`, and `value` for another type or a number out of range.
  public mutating func set(_ parameter: Parameter, to value: Value) throws {
    switch (parameter, value) {
    case (.percentage, .number(let percentage)):
      try Self.check(percentage)
      self.percentage = percentage
    case (.percentage, _):
      throw ProcedureError.value(
        parameter: parameter.rawValue, given: value.text, allowed: "a number from 0 to 100")
    case (.mode, .text(let name)):
      guard let mode = Criterion(rawValue: name) else { fallthrough }
      if mode != self.mode { forget() }
      self.mode = mode
    case (.mode, _):
      let known = Criterion.allCases.map(\.rawValue).joined(separator: ", ")
      throw ProcedureError.value(parameter: parameter.rawValue, given: value.text, allowed: known)
    default: throw ProcedureError.readOnlyParameter(parameter.rawValue)
    }
  }

  /// Sets a parameter by its name, likewise.
  public mutating func set(_ name: String, to value: Value) throws {
    try set(try Self.parameter(name), to: value)
  }

  private static func parameter(_ name: String) throws -> Parameter {
    guard let parameter = Parameter(rawValue: name) else { throw ProcedureError.unknownParameter(name) }
    return parameter
  }
}
