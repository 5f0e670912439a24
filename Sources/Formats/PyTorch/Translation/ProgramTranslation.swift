import Graph

/// A program said in ONNX's operators, and what of it came from where.
struct ProgramTranslation: Sendable {
  /// The network.
  var network: Network
  /// The inputs of the graph that constants are, by the names that the graph has for them.
  var origins: [ValueID: String] = [:]
  /// The nodes that say what a node of the program does, in order, by its number.
  var nodes: [Int: [NodeID]] = [:]
  /// The value of each name of the program, as it is when it is made.
  var values: [String: ValueID] = [:]
  /// What each node of the program reads, by the names that it has for it.
  var reads: [Int: [String: ValueID]] = [:]
  /// The shapes of inputs that the program was exported with.
  var exampleShapes: [ValueID: [Int]] = [:]
}
