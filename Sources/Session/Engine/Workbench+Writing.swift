import Formats
import Foundation
public import Graph
import Pruning

/// What is written of a model.
extension Workbench {
  /// Writes the current network to `path` in the original's format, complete or not at all.
  public func export(to path: String, overwriting: Bool) throws {
    let files = file.files(writtenTo: path)
    for file in files { try Destination.check(file) }
    if !overwriting { try Self.requireAbsent(files) }
    try write(current, to: path)
    history.update(history.current) { $0.writtenRevision = $0.revision }
    keep(.exported, iteration: history.current)
  }

  /// Writes a network that was made of this model to `path`, in the original's format, complete or not at all.
  public func write(_ network: Network, to path: String) throws {
    try write(try OpenNetwork(network, inputShapes: history.original.network.inputShapes), to: path)
  }

  /// The same under a path without an ending, which is completed as the original's format has it; gives the whole path.
  @discardableResult
  package func write(_ network: Network, stem: String) throws -> String {
    let path = file.path(ofStem: stem)
    try write(network, to: path)
    return path
  }

  /// The file to open of what is written to a path: the path itself, or the symbol of an MXNet model.
  package func mainFile(writtenTo path: String) -> String { file.files(writtenTo: path)[0] }

  func write(_ network: OpenNetwork, to path: String) throws {
    var shapes: [String: [Graph.Dimension]] = [:]
    for (index, value) in network.network.values.enumerated() {
      guard let declared = value.declaredType?.dimensions,
        let shape = network.bound.shape(of: ValueID(index)), shape.count == declared.count
      else { continue }
      shapes[value.name] = zip(declared, shape).map { $0.extent == nil ? $0 : .fixed($1) }
    }
    try file.write(network.network, to: path, shapes: shapes)
  }

  /// Writes the plan of the current iteration to `path`, complete or not at all.
  public func writePlan(to path: String, overwriting: Bool) throws {
    if !overwriting { try Self.requireAbsent([path]) }
    try Destination.write(plan.yaml, to: path)
  }

  private static func requireAbsent(_ paths: [String]) throws {
    let existing = paths.filter(FileManager.default.fileExists(atPath:))
    if !existing.isEmpty { throw SessionError.exists(paths: existing) }
  }
}
