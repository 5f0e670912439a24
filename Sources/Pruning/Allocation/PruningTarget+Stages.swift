import Foundation
import Graph

extension PruningTarget {
  /// What may remain after each stage on the way to a target, in per cent of the beginning; the last is the target.
  ///
  /// What a group's width loses depends on how narrow the others have become. Above 12 % stages bring nothing; below, each
  /// leaves about two thirds of what the one before left, the same share.
  package static func stages(to percent: Double) -> [Double] {
    guard percent > 0, percent <= 12 else { return [percent] }
    let count = min(12, Int(cut: (log(percent / 100) / log(0.63)).rounded(.up)))
    return (1..<count).map { 100 * pow(percent / 100, Double($0) / Double(count)) } + [percent]
  }

  /// The cost that is counted and the share of it that may remain, in per cent; `nil` where kernels are counted, or time,
  /// which has to be measured.
  package func share(in groups: ChannelGroups) -> (percent: Double, measure: CostMeasure)? {
    guard let measure = remaining?.measure, measure != .latency,
      case .percent(let percent)? = (try? relative(to: groups))?.remaining?.amount
    else { return nil }
    return (percent, measure)
  }
}
