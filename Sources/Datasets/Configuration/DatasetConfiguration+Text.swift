import YAML

extension DatasetConfiguration {
  /// The settings as YAML, in the order of ``keys``; what is not set is left out. Reading it gives the same settings.
  public var yaml: String {
    var entries: [YAMLOutput.Entry] = []
    func add(_ key: String, _ value: YAMLOutput?) {
      if let value { entries.append(.init(key, value)) }
    }
    func word(_ value: (some RawRepresentable<String>)?) -> YAMLOutput? { value.map { .plain($0.rawValue) } }
    func numbers(_ values: [Double]) -> YAMLOutput {
      values.count == 1 ? .number(values[0]) : .list(values.map(YAMLOutput.number), inline: true)
    }
    // A path is read as it stands, whatever is in it.
    func texts(_ values: [String]) -> YAMLOutput { .list(values.map(YAMLOutput.quoted), inline: true) }
    add("data", data.map { $0.count == 1 ? .quoted($0[0]) : texts($0) })
    add("split", word(split))
    add("validation", validation.map(YAMLOutput.number))
    add("test", test.map(YAMLOutput.number))
    add("layout", word(layout))
    add("scale", scale.map(YAMLOutput.number))
    add("mean", mean.map(numbers))
    add("deviation", deviation.map(numbers))
    add(
      "resize",
      resize.map {
        let sides: [YAMLOutput.Entry] = [
          .init("height", .integer($0.height)), .init("width", .integer($0.width)),
          .init("mode", .plain($0.mode.rawValue)),
        ]
        return .mapping(sides + ($0.shorter.map { [.init("shorter", .integer($0))] } ?? []), inline: true)
      })
    add("channels", word(channels))
    add("limit", limit.map(YAMLOutput.integer))
    add("seed", seed.map { .integer(Int(Int64(bitPattern: $0))) })
    add("loss", word(loss))
    add("loss-at", lossAt.map { texts($0.map(\.text)) })
    add("target", word(target))
    add("downsample", downsample.map(YAMLOutput.integer))
    return entries.isEmpty ? "" : YAMLOutput.mapping(entries).document()
  }
}
