enum Frames {
  static let layers = ""
  static let layersASCII = ""
  static let everything = ""
  static let shapes = ""
}
