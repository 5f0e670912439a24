package import Foundation

extension JSONEncoder {
  /// Writes measured numbers: one that is none is a result too.
  package static var ofResults: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  /// A result as JSON: names and numbers, which can always be written.
  package static func bytes(of result: some Encodable) -> Data {
    guard let bytes = try? ofResults.encode(result) else {
      preconditionFailure("names and numbers can be written")
    }
    return bytes
  }
}

extension JSONDecoder {
  /// Reads what `JSONEncoder.ofResults` writes.
  package static var ofResults: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
