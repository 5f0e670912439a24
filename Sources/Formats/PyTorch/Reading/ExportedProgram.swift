import Foundation
import Graph

/// A program of torch.export as its text says it.
///
/// The types are those of torch's `_export/serde/schema.py`; what is not needed to understand or to change it stays text.
struct ExportedProgram: Sendable {
  /// An argument with its name in the operator's schema.
  struct Input: Sendable, Hashable {
    let name: String
    var argument: ProgramArgument
  }

  /// An operator applied to values.
  struct Node: Sendable, Hashable {
    /// `torch.ops.aten.conv2d.default`, `_operator.mul`.
    var target: String
    var inputs: [Input]
    var outputs: [ProgramArgument]
    let text: JSONText

    /// The argument of that name; nothing where it has its default.
    subscript(_ name: String) -> ProgramArgument? { inputs.first { $0.name == name }?.argument }

    /// The names of what it makes.
    var names: [String] { outputs.flatMap(\.names) }
  }

  /// What the text says of a tensor.
  struct TensorMeta: Sendable, Hashable {
    /// A number of the enumeration `ScalarType`.
    let scalarType: Int
    let sizes: [Extent]
    let strides: [Extent]

    var elementType: ElementType? { ElementType(scalarType: scalarType) }
    /// The extents, each as written or as it was when the program was exported.
    var hints: [Int?] { sizes.map(\.hint) }
  }

  /// A size: a number, or an expression of the sizes that are open.
  struct Extent: Sendable, Hashable {
    /// The expression; `nil` for a number.
    let expression: String?
    /// The number, or what the expression was when the program was exported.
    let hint: Int?

    init?(_ text: JSONText) {
      if let value = text["as_int"]?.integer {
        (expression, hint) = (nil, value)
      } else if let formula = text["as_expr"]?["expr_str"]?.string {
        (expression, hint) = (formula, text["as_expr"]?["hint"]?["as_int"]?.integer)
      } else {
        return nil
      }
    }

    /// The number, where it is written down.
    var literal: Int? { expression == nil ? hint : nil }

    /// An expression as people write it: `Mul(16, s77)` of `Mul(Integer(16), Symbol('s77', positive=True, integer=True))`.
    private static func readable(_ expression: String) -> String {
      expression.replacing(/Symbol\('([^']*)'[^)]*\)|Integer\((-?[0-9]+)\)/) { match in
        String(match.output.1 ?? match.output.2 ?? "")
      }
    }

    var dimension: Graph.Dimension {
      if let expression {
        .symbolic(Self.readable(expression))
      } else {
        hint.map { $0 > 0 ? .fixed($0) : .unknown } ?? .unknown
      }
    }
  }

  /// Where an input of the graph comes from.
  enum Source: Sendable, Hashable {
    /// A parameter, a buffer or a constant, by its name in the module.
    case parameter(String), buffer(String), constant(String)
    /// What the caller supplies.
    case user
    /// An object, a token, a constant of the call.
    case other

    /// Whether PyTorch trains it.
    var isParameter: Bool { if case .parameter = self { true } else { false } }

    /// The name of what the archive holds.
    var payload: String? {
      switch self {
      case .parameter(let name), .buffer(let name), .constant(let name): name
      case .user, .other: nil
      }
    }
  }

  let text: JSONText
  let inputs: [ProgramArgument]
  /// As many as there are inputs.
  let sources: [Source]
  /// What the caller is given.
  let outputs: [ProgramArgument]
  let nodes: [Node]
  let tensors: [String: TensorMeta]

  /// The path of a program's graph in its text.
  static let graphPath = ["graph_module", "graph"]

  /// Versions of the schema that are read; a later one may have changed what something means.
  static let supportedSchema = 8

  /// - Parameter file: what errors call the archive.
  /// - Throws: `FormatError.malformedProgram`, `FormatError.unsupportedSchema`.
  init(_ data: Data, file: String) throws {
    func malformed(_ problem: String) -> FormatError { .malformedProgram(file: file, problem: problem) }
    let read: JSONText
    do { read = try JSONText(data) } catch {
      throw malformed("line \(error.line) of its text is not JSON: \(error.problem)")
    }
    text = read.replacing(Self.graphPath) { $0.inliningRegions() }
    guard let version = text["schema_version"]?["major"]?.integer else {
      throw malformed("it says no version")
    }
    guard version == Self.supportedSchema else {
      throw FormatError.unsupportedSchema(file: file, version: version, supported: Self.supportedSchema)
    }
    guard let module = text["graph_module"], let graph = module["graph"],
      let inputs = graph["inputs"]?.elements, let nodes = graph["nodes"]?.elements,
      let tensors = graph["tensor_values"]?.members
    else { throw malformed("it has no graph") }
    guard let specs = module["signature"]?["input_specs"]?.elements, specs.count == inputs.count,
      let results = module["signature"]?["output_specs"]?.elements
    else { throw malformed("its signature does not fit its inputs") }
    self.inputs = inputs.map(ProgramArgument.init)
    sources = specs.map(Self.source)
    outputs = results.compactMap { $0["user_output"]?["arg"].map(ProgramArgument.init) }
    self.nodes = try nodes.enumerated().map { number, node in
      guard let target = node["target"]?.string, let inputs = node["inputs"]?.elements,
        let outputs = node["outputs"]?.elements
      else { throw malformed("its node \(number) has no target, inputs or outputs") }
      return Node(
        target: target,
        inputs: inputs.map {
          Input(name: $0["name"]?.string ?? "", argument: $0["arg"].map(ProgramArgument.init) ?? .other)
        },
        outputs: outputs.map(ProgramArgument.init), text: node)
    }
    var metas: [String: TensorMeta] = [:]
    for tensor in tensors {
      let sizes = tensor.value["sizes"]?.elements?.map(Extent.init) ?? [nil]
      let strides = tensor.value["strides"]?.elements?.map(Extent.init) ?? [nil]
      guard let type = tensor.value["dtype"]?.integer, !sizes.contains(nil), sizes.count <= 32 else {
        throw malformed("what it says of the tensor \(tensor.name) is no type with sizes")
      }
      metas[tensor.name] = TensorMeta(
        scalarType: type, sizes: sizes.compactMap { $0 }, strides: strides.compactMap { $0 })
    }
    self.tensors = metas
  }

  private static func source(_ spec: JSONText) -> Source {
    if spec["user_input"] != nil { return .user }
    if let name = spec["parameter"]?["parameter_name"]?.string { return .parameter(name) }
    if let name = spec["buffer"]?["buffer_name"]?.string { return .buffer(name) }
    if let name = spec["tensor_constant"]?["tensor_constant_name"]?.string { return .constant(name) }
    return .other
  }
}

extension ElementType {
  /// The type that torch's schema gives a number (`ScalarType`); `nil` for those that are not read.
  init?(scalarType number: Int) {
    guard let known = Self.scalarTypes[number] else { return nil }
    self = known
  }

  /// The number that torch's schema gives the type; 0 for one that it does not have.
  var scalarType: Int { Self.scalarTypes.first { $0.value == self }?.key ?? 0 }

  private static let scalarTypes: [Int: ElementType] = [
    1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32, 8: .float64, 12: .bool,
    13: .bfloat16, 28: .uint16, 34: .uint32, 35: .uint64,
  ]
}
