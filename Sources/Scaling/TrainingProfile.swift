/// What a rank computes in a training step, measured on one machine.
package struct TrainingProfile: Sendable, Hashable, Codable {
  /// The gradient of a parameter.
  package struct Gradient: Sendable, Hashable, Codable {
    /// Its bytes, float32.
    package let bytes: Int
    /// Seconds from the beginning of the backward pass until it is whole.
    package let ready: Double

    /// A gradient.
    package init(bytes: Int, ready: Double) {
      self.bytes = bytes
      self.ready = ready
    }
  }

  /// Gradients that go together, once the last of them is whole.
  package struct Bucket: Sendable, Hashable {
    /// Bytes on the wire.
    package var bytes: Double
    /// Seconds from the beginning of the backward pass until it can leave.
    package var ready: Double
  }

  /// Examples of the step.
  package var batch: Int
  /// Seconds of the forward pass and the loss.
  package var forward: Double
  /// Seconds of the backward pass.
  package var backward: Double
  /// Seconds in which the optimiser moves the parameters.
  package var update: Double
  /// All gradients, in the order in which they become whole.
  package var gradients: [Gradient]

  /// A profile; the gradients are put in order.
  package init(batch: Int, forward: Double, backward: Double, update: Double, gradients: [Gradient]) {
    self.batch = batch
    self.forward = forward
    self.backward = backward
    self.update = update
    self.gradients = gradients.sorted { $0.ready < $1.ready }
  }

  /// Bytes of all gradients.
  package var gradientBytes: Int { gradients.reduce(0) { $0 + $1.bytes } }

  /// Seconds of the step on one rank.
  package var seconds: Double { forward + backward + update }

  /// Buckets of at least so many bytes, but for the last one, in the order in which they become whole.
  ///
  /// - Parameter bytesPerElement: on the wire: 4 for float32, 2 for bfloat16.
  package func buckets(of bytes: Int, bytesPerElement: Int = 4) -> [Bucket] {
    var buckets: [Bucket] = []
    var isOpen = false
    var held = 0
    for gradient in gradients where gradient.bytes > 0 {
      let wire = Double(gradient.bytes) * Double(bytesPerElement) / 4
      if isOpen {
        buckets[buckets.count - 1].bytes += wire
        buckets[buckets.count - 1].ready = gradient.ready
      } else {
        buckets.append(Bucket(bytes: wire, ready: gradient.ready))
        held = 0
      }
      held += gradient.bytes
      isOpen = held < bytes
    }
    return buckets
  }

  /// The step with another number of examples, for which passes take so many seconds; gradients become whole at the same
  /// shares of the backward pass.
  package func scaled(batch: Int, forward: Double, backward: Double) -> TrainingProfile {
    var scaled = self
    let factor = self.backward > 0 ? backward / self.backward : 1
    (scaled.batch, scaled.forward, scaled.backward) = (batch, forward, backward)
    scaled.gradients = gradients.map { Gradient(bytes: $0.bytes, ready: $0.ready * factor) }
    return scaled
  }

  /// The step on a rank that computes so many times faster.
  package func faster(by factor: Double) -> TrainingProfile {
    var faster = scaled(batch: batch, forward: forward / factor, backward: backward / factor)
    faster.update = update / factor
    return faster
  }
}
