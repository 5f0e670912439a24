extension SensitivityTable {
  /// The complete curves in the columns `parameter,sparsity,top1,top5,loss`, those of Distiller's sensitivity
  /// analysis.
  ///
  /// `parameter` is the name of a layer's weight in the file; layers that are tied are pruned together, and each has
  /// lines of its own with the same figures. `sparsity` is the share of the kernels that was asked to go, 0…1, 0
  /// included; `top1` and `top5` are in per cent and empty where there are no classes; `loss` is the mean loss.
  public var csv: String {
    var lines = ["parameter,sparsity,top1,top5,loss"]
    for curve in curves where curve.isComplete {
      for weight in curve.weights {
        for point in curve.points {
          let found = point.measurement
          lines.append(
            [
              "\(CSVCell(weight))", Self.number(point.level / 100),
              found.top1.map { Self.number(100 * $0) } ?? "", found.top5.map { Self.number(100 * $0) } ?? "",
              Self.number(found.loss),
            ].joined(separator: ","))
        }
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Rounded to nine digits behind the point, so that 0.3 reads 0.3.
  private static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e6 else { return "\(value)" }
    let rounded = (value * 1e9).rounded() / 1e9
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
