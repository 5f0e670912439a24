import Pruning
import TerminalUI

/// A number of something before and after, as reports say it.
struct Amounts: Encodable {
  let before: Int
  let after: Int

  init(before: Int, after: Int) { (self.before, self.after) = (before, after) }

  init(_ change: Change<Int>) { self.init(before: change.before, after: change.after) }

  /// Both, or one where they are the same: `1,000 → 500`.
  var text: String {
    before == after
      ? Quantity.grouped(before) : "\(Quantity.grouped(before)) → \(Quantity.grouped(after))"
  }

  /// Both, whatever they are, and by how much that is less: `1,000 → 500 MACs (−50.0%)`.
  func text(_ unit: String) -> String {
    "\(Quantity.grouped(before)) → \(Quantity.grouped(after)) \(unit) (\(share))"
  }

  /// By how much one is less than the other, in per cent.
  var share: String { Quantity.change(from: Double(before), to: Double(after), digits: 1) }
}
