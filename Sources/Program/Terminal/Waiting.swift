#if os(Linux)
  import Glibc
#endif

/// How threads wait for each other.
///
/// GNU's OpenMP runtime lets a thread that waits spin for milliseconds. Where another program has one of the cores,
/// every barrier takes as long as that program's turn, and scoring becomes ten times slower. Spinning for
/// microseconds costs nothing where the cores are free. The runtime reads its settings as it is loaded, before any
/// code of ours, so the program starts itself once more.
enum Waiting {
  /// Makes threads wait briefly, unless the user's environment says how they should.
  static func makeBrief() {
    #if os(Linux)
      guard getenv("GOMP_SPINCOUNT") == nil, getenv("OMP_WAIT_POLICY") == nil else { return }
      setenv("GOMP_SPINCOUNT", "1000", 1)
      var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      // By its own name: what lists processes shows the name of the file that was started.
      guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return }
      // Where this fails, the threads wait as they always did.
      execv(path, CommandLine.unsafeArgv)
    #endif
  }
}
