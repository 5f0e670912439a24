public import Errors
import Graph

/// What can be wrong with data, with the file (and the place in it) that is at fault.
///
/// Every case has a ``sentence`` (what is wrong, and where) and a ``remedy`` (what to do).
public enum DatasetError: ExplainedError, Hashable {
  /// A file or folder cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// A file cannot be written.
  case unwritable(path: String, reason: String)
  /// Nothing at this path is data in a format that is known.
  case unrecognized(path: String, found: String)
  /// A file breaks its format's rules at a byte offset.
  case malformed(path: String, format: String, offset: Int, reason: String)
  /// A file is right, and uses a feature that is not read.
  case unsupported(path: String, feature: String, remedy: String)
  /// A header asks for more than is allowed, or more than the file can hold.
  case tooLarge(path: String, reason: String)
  /// What a file unpacks to, or an array in memory, takes more than the program may.
  case overBudget(path: String, needed: Int, allowed: Int)
  /// An archive has no array of this name; `wanted` are all that it should have.
  case missingArray(path: String, name: String, available: [String], wanted: [String])
  /// An array holds no examples, and does not have the shape of a value that serves all of them.
  case wrongShape(path: String, name: String, shape: [Int], wanted: [Int]?)
  /// Two files (or arrays) that belong together differ in their number of examples.
  case countsDiffer(first: String, firstCount: Int, second: String, secondCount: Int)
  /// The images are not of one size and no resize is set.
  case sizesDiffer(folder: String, first: String, second: String)
  /// A label is not a class index.
  case badLabel(path: String, index: Int, value: String)
  /// The data have no such part, or no example in it.
  case missingPart(path: String, part: String, available: [String])
  /// A setting does not go with these data.
  case unsuitable(setting: String, reason: String, remedy: String)
  /// Not one example can be read.
  case noneReadable(path: String, reason: String?)
  /// The configuration breaks its rules; `line` counts from 1, 0 where there is no line.
  case configuration(path: String, line: Int, reason: String, allowed: [String])
  /// An index that is not below the number of examples.
  case badIndex(index: Int, count: Int)
  /// A value asked of an array in a type that cannot hold it.
  case badValue(path: String, index: Int, reason: String)

  /// What is wrong and where, in one sentence.
  public var sentence: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)."
    case .unrecognized(let path, let found): "\(path) is not data that can be read: \(found)."
    case .malformed(let path, let format, let offset, let reason):
      "\(path) is not a valid \(format) file: \(reason), at byte \(offset)."
    case .unsupported(let path, let feature, _): "\(path) has \(feature), which is not read."
    case .tooLarge(let path, let reason): "\(path) is too large: \(reason)."
    case .overBudget(let path, let needed, let allowed):
      "\(path) would need \(needed.byteText) of memory, more than the \(allowed.byteText) that may be taken."
    case .missingArray(let path, let name, let available, _):
      "\(path) has no array \(name); it has \(list(available))."
    case .wrongShape(let path, let name, let shape, let wanted):
      "\(path): the array \(name) has the shape \(shape), and the model's input "
        + (wanted.map { "has the shape \($0) for every batch." } ?? "has an axis more, for the examples.")
    case .countsDiffer(let first, let firstCount, let second, let secondCount):
      "\(first) has \(grouped(firstCount)) examples, \(second) has \(grouped(secondCount))."
    case .sizesDiffer(let folder, let first, let second):
      "The images in \(folder) differ in size: \(first), \(second)."
    case .badLabel(let path, let index, let value):
      "\(path) holds \(value) as the label of example \(index), which is not a class index."
    case .missingPart(let path, let part, let available):
      "\(path) has no \(part) part; it has \(list(available))."
    case .unsuitable(let setting, let reason, _): "\(setting) does not go with these data: \(reason)."
    case .noneReadable(let path, let reason):
      "Not one example of \(path) can be read\(reason.map { ", the first because: \($0)" } ?? ".")"
    case .configuration(let path, let line, let reason, _):
      line > 0 ? "\(path), line \(line): \(reason)." : "\(path): \(reason)."
    case .badIndex(let index, let count): "Example \(index) was asked for, of \(grouped(count)) (from 0)."
    case .badValue(let path, let index, let reason): "\(path), element \(index): \(reason)."
    }
  }

  /// What kind of thing went wrong.
  public var code: ErrorCode {
    switch self {
    case .unreadable: .unreadable
    case .unwritable: .unwritable
    default: .unusableData
    }
  }

  /// What to do about it, in one sentence.
  public var remedy: String {
    switch self {
    case .unreadable: "Check the path and the permissions."
    case .unwritable: "Check that the folder exists, is writable and has room."
    case .unrecognized:
      "Give an IDX file or its folder, a .npz or .npy file, or a folder of PNG or JPEG images with one sub-folder per class."
    case .malformed: "Check that the file is whole, or make it anew."
    case .unsupported(_, _, let remedy): remedy
    case .tooLarge: "Check that the file is whole, or divide it (uncompressed arrays are read in parts)."
    case .overBudget: "Allow it that much, where the machine has it, or divide it."
    case .missingArray(_, _, _, let wanted):
      wanted.count > 1
        ? "Name an array for each input (\(wanted.joined(separator: ", "))), and y what they should give."
        : "Name the arrays \(wanted.first ?? "x") (examples first) and y."
    case .wrongShape(_, let name, _, let wanted):
      wanted.map { "Give an array \(name) of the shape \($0)." }
        ?? "Give an array \(name) with an axis for the examples."
    case .countsDiffer: "Check that both belong to the same data and are whole."
    case .sizesDiffer: "Set resize, for example resize: [224, 224]."
    case .badLabel: "Labels are whole numbers from 0; for other targets set loss: mse."
    case .missingPart(_, let part, _):
      part == "train" || part == "all"
        ? "Choose another part with split."
        : "Choose another part with split, or set one aside with \(part): 0.1."
    case .unsuitable(_, _, let remedy): remedy
    case .noneReadable: "Check that the files are whole."
    case .configuration(_, _, _, let allowed):
      allowed.isEmpty ? "Correct the line." : "Use one of: \(allowed.joined(separator: ", "))."
    case .badIndex: "Ask for indices below the number of examples."
    case .badValue: "Read it as floating-point numbers."
    }
  }
}

private func list(_ names: [String]) -> String {
  names.isEmpty ? "none" : names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
}

/// 12000 → "12,000", the same in every locale.
func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  var text = value < 0 ? "-" : ""
  for (position, digit) in digits.enumerated() {
    if position > 0, (digits.count - position) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}
