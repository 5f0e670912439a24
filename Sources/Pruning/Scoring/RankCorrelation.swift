/// Spearman's rank correlation of two lists of scores: 1 where they order the kernels alike, 0 where the orders
/// have nothing to do with each other, −1 where one is the other's reverse.
///
/// Equal scores share the mean of their ranks. Where all scores of a list are equal, it has no order: the result
/// is 1 if that is so in both lists, else 0.
///
/// - Precondition: the lists are of the same kernels.
package func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count, "scores of the same kernels")
  let (x, y) = (ranks(a), ranks(b))
  let mean = Double(a.count - 1) / 2
  var (product, squareX, squareY) = (0.0, 0.0, 0.0)
  for (x, y) in zip(x, y) {
    product += (x - mean) * (y - mean)
    squareX += (x - mean) * (x - mean)
    squareY += (y - mean) * (y - mean)
  }
  if squareX == 0 || squareY == 0 { return squareX == squareY ? 1 : 0 }
  return product / (squareX * squareY).squareRoot()
}

/// The position of each score in the order, from 0.
private func ranks(_ scores: [Double]) -> [Double] {
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var result = [Double](repeating: 0, count: scores.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
    for index in start..<end { result[order[index]] = Double(start + end - 1) / 2 }
    start = end
  }
  return result
}
