/// A model's path in two: what it is called, and what the names of models in its format end with.
struct ModelName {
  /// The path without what `ending` stands for.
  let stem: String
  /// `.onnx`, `.pt2`, or `-symbol.json` of an MXNet model.
  let ending: String

  init(path: String, isMXNet: Bool) {
    let (symbol, params) = ("-symbol.json", ".params")
    if let known = [symbol, ".pt2", ".onnx"].first(where: path.hasSuffix) {
      (stem, ending) = (String(path.dropLast(known.count)), known)
    } else if path.hasSuffix(params) {
      // prefix-0007.params: the symbol stands beside it.
      let name = path.dropLast(params.count)
      let digits = name.reversed().prefix { "0123456789".contains($0) }.count
      (stem, ending) = (String(name.dropLast(digits > 0 ? digits + 1 : 0)), symbol)
    } else {
      (stem, ending) = (path, isMXNet ? symbol : ".onnx")
    }
  }
}
