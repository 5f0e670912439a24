import Formats
import Graph
import Pruning

/// What an algorithm of somebody's own has to know to decide which kernels go: the prunable layers, their channels, what
/// goes with them and what depends on them.
///
/// Its result comes back as `KeptKernels`, the indices that every layer keeps.
public struct PrunableInformation: Sendable, Encodable {
  /// A layer that can lose kernels.
  public struct PrunableLayer: Sendable, Encodable {
    /// Its name, by which `KeptKernels` knows it.
    public let name: String
    /// Its operator.
    public let op: String
    /// Kernels, which are the channels of what it makes.
    public let channels: Int
    /// The most that can go: one must stay, or the kernels that it goes with, and frozen ones do.
    public let removable: Int
    /// The letter of the layers that lose channels together.
    public let group: String?
    /// The other layers of the group.
    public let members: [String]
    /// Nodes that lose what belongs to a channel when it goes: normalizations, and layers that read it.
    public let dependents: [String]
    /// Those of them that are layers, by the names of layers.
    public let dependentLayers: [String]
    /// The nodes and inputs that it reads.
    public let parents: [String]
    /// The layers whose outputs reach it through nodes that are no layers.
    public let parentLayers: [String]
    /// The operator's attributes.
    public let attributes: [String: AttributeValue]
    /// By kernel the set of kernels that it goes with; −1 where it must stay.
    public let units: [Int]
  }

  /// An attribute of an operator, as JSON has it.
  public enum AttributeValue: Sendable, Hashable, Encodable {
    /// A whole number, or several.
    case int(Int), ints([Int])
    /// A number, or several.
    case float(Float), floats([Float])
    /// A text, or several.
    case string(String), strings([String])
    /// What is no number and no text, in words.
    case other(String)

    /// Writes the value itself; numbers that JSON does not have as texts.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .int(let value): try container.encode(value)
      case .ints(let values): try container.encode(values)
      // JSON has no infinities.
      case .float(let value): try value.isFinite ? container.encode(value) : container.encode("\(value)")
      case .floats(let values):
        try values.allSatisfy(\.isFinite)
          ? container.encode(values) : container.encode(values.map { "\($0)" })
      case .string(let value), .other(let value): try container.encode(value)
      case .strings(let values): try container.encode(values)
      }
    }

    init(_ attribute: Attribute) {
      self =
        switch attribute {
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        case .string(let value): .string(value)
        case .ints(let values): .ints(values)
        case .floats(let values): .floats(values)
        case .strings(let values): .strings(values)
        case .tensor(let tensor): .other("a tensor of \(tensor.shape.shapeText)")
        case .graph, .graphs: .other("a graph")
        case .opaque: .other("not read")
        }
    }
  }

  /// A layer that must stay as it is.
  public struct FrozenLayer: Sendable, Encodable {
    /// Its name.
    public let name: String
    /// Its kernels.
    public let channels: Int
    /// Why, in a sentence.
    public let reason: String
  }

  /// The model's path.
  public let model: String
  /// Its format, in words.
  public let format: String
  /// Layers that can lose kernels, in the order of the graph.
  public let layers: [PrunableLayer]
  /// Layers that cannot.
  public let frozen: [FrozenLayer]

  /// What there is to know of a workbench's current network.
  public init(_ workbench: Workbench) {
    let opened = workbench.current
    let (groups, network) = (opened.groups, opened.network)
    model = workbench.path
    format = workbench.file.formatName
    let dependents = Dependents(opened)
    let removable = groups.removableKernels()
    layers = groups.layers.indices.filter { groups.layers[$0].isPrunable }.map { index in
      let coupled = groups.layers[index]
      let names = coupled.groups.map { groups.groups[$0].name }.filter { !$0.isEmpty }
      let node = dependents.maker(of: coupled.layer.output)
      let depending = dependents.nodes(of: coupled, at: index)
      return PrunableLayer(
        name: coupled.layer.name, op: coupled.layer.op, channels: coupled.layer.kernels,
        removable: removable[index],
        group: names.isEmpty ? nil : names.joined(separator: ","),
        members: groups.tying(index).filter { $0 != index }.map { groups.layers[$0].layer.name },
        dependents: depending.map(\.name),
        dependentLayers: depending.compactMap { dependents.layer($0)?.name },
        parents: (node?.inputs ?? []).compactMap { $0 }.compactMap { value in
          dependents.maker(of: value)?.name
            ?? (network.inputs.contains(value) ? network.name(of: value) : nil)
        },
        parentLayers: dependents.parents(of: coupled.layer).map(\.name),
        attributes: (node?.attributes ?? [:]).mapValues(AttributeValue.init),
        units: coupled.units.map { groups.units[$0].freezeReason == nil ? $0 : -1 })
    }
    frozen = groups.layers.filter { !$0.isPrunable }.map { coupled in
      FrozenLayer(
        name: coupled.layer.name, channels: coupled.layer.kernels, reason: coupled.reason?.sentence ?? "")
    }
  }
}
