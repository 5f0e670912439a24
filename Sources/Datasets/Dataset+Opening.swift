import Foundation
import Graph

extension Dataset {
  /// Opens what `configuration.data` names.
  ///
  /// - Parameters:
  ///   - configuration: the settings; flags merged over the file beside the model.
  ///   - parts: where no `split` is set, the first of these that the data have is taken
  ///     (`[.test, .validation]` to evaluate); without one, what is there to train on.
  ///   - inputShape: the model's input `[N, C, H, W]`, nil where free. What is not set follows it: the size and the
  ///     channels of images from a folder, the layout of arrays.
  ///   - inputs: the model's inputs, where they are known. Several are fed by an NPZ archive with an array for each of
  ///     them; preprocessing is for the first one that holds examples. An array of exactly the shape that an input is
  ///     declared with, where that leaves no room for examples, serves every batch.
  package init(
    _ configuration: DatasetConfiguration, preferring parts: [Split] = [], fitting inputShape: [Int?]? = nil,
    inputs: [InputDescription] = []
  ) throws {
    try configuration.validated()
    guard let paths = configuration.data, !paths.isEmpty else {
      throw DatasetError.unsuitable(
        setting: "data", reason: "no path is given", remedy: "Give a path to the data.")
    }
    let expanded = paths.map { ($0 as NSString).expandingTildeInPath }
    let located = try DataLocator(paths: expanded, inputs: inputs)
    let (found, split, isPool) = try located.choose(configuration, preferring: parts)

    let input = found.input ?? (inputs.count == 1 ? inputs[0] : nil)
    let inputShape = inputShape ?? input?.examplesFirst
    var settings = configuration
    let examples: Examples
    let storedShape: [Int]
    let storedAsBytes: Bool
    let total: Int
    switch found.examples {
    case .images(let folder):
      let size = try Self.imageSize(of: folder, settings: &settings, fitting: inputShape)
      examples = .images(folder, height: size[1], width: size[2])
      (storedShape, storedAsBytes, total) = (size, true, folder.files.count)
    case .array(let array):
      let rows = found.input == nil ? try array.movingToFront(input?.batchAxis ?? 0) : array
      let (view, layout) = try Self.view(of: rows, settings.layout, fitting: inputShape)
      settings.layout = view.shape.count == 4 ? layout : nil
      examples = .array(view, layout: layout)
      let lengths = Array(view.shape.dropFirst())
      storedShape = layout == .nhwc ? [lengths[2], lengths[0], lengths[1]] : lengths
      (storedAsBytes, total) = (view.elementType == .uint8, view.rowCount)
    }
    let preprocessing = Preprocessing(settings, storedAsBytes: storedAsBytes)
    settings.scale = settings.scale ?? (storedAsBytes ? 1.0 / 255 : 1)
    let (imageShape, exampleShape) = try preprocessing.shapes(of: storedShape)
    guard StoredArray.byteCount(imageShape, .float32) != nil, !exampleShape.contains(0) else {
      throw DatasetError.unsuitable(
        setting: "data", reason: "an example has the shape \(exampleShape)",
        remedy: "Give data that have elements.")
    }

    let answers = try Answers(found, settings: settings, total: total)
    settings.loss = answers.loss
    var stored = isPool ? Self.indices(of: split, total: total, configuration, found) : nil
    let available = stored?.count ?? total
    guard available > 0 else {
      throw DatasetError.missingPart(
        path: found.path, part: split.rawValue, available: located.parts.map(\.rawValue))
    }
    let count = min(available, configuration.limit ?? available)
    stored = stored.map { Array($0.prefix(count)) }

    self.path = found.path
    self.configuration = settings
    self.split = split
    self.count = count
    self.exampleShape = exampleShape
    self.loss = answers.loss
    self.inputName = inputs.count > 1 ? input?.name : nil
    self.further = found.further
    var shared: [String: (shape: [Int], values: [Float])] = [:]
    for (name, array) in found.shared { shared[name] = (array.shape, try array.floats()) }
    self.shared = shared
    self.examples = examples
    self.preprocessing = preprocessing
    self.storedIndices = stored
    self.labels = answers.labels
    self.targetArray = answers.targetArray
    self.target = answers.target
    self.imageShape = imageShape
    switch answers.target {
    case .array:
      self.targets = .arrays(
        shape: answers.targetArray.map { $0.shape.count > 1 ? Array($0.shape.dropFirst()) : [1] } ?? [])
    case .input: self.targets = .arrays(shape: exampleShape)
    case .image: self.targets = .arrays(shape: imageShape)
    case nil:
      self.targets =
        answers.labels == nil ? .none : .classes(count: answers.classCount, names: found.classNames)
    }
  }

  /// Opens the data at a path with settings for the rest.
  public init(
    path: String, configuration: DatasetConfiguration = DatasetConfiguration(),
    preferring parts: [Split] = [],
    fitting inputShape: [Int?]? = nil
  ) throws {
    var configuration = configuration
    configuration.data = [path]
    try self.init(configuration, preferring: parts, fitting: inputShape)
  }

  /// The stored shape `[C, H, W]` of a folder's images; sets the channels, and the size where the model fixes it.
  private static func imageSize(
    of folder: ImageFolder, settings: inout DatasetConfiguration, fitting inputShape: [Int?]?
  ) throws -> [Int] {
    let samples = folder.sampledHeaders()
    guard let first = samples.first else {
      throw DatasetError.unrecognized(path: folder.path, found: "none of its images can be read")
    }
    let wanted = inputShape?.count == 4 ? inputShape : nil
    if settings.channels == nil {
      let isGray = wanted?[1].map { $0 == 1 } ?? samples.allSatisfy { $0.header.channels == 1 }
      settings.channels = isGray ? .gray : .rgb
    }
    let factor = settings.downsample ?? 1
    if settings.resize == nil, let height = wanted?[2], let width = wanted?[3], (1...4096).contains(height),
      (1...4096).contains(width),
      samples.contains(where: { $0.header.height != height * factor || $0.header.width != width * factor })
    {
      settings.resize = .init(height: height * factor, width: width * factor)
    }
    if settings.resize == nil,
      let other = samples.first(where: {
        $0.header.height != first.header.height || $0.header.width != first.header.width
      })
    {
      func describe(_ sample: (file: String, header: ImageCodec.Header)) -> String {
        "\((sample.file as NSString).lastPathComponent) \(sample.header.height)×\(sample.header.width)"
      }
      throw DatasetError.sizesDiffer(folder: folder.path, first: describe(first), second: describe(other))
    }
    // Gray and colour may be mixed: every image is converted, so 3 stands for both.
    return [3, first.header.height, first.header.width]
  }

  /// An array seen as `[N, …]`: three dimensions are images of one channel unless the model's input has three too.
  private static func view(
    of array: StoredArray, _ layout: DatasetConfiguration.Layout?, fitting inputShape: [Int?]?
  ) throws -> (StoredArray, DatasetConfiguration.Layout) {
    guard array.shape.count >= 2 else {
      throw DatasetError.unsuitable(
        setting: "data", reason: "an array of shape \(array.shape) has no examples along its first dimension",
        remedy: "Give an array [N, C, H, W].")
    }
    if array.shape.count == 3, inputShape?.count != 3 {
      return (array.reshaped([array.shape[0], 1, array.shape[1], array.shape[2]]), .nchw)
    }
    guard array.shape.count == 4 else { return (array, .nchw) }
    if let layout { return (array, layout) }
    if inputShape?.count == 4, let channels = inputShape?[1], array.shape[1] != channels,
      array.shape[3] == channels
    {
      return (array, .nhwc)
    }
    return (array, .nchw)
  }

  /// The stored indices of a part that is cut by fractions, in rising order; nil for everything.
  private static func indices(
    of split: Split, total: Int, _ configuration: DatasetConfiguration, _ found: DataLocator.Found
  ) -> [Int]? {
    let validation = found.siblings.contains(.validation) ? 0 : configuration.validation ?? 0
    let test = found.siblings.contains(.test) ? 0 : configuration.test ?? 0
    guard split != .all, validation + test > 0 else { return nil }
    var generator = SeededGenerator(seed: configuration.seed ?? 0)
    let order = generator.permutation(of: total)
    let validationEnd = Int(cut: (validation * Double(total)).rounded())
    let testEnd = min(total, validationEnd + Int(cut: (test * Double(total)).rounded()))
    switch split {
    case .validation: return order[..<validationEnd].sorted()
    case .test: return order[validationEnd..<testEnd].sorted()
    default: return order[testEnd...].sorted()
    }
  }
}
