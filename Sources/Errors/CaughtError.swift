/// An error of any module as a value: it can be kept, compared and handed from thread to thread.
package struct CaughtError: ExplainedError, Hashable {
  /// The error itself; `nil` where it was none that explains itself.
  package let error: (any ExplainedError)?
  /// What is wrong and where.
  package let sentence: String
  /// What to do about it.
  package let remedy: String
  /// What kind of thing went wrong.
  package let code: ErrorCode

  /// What was caught.
  ///
  /// - Parameter remedy: other words for what to do about it.
  package init(_ caught: any Error, remedy: String? = nil) {
    let known = caught as? any ExplainedError
    error = (known as? CaughtError).map(\.error) ?? known
    sentence = known?.sentence ?? "\(caught)"
    self.remedy = remedy ?? known?.remedy ?? "Report this message."
    code = known?.code ?? .unusableData
  }

  /// The sentence and the remedy, one after the other.
  package var advice: String { sentence + " " + remedy }

  /// Whether both say the same.
  package static func == (first: CaughtError, second: CaughtError) -> Bool {
    (first.sentence, first.remedy, first.code) == (second.sentence, second.remedy, second.code)
  }

  /// Hashes what it says.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(sentence)
    hasher.combine(remedy)
  }
}
