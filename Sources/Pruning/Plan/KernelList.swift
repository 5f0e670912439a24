import Graph

/// A list of kernel numbers as people write it: `0-11, 13, 15-19`.
package struct KernelList: Sendable, Hashable {
  /// The numbers, in the order given.
  package let kernels: [Int]

  /// A list of numbers in the order to be written.
  package init(_ kernels: [Int]) { self.kernels = kernels }

  /// Runs of consecutive numbers as `first-last`, joined by commas.
  package var text: String {
    var parts: [String] = []
    var index = 0
    while index < kernels.count {
      var last = index
      while last + 1 < kernels.count, kernels[last + 1] == kernels[last].plus(1) { last += 1 }
      parts.append(last == index ? "\(kernels[index])" : "\(kernels[index])-\(kernels[last])")
      index = last + 1
    }
    return parts.joined(separator: ",")
  }

  /// Reads what `text` writes; spaces are allowed. `nil` for anything else, for more than 2²⁰ numbers and
  /// for numbers from 2⁴⁰ on.
  package init?(_ text: String) {
    var kernels: [Int] = []
    let trimmed = text.filter { $0 != " " }
    if !trimmed.isEmpty {
      for part in trimmed.split(separator: ",", omittingEmptySubsequences: false) {
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
          first <= last, last < 1 << 40, kernels.count + last - first < 1 << 20
        else { return nil }
        kernels += first...last
      }
    }
    self.kernels = kernels
  }
}
