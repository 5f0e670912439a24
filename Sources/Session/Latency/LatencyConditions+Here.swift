public import Compute
import Foundation

/// What times are measured under on this machine.
extension LatencyConditions {
  /// What plans with these options are measured under on this machine.
  public init(_ options: ComputeOptions) {
    self.init(
      threads: options.threads ?? ProcessInfo.processInfo.activeProcessorCount,
      precision: "\(options.precision)", processor: Self.processorHere)
  }

  /// What stands for them in the key of a cache: one in a home folder that machines share serves each with its own times.
  var key: String { "\(threads) \(precision) \(processor)" }

  private static let processorHere: String = {
    let lines =
      FileManager.default.contents(atPath: "/proc/cpuinfo")
      .map { String(decoding: $0, as: UTF8.self).split(separator: "\n") } ?? []
    func value(_ name: String) -> String? {
      lines.first { $0.hasPrefix(name) }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    }
    // Where the kernel has no name for it, the numbers of its maker and its kind tell it from others.
    return value("model name")
      ?? ["CPU implementer", "CPU part"].compactMap(value).joined(separator: " ")
  }()
}
