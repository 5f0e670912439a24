import Training

/// Sums over an epoch's batches.
struct EpochSums {
  private var lossSum = 0.0
  private var batches = 0
  private var correct = 0
  private var decisions = 0

  var loss: Double? { batches > 0 ? lossSum / Double(batches) : nil }
  var accuracy: Double? { decisions > 0 ? Double(correct) / Double(decisions) : nil }

  mutating func add(_ loss: Double, _ batch: MeasuredBatch) {
    lossSum += loss
    batches += 1
    correct += batch.correct
    decisions += batch.decisions
  }
}
