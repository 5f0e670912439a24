/// A mask that holds for the computation of a batch only: between batches its elements are free.
package struct ForwardMask: Sendable, Hashable {
  /// What is zero while a batch is computed.
  package var mask: WeightMask
  /// Whether the elements come back behind the computation, as they were, before the optimiser moves them; they begin at
  /// zero where not.
  package var keepsCopy: Bool
  /// Whether the gradient is zero where the mask is.
  package var masksGradients: Bool

  /// A mask with what becomes of what it covers.
  package init(_ mask: WeightMask, keepsCopy: Bool = false, masksGradients: Bool = false) {
    self.mask = mask
    self.keepsCopy = keepsCopy
    self.masksGradients = masksGradients
  }
}
