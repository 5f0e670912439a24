/// What is to be said of a model before it is opened.
package struct ModelPreview: Sendable, Hashable {
  /// What was kept of it.
  package struct Session: Sendable, Hashable {
    /// An iteration with its share of right answers, 0…1.
    package struct Best: Sendable, Hashable {
      /// Its number.
      package let id: Int
      /// Its share of right answers.
      package let accuracy: Double

      /// An iteration that was measured.
      package init(id: Int, accuracy: Double) { (self.id, self.accuracy) = (id, accuracy) }
    }

    /// Iterations that were made of the original.
    package var iterations = 0
    /// The one that is gone on with.
    package var current = 0
    /// The one with the largest share of right answers, the original left out; `nil` where none was measured.
    package var best: Best?
    /// When something was last kept, in seconds since 1970.
    package var lastUsed: Double?
    /// Bytes of its files.
    package var bytes = 0

    /// A session in which nothing was done.
    package init() {}
  }

  /// The file.
  package let model: ModelSummary
  /// Layers with kernels.
  package let layers: Int
  /// Those of them that can be pruned.
  package let prunableLayers: Int
  /// Kernels that could go.
  package let removableKernels: Int
  /// Learnable elements.
  package let parameters: Int
  /// Multiply-accumulates for one example.
  package let multiplyAccumulates: Int
  /// What was kept of it; `nil` where nothing was.
  package var session: Session?

  /// A preview from its facts.
  package init(
    model: ModelSummary, layers: Int, prunableLayers: Int, removableKernels: Int, parameters: Int,
    multiplyAccumulates: Int, session: Session? = nil
  ) {
    self.model = model
    self.layers = layers
    self.prunableLayers = prunableLayers
    self.removableKernels = removableKernels
    self.parameters = parameters
    self.multiplyAccumulates = multiplyAccumulates
    self.session = session
  }
}
