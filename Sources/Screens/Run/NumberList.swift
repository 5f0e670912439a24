/// Numbers in a field: decimals and fractions, separated by spaces, commas or semicolons.
enum NumberList {
  static func text(_ numbers: [Double]?) -> String { (numbers ?? []).map { "\($0)" }.joined(separator: " ") }

  static func read(_ text: String) -> [Double]? {
    let words = text.split { $0 == " " || $0 == "," || $0 == ";" }
    let numbers = words.compactMap { word -> Double? in
      let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
      switch parts.count {
      case 1: return parts[0]
      case 2:
        guard let top = parts[0], let bottom = parts[1], bottom != 0 else { return nil }
        return top / bottom
      default: return nil
      }
    }
    return numbers.count == words.count && !numbers.isEmpty && numbers.allSatisfy(\.isFinite) ? numbers : nil
  }
}
