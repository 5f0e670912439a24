import Formats
import Graph

/// A network that stands in no file: nothing is written like it.
struct UnfiledModel: ModelFile {
  let network: Network
  let formatName = "memory"
  let fileBytes = 0

  func files(writtenTo path: String) -> [String] { [path] }
  func path(ofStem stem: String) -> String { stem }

  func write(_ network: Network, to path: String, shapes: [String: [Graph.Dimension]]) throws {
    throw FormatError.unknownFormat(file: path)
  }
}
