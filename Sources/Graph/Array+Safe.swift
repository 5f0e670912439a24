extension Array {
  /// The element, or `nil` beyond the end.
  package subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
