public import Datasets

/// A walk over the examples of a data set that can be stopped between any two batches.
public protocol DataRun {
  /// Does one more batch; `false` when all examples are done.
  func step() throws -> Bool
  /// How far the run is.
  var progress: RunProgress { get }
  /// Examples that could not be read.
  var skipped: [Batch.Skipped] { get }
}
