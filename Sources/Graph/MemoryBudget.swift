import Foundation
import Synchronization

/// How much memory the program may take for what a file asks for.
///
/// Foretold before anything is computed: a constant that folding would make, the arena of a plan, a file that is
/// unpacked, a picture.
public struct MemoryBudget: Sendable, Hashable {
  /// The bytes that may be taken.
  public let bytes: Int

  /// A budget of so many bytes.
  public init(bytes: Int) { self.bytes = max(0, bytes) }

  /// Reads a size as people write it: `8G`, `512M`, `1.5GiB`, `4096K`, `1000000`; `nil` for anything else.
  public init?(text: some StringProtocol) {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let factors = ["": 1, "B": 1, "K": 1024, "M": 1_048_576, "G": 1_073_741_824, "T": 1_099_511_627_776]
    var unit = text.dropFirst(number.count).uppercased()
    for suffix in ["IB", "B"] where unit.count > 1 && unit.hasSuffix(suffix) { unit.removeLast(suffix.count) }
    guard let size = Double(number), size > 0, let factor = factors[unit] else { return nil }
    self.init(bytes: Int(cut: size * Double(factor)))
  }

  private static let own = Mutex<MemoryBudget?>(nil)

  /// What somebody asked for, for the whole process; `nil` where the machine decides.
  package static var asked: MemoryBudget? { own.withLock { $0 } }

  /// Sets what `current` is from now on, for the whole process.
  public static func ask(for budget: MemoryBudget?) { own.withLock { $0 = budget } }

  /// What may be taken now: what was asked for, or nine tenths of what the machine has to give.
  public static var current: MemoryBudget { asked ?? MemoryBudget(bytes: availableBytes / 10 * 9) }

  /// The budget, where so many bytes are more than it; `nil` where they may be taken. A few megabytes always may.
  package static func exceeded(by bytes: Int) -> MemoryBudget? {
    guard bytes > 1 << 24 else { return nil }
    let budget = current
    return bytes > budget.bytes ? budget : nil
  }

  /// Bytes that the machine can give without taking them from others: on Linux what the kernel believes to be
  /// available, elsewhere its whole memory.
  package static var availableBytes: Int {
    if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    {
      return kibibytes.times(1024)
    }
    return Int(clamping: ProcessInfo.processInfo.physicalMemory)
  }
}

extension Int {
  /// A number of bytes as people say it: `6.6 GB`, `320 MB`; at least 1 MB.
  package var byteText: String {
    let bytes = Double(self)
    if bytes >= 1e12 { return String(format: "%.1f TB", bytes / 1e12) }
    return bytes >= 1e9 ? String(format: "%.1f GB", bytes / 1e9) : "\(Swift.max(1, self / 1_000_000)) MB"
  }

  /// A budget that so many bytes fit into, as `MemoryBudget(text:)` reads it: `8G`.
  package var budgetText: String {
    self >= 1 << 30 ? "\(Int(cut: (Double(self) / 0x1p30 * 1.1).rounded(.up)))G" : "\((self >> 20) + 64)M"
  }
}
