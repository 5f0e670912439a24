public import Foundation

/// An error that says in a sentence what is wrong and where, and in another what to do about it.
///
/// Every function of the library throws errors of one closed type, that of its module; this is what they have in common:
///
///     do { try model.write(network, to: path) } catch { print(error.sentence, error.remedy) }
///
/// Foundation's `localizedDescription` is the sentence.
public protocol ExplainedError: LocalizedError, Sendable {
  /// What is wrong and where.
  var sentence: String { get }
  /// What to do about it.
  var remedy: String { get }
}

extension ExplainedError {
  /// The sentence, for Foundation.
  public var errorDescription: String? { sentence }
  /// The remedy, for Foundation.
  public var recoverySuggestion: String? { remedy }
}

extension ComputeError: ExplainedError {}
extension DatasetError: ExplainedError {}
extension FormatError: ExplainedError {}
extension GraphError: ExplainedError {}
extension ProcedureError: ExplainedError {}
extension PruningError: ExplainedError {}
extension ScheduleError: ExplainedError {}
extension SessionError: ExplainedError {}
extension TrainingError: ExplainedError {}
