import Foundation

/// The one thread of the program that takes signals.
///
/// Kernels of oneDNN use memory on the heap as their stack for as long as they run. A handler that ran on such a thread would
/// write its frame over whatever lies before that memory. So all other threads leave signals to this one.
enum SignalThread {
  /// What somebody sends to a program, in contrast to what its own instructions cause.
  private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT]

  private static func set(of numbers: [Int32]) -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
  }

  /// Starts the thread. To be called before any other thread is there: threads begin with the mask of the one that starts them.
  static func start() {
    var all = set(of: numbers)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let thread = Thread {
      let ends = [SIGINT, SIGTERM]
      var (waited, others) = (set(of: ends), set(of: numbers.filter { !ends.contains($0) }))
      pthread_sigmask(SIG_UNBLOCK, &others, nil)
      while true {
        var number: Int32 = 0
        guard sigwait(&waited, &number) == 0 else { continue }
        if !Interruption.take() { deliver(number) }
      }
    }
    thread.name = "signals"
    thread.start()
  }

  /// Has the signal do here what it does where nobody waits for it: the terminal's handler runs, or the program ends.
  private static func deliver(_ number: Int32) {
    var one = set(of: [number])
    pthread_sigmask(SIG_UNBLOCK, &one, nil)
    raise(number)
    pthread_sigmask(SIG_BLOCK, &one, nil)
  }
}
