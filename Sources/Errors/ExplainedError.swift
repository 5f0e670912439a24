public import Foundation

/// An error that says in a sentence what is wrong and where, and in another what to do about it.
///
/// Whatever the library throws is one; a `catch` that tells cases apart names the type of its module:
///
///     do { try model.write(network, to: path) } catch let error as any ExplainedError {
///       print(error.sentence, error.remedy)
///     }
///
/// Foundation's `localizedDescription` is the sentence.
public protocol ExplainedError: LocalizedError, Sendable {
  /// What is wrong and where.
  var sentence: String { get }
  /// What to do about it. It speaks of the library: no command and no flag is named.
  var remedy: String { get }
  /// What kind of thing went wrong.
  var code: ErrorCode { get }
}

extension ExplainedError {
  /// The sentence, for Foundation.
  public var errorDescription: String? { sentence }
  /// The remedy, for Foundation.
  public var recoverySuggestion: String? { remedy }
  /// Nothing: the sentence says it all.
  public var failureReason: String? { nil }
  /// Nothing: there is no help beyond the remedy.
  public var helpAnchor: String? { nil }
}

/// What kind of thing went wrong: the exit codes of commands follow from it.
public enum ErrorCode: Sendable, Hashable, CaseIterable {
  /// A check of the program's own did not hold.
  case checkFailed
  /// What was asked for cannot be.
  case usage
  /// A model, data or another file cannot be used as it is.
  case unusableData
  /// A file cannot be read.
  case unreadable
  /// Something is right, and the program has not learned it.
  case unsupported
  /// A file cannot be written, or not without destroying another one.
  case unwritable
  /// There is no terminal to draw on.
  case noTerminal
  /// Somebody stopped the work.
  case stopped
}
