/// The part of the data that is meant.
public enum Split: String, Sendable, CaseIterable, Codable {
  /// What scoring and training see.
  case train
  /// What is set aside to choose between iterations.
  case validation
  /// What is measured at the end.
  case test
  /// Everything that is not a test set.
  case all

  /// The part that a file's or folder's name means, if it does.
  init?(word: String) {
    switch word.lowercased() {
    case "train", "training": self = .train
    case "val", "valid", "validation": self = .validation
    case "test", "testing", "t10k": self = .test
    default: return nil
    }
  }
}
