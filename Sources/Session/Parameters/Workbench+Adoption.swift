import Files
import Foundation
package import Graph
import Pruning
import TensorFiles

/// Weights that come from elsewhere, and weights that go there.
extension Workbench {
  /// Makes an iteration of the current one with the weights of a file, and makes it current.
  ///
  /// - Parameters:
  ///   - path: a file of safetensors, of PyTorch's (`.pt`, `.pth`), NPZ, or a program of torch.export (`.pt2`).
  ///   - prefix: what the names in the file begin with; found out where `nil`.
  ///   - epsilons: what batch normalizations that were folded at export add to variances.
  ///   - allowsMissing: whether parameters without a tensor stay as they are.
  /// - Throws: `TensorFileError` or `FormatError` for the file, `AdoptionError` where it does not fit the iteration.
  @discardableResult
  package func adoptWeights(
    from path: String, prefix: String? = nil, epsilons: NormalizationEpsilons = .init(),
    allowsMissing: Bool = false
  ) throws -> Adoption {
    let file = try ProgramTensors.weights(at: path)
    let before = current
    let bound = try BoundNetwork(before.network, inputShapes: before.inputShapes, foldsWeights: false)
    let adoption = try WeightAdoption(
      file, into: bound,
      settings: .init(prefix: prefix, epsilons: epsilons, allowsMissing: allowsMissing))
    let network = try OpenNetwork(adoption.adopted(), inputShapes: before.inputShapes)
    let name = (path as NSString).lastPathComponent
    var step = PruningPlan.Step()
    step.training = [[PruningPlan.Step.adoptedWeights: name]]
    history.append(origin: "weights of \(name)", network: network, step: step)
    let id = history.current
    history.update(id) { iteration in
      iteration.asPruned = before
      iteration.changes.append(.adoption)
    }
    if let iteration = history[id] { store?.keepWeights(.adopted, iteration, current: id) }
    return adoption.summary
  }

  /// Writes the current iteration's weights as safetensors, by the names that the model's author has for them.
  package func writeWeights(to path: String) throws {
    try Destination.write(Safetensors.encoded(AuthorParameters(current.network).tensors()), to: path)
  }
}

extension AuthorParameters {
  /// The parameters as PyTorch has them: named as their author did, in the shapes of modules.
  ///
  /// Weights into which a batch normalization was folded come as the layer's own. What has no name that could be told goes
  /// by the constant's.
  package func tensors() -> [(name: String, tensor: Tensor)] {
    var found: [(name: String, tensor: Tensor)] = []
    var names = Set<String>()
    var done = Set<ValueID>()
    func add(_ name: String, _ tensor: Tensor) {
      if names.insert(name).inserted { found.append((name, tensor)) }
    }
    let recurrent = RecurrentParameters.all(in: network)
    for use in uses {
      guard let constant = network.constants[use.constant] else { continue }
      if let layer = recurrent.first(where: { $0.node == use.node }),
        let parts = layer.parts.first(where: { $0.input == use.input }), ownName(of: use.constant) == nil
      {
        for part in layer.unstacked(constant, parts.names) { add(part.name, part.tensor) }
        done.insert(use.constant)
        continue
      }
      // Numbers of a node's own, such as a scale, are no parameters.
      guard let name = self.names(of: use).first,
        ownName(of: use.constant) != nil || constant.elementCount > 1
      else { continue }
      add(
        name,
        isTransposed(use) ? [Movement.permute([1, 0])].apply(to: constant) : stateForm(of: constant, use))
      done.insert(use.constant)
    }
    for (value, constant) in network.constants.sorted(by: { $0.key < $1.key }) {
      guard constant.elementType.isFloatingPoint, !done.contains(value), let name = ownName(of: value) else {
        continue
      }
      add(name, constant)
    }
    return found
  }

  /// A slope, a scale or a shift that an exporter gave axes to broadcast by is a vector in PyTorch.
  private func stateForm(of constant: Tensor, _ use: Use) -> Tensor {
    guard ownName(of: use.constant) == nil, layerForm(of: use) == nil, constant.shape.count > 1,
      constant.shape.max() == constant.elementCount
    else { return constant }
    return constant.reshaped(to: [constant.elementCount])
  }
}
