import Graph

/// A node of a program while it is translated.
struct ProgramCall: Sendable {
  let node: ExportedProgram.Node
  /// The operator without its library, its variant and the mark of a form that changes its first argument: `relu` of
  /// `torch.ops.aten.relu_.default`.
  let op: String
  /// The variant: `default`, `Tensor`, `dim_IntList`.
  let variant: String
  /// Whether it changes its first argument.
  let isInPlace: Bool
  /// Whether it is of PyTorch's own library.
  let isATen: Bool

  init(_ node: ExportedProgram.Node) {
    self.node = node
    let parts = node.target.split(separator: ".").map(String.init)
    isATen = parts.count == 5 && parts[..<3] == ["torch", "ops", "aten"]
    let name = isATen ? parts[3] : node.target
    variant = isATen ? parts[4] : ""
    isInPlace = isATen && name.hasSuffix("_") && !name.hasPrefix("__")
    op = isInPlace ? String(name.dropLast()) : name
  }

  /// The names of what it makes.
  var names: [String] { node.names }

  /// Whether what it makes may be the same elements as its first argument, in memory.
  var sharesMemory: Bool { isATen && Self.views.contains(op) }

  private static let views: Set<String> = [
    "view", "reshape", "_unsafe_view", "_reshape_alias", "flatten", "unflatten", "view_as", "reshape_as",
    "permute",
    "transpose", "swapaxes", "swapdims", "t", "numpy_T", "mT", "mH", "movedim", "moveaxis", "unsqueeze",
    "squeeze",
    "expand", "expand_as", "broadcast_to", "chunk", "split", "split_with_sizes", "unbind", "contiguous",
    "detach",
    "alias", "dropout", "to", "slice", "narrow", "select", "type_as", "lift_fresh",
  ]

  /// Whether an argument is there and says something.
  func has(_ name: String) -> Bool {
    switch node[name] {
    case nil, ProgramArgument.none?, .optionalTensor(nil)?: false
    default: true
    }
  }

  /// A number that is written down, or its default.
  func int(_ name: String, _ value: Int? = nil) throws -> Int {
    guard has(name) else {
      guard let value else { throw Untranslated() }
      return value
    }
    guard case .integer(.literal(let int))? = node[name] else { throw Untranslated() }
    return int
  }

  /// Numbers that are written down; `nil` where there are none.
  func ints(_ name: String) throws -> [Int]? {
    guard has(name) else { return nil }
    switch node[name] {
    case .integer(.literal(let int))?: return [int]
    case .integers(let list)?:
      let literals = list.compactMap(\.literal)
      guard literals.count == list.count else { throw Untranslated() }
      return literals
    default: throw Untranslated()
    }
  }

  /// Numbers, one for each of `count` axes; a single one is for all of them.
  func ints(_ name: String, count: Int, _ value: Int) throws -> [Int] {
    guard let list = try ints(name), !list.isEmpty else { return [Int](repeating: value, count: count) }
    if list.count == 1 { return [Int](repeating: list[0], count: count) }
    guard list.count == count else { throw Untranslated() }
    return list
  }

  /// Numbers of which some may be computed; `nil` where there are none.
  func integers(_ name: String) throws -> [ProgramInteger]? {
    guard has(name) else { return nil }
    switch node[name] {
    case .integer(let integer)?: return [integer]
    case .integers(let list)?: return list
    default: throw Untranslated()
    }
  }

  /// A number of any kind that is written down.
  func number(_ name: String, _ value: Double? = nil) throws -> Double {
    guard has(name) else {
      guard let value else { throw Untranslated() }
      return value
    }
    switch node[name] {
    case .integer(.literal(let int))?: return Double(int)
    case .float(let float)?: return float
    case .bool(let bool)?: return bool ? 1 : 0
    default: throw Untranslated()
    }
  }

  func bool(_ name: String, _ value: Bool) throws -> Bool {
    guard has(name) else { return value }
    guard case .bool(let bool)? = node[name] else { throw Untranslated() }
    return bool
  }

  func string(_ name: String, _ value: String) throws -> String {
    guard has(name) else { return value }
    guard case .string(let string)? = node[name] else { throw Untranslated() }
    return string
  }
}

/// Thrown for what has no translation: the node becomes one that is not known.
struct Untranslated: Error {}
