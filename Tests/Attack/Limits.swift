import Foundation

/// What a mutant may take before the system ends the process.
enum Limits {
  // Linux's numbers; Swift sees the C names with other types in other libraries.
  private static let addressSpace = __rlimit_resource_t(9)
  private static let coreFile = __rlimit_resource_t(4)
  private static let profiling = __itimer_which_t(2)
  private static let ownUsage = __rusage_who_t(0)

  /// Bounds the process's address space.
  static func bound(memory bytes: Int) {
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    setrlimit(addressSpace, &limit)
    limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(coreFile, &limit)
  }

  /// Ends the process by a signal unless it is called again within so many seconds of processor time.
  static func allow(seconds: Int) {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    setitimer(profiling, &timer, nil)
    // Something that waits takes no processor time.
    alarm(UInt32(12 * seconds))
  }

  /// The processor time that the process took so far.
  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The most memory that the process held so far.
  static var peakBytes: Int {
    var usage = rusage()
    getrusage(ownUsage, &usage)
    return usage.ru_maxrss * 1024
  }
}
