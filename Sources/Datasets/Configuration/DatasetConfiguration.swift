/// How data become a network's input, and what its output is measured against.
///
/// It stands beside the model (`reference.onnx`, `reference.yaml`) or comes from flags; a flag wins over the file.
/// What is not set is decided when the data are opened, from the data and the model's input.
public struct DatasetConfiguration: Sendable, Hashable, Codable {
  /// The order of a stored example's dimensions.
  public enum Layout: String, Sendable, CaseIterable, Codable {
    /// `[N, C, H, W]`: a plane per channel.
    case nchw
    /// `[N, H, W, C]`: the channels of a pixel together.
    case nhwc
  }

  /// Which channels the network sees.
  public enum Channels: String, Sendable, CaseIterable, Codable {
    /// Red, green, blue; gray is repeated.
    case rgb
    /// Blue, green, red; gray is repeated.
    case bgr
    /// One channel: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
    case gray
  }

  /// A size in pixels, and how an image of another shape comes to it.
  public struct Resize: Sendable, Hashable, Codable {
    /// What happens to an image of another aspect.
    public enum Mode: String, Sendable, CaseIterable, Codable {
      /// It is stretched.
      case stretch
      /// The image is scaled until it covers the size; what stands over is cut off on both sides.
      case crop
    }

    /// Pixels from top to bottom.
    public var height: Int
    /// Pixels from left to right.
    public var width: Int
    /// What happens to an image of another aspect.
    public var mode: Mode
    /// With `crop`: the length of the shorter side before cropping (256 for the usual 224 of ImageNet);
    /// without it as small as covers the size.
    public var shorter: Int?

    /// A size that images are brought to.
    public init(height: Int, width: Int, mode: Mode = .crop, shorter: Int? = nil) {
      self.height = height
      self.width = width
      self.mode = mode
      self.shorter = shorter
    }
  }

  /// What the output is measured by.
  public enum Loss: String, Sendable, CaseIterable, Codable {
    /// Cross entropy over classes; needs a label an example, or a map of classes `[H, W]`.
    case crossEntropy = "cross-entropy"
    /// Mean squared error against a target of the output's shape.
    case meanSquaredError = "mse"
    /// Mean absolute error against such a target.
    case absoluteError = "l1"
    /// Charbonnier's error, an absolute one that is smooth at 0, against such a target.
    case charbonnier
    /// Cross entropy of as many yes-or-no answers as the output has logits; the target is 0 … 1.
    case binaryCrossEntropy = "bce"
    /// No target: what happens to the output itself counts.
    case outputEnergy = "output-energy"

    /// Whether the output is compared with values of its own shape.
    var comparesValues: Bool {
      switch self {
      case .meanSquaredError, .absoluteError, .charbonnier, .binaryCrossEntropy: true
      case .crossEntropy, .outputEnergy: false
      }
    }
  }

  /// What the output is compared with, where a loss compares values.
  public enum Target: String, Sendable, CaseIterable, Codable {
    /// The array `y` of the data.
    case array
    /// The network's own input (an autoencoder).
    case input
    /// The preprocessed image before `downsample` (an up-sampling network).
    case image
  }

  /// Files or folders; two are images and labels (x and y).
  public var data: [String]?
  /// Which part is used.
  public var split: Split?
  /// The fraction set aside for validation where the data have no validation part of their own.
  public var validation: Double?
  /// The fraction set aside for testing where the data have no test part of their own.
  public var test: Double?
  /// The stored order of dimensions, for arrays.
  public var layout: Layout?
  /// Multiplies stored values first; without it 1/255 for bytes, 1 for anything else.
  public var scale: Double?
  /// Subtracted after scaling: one value, or one per channel in the network's order.
  public var mean: [Double]?
  /// Divides after the mean is subtracted: one value, or one per channel.
  public var deviation: [Double]?
  /// The size that images are brought to.
  public var resize: Resize?
  /// Which channels the network sees; without it as stored.
  public var channels: Channels?
  /// How many examples are used, the first ones of the part.
  public var limit: Int?
  /// Where random choices (order, parts) begin.
  public var seed: UInt64?
  /// What the output is measured by.
  public var loss: Loss?
  /// The values of the network that the loss is taken of, with weights; its first output without it. What lies
  /// behind them all is not computed.
  public var lossAt: [LossTerm]?
  /// What the output is compared with, where the loss compares values.
  public var target: Target?
  /// The network's input is the image averaged over blocks of this many pixels a side.
  public var downsample: Int?

  /// A configuration in which nothing is set.
  public init() {}

  /// This configuration where it is set, `other` where it is not: `flags.merged(over: file)`.
  public func merged(over other: DatasetConfiguration) -> DatasetConfiguration {
    var result = DatasetConfiguration()
    result.data = data ?? other.data
    result.split = split ?? other.split
    result.validation = validation ?? other.validation
    result.test = test ?? other.test
    result.layout = layout ?? other.layout
    result.scale = scale ?? other.scale
    result.mean = mean ?? other.mean
    result.deviation = deviation ?? other.deviation
    result.resize = resize ?? other.resize
    result.channels = channels ?? other.channels
    result.limit = limit ?? other.limit
    result.seed = seed ?? other.seed
    result.loss = loss ?? other.loss
    result.lossAt = lossAt ?? other.lossAt
    result.target = target ?? other.target
    result.downsample = downsample ?? other.downsample
    return result
  }

  /// Throws on a value that no data can go with (flags have no line; the file's are checked while it is read).
  public func validated() throws {
    if let rule = brokenRule() {
      throw DatasetError.unsuitable(setting: rule.key, reason: rule.reason, remedy: "Correct \(rule.key).")
    }
  }

  /// The first setting that breaks a rule of its own.
  func brokenRule() -> (key: String, reason: String)? {
    for (key, fraction) in [("validation", validation), ("test", test)] {
      if let fraction, !(fraction >= 0 && fraction < 1) {
        return (key, "\(key) is a fraction from 0 to below 1")
      }
    }
    if (validation ?? 0) + (test ?? 0) >= 1 {
      return ("validation", "validation and test leave nothing to train on")
    }
    if let scale, !scale.isFinite || scale == 0 { return ("scale", "scale is a number other than 0") }
    if let mean, mean.isEmpty || mean.contains(where: { !$0.isFinite }) {
      return ("mean", "mean is a number or one per channel")
    }
    if let deviation, deviation.isEmpty || deviation.contains(where: { !$0.isFinite || $0 == 0 }) {
      return ("deviation", "deviation is a number other than 0, or one per channel")
    }
    if let resize {
      guard (1...4096).contains(resize.height), (1...4096).contains(resize.width) else {
        return ("resize", "resize is a height and a width from 1 to 4096")
      }
      if let shorter = resize.shorter, shorter < max(resize.height, resize.width) || shorter > 65_536 {
        return ("resize", "shorter is at least the height and the width that are cut out")
      }
    }
    if let lossAt, lossAt.isEmpty || lossAt.contains(where: { $0.value.isEmpty || !$0.weight.isFinite }) {
      return ("loss-at", "loss-at is a value's name, or names with weights: logits, aux=0.4")
    }
    if let limit, limit < 1 { return ("limit", "limit is a number from 1") }
    if let downsample, !(1...64).contains(downsample) {
      return ("downsample", "downsample is a number from 1 to 64")
    }
    return nil
  }
}
