/// Where an engine keeps what happens.
package enum SessionLocation: Sendable, Hashable {
  /// Nowhere: it is gone with the program.
  case nowhere
  /// In the usual folder of the model. What was kept there is taken up, or put aside first.
  case standard(startsAnew: Bool)
  /// In this folder, likewise.
  case folder(SessionFolder, startsAnew: Bool)
}
