import Pruning

/// What a schedule's run wrote down, an epoch a row.
public struct ScheduleLog: Sendable, Hashable {
  /// An epoch.
  public struct Row: Sendable, Hashable, Codable {
    /// The epoch, from 0.
    public var epoch: Int
    /// The mean loss of its training batches.
    public var loss: Double
    /// The share of right decisions in these; `nil` without classes.
    public var accuracy: Double?
    /// The mean loss on the validation data; `nil` without such data.
    public var validationLoss: Double?
    /// The share of right decisions on them.
    public var validationAccuracy: Double?
    /// The learning rate at its end.
    public var rate: Double
    /// How long it took.
    public var seconds: Double
    /// The network's size.
    public var size: NetworkSize
    /// By layer: the share of its weight's elements that are zero.
    public var sparsity: [String: Double]
  }

  /// The layers, a column each.
  public let layers: [String]
  /// The epochs so far.
  public var rows: [Row]

  /// A log of some layers.
  package init(layers: [String], rows: [Row] = []) {
    self.layers = layers
    self.rows = rows
  }

  /// As CSV, with a heading.
  public var csv: String {
    let names = [
      "epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "rate", "seconds", "weights",
      "macs",
    ]
    var lines = [(names + layers.map { "\(CSVCell("sparsity:\($0)"))" }).joined(separator: ",")]
    for row in rows {
      let numbers: [Double?] = [
        row.loss, row.accuracy, row.validationLoss, row.validationAccuracy, row.rate, row.seconds,
      ]
      let cells =
        ["\(row.epoch)"] + numbers.map { $0.map { "\($0)" } ?? "" }
        + ["\(row.size.weights)", "\(row.size.multiplyAccumulates)"]
        + layers.map { row.sparsity[$0].map { "\($0)" } ?? "" }
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
