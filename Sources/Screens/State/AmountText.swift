package import Pruning
internal import TerminalUI

/// Amounts as people type and read them.
package enum AmountText {
  /// Reads `25`, `25%` or `12.5 %` (a share that goes) or `48k` (kernels that stay); `nil` for anything else.
  package static func amount(_ text: String) -> Amount? {
    var text = text.filter { $0 != " " }
    if let last = text.last, last == "k" || last == "K" {
      guard let kept = Int(text.dropLast()), kept >= 0, kept <= 1 << 30 else { return nil }
      return .keep(kept)
    }
    if text.last == "%" { text.removeLast() }
    guard let share = Double(text), share >= 0, share <= 100 else { return nil }
    return .percent(share)
  }

  /// An amount as it is typed: `25%`, `48k`.
  package static func text(_ amount: Amount) -> String {
    switch amount {
    case .percent(let share): percent(share)
    case .keep(let kept): "\(kept)k"
    }
  }

  /// A percentage with a decimal only where it has one: `25%`, `12.5%`.
  package static func percent(_ share: Double) -> String {
    let rounded = (share * 10).rounded() / 10
    return Quantity.fixed(rounded, digits: rounded == rounded.rounded() ? 0 : 1) + "%"
  }
}
