package import Foundation

extension Process {
  /// Starts the program with all signals open to it: programs inherit which ones are blocked, and a thread may block what is to end
  /// them.
  ///
  /// - Throws: what `run` throws.
  package func runUnblocked() throws {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}
