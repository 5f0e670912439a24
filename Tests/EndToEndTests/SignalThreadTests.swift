import Foundation
import TestSupport
import Testing

#if os(Linux)
  /// A handler on a thread that computes would write over the heap: oneDNN's kernels take memory there for their stack.
  struct SignalThreadTests {
    /// What handlers are installed for, by the terminal or by a command.
    private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT]

    /// A thread as `/proc` tells of it.
    private struct Status {
      let isMain: Bool
      /// Bit n − 1 is signal n.
      let blocked: UInt64

      init(_ text: Substring) throws {
        func field(_ key: String) -> String? {
          text.split(separator: "\n").first { $0.hasPrefix(key + ":") }?
            .dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
        }
        isMain = field("Pid") == field("Tgid")
        blocked = try #require(UInt64(field("SigBlk") ?? "", radix: 16))
      }
    }

    @Test func noThreadThatComputesTakesSignals() throws {
      let sample = try Sample()
      let script = """
        "$1" sensitivity "$2" --criterion taylor --examples 2000 --threads 2 --state "$3" >/dev/null 2>&1 &
        for i in $(seq 6000); do grep -q 'isComplete" : true' "$3" 2>/dev/null && break; sleep 0.01; done
        for task in /proc/$!/task/*; do cat $task/status; echo ----; done
        kill -TERM $!
        wait $!
        """
      let outcome = try Program.launch(
        "/bin/sh", ["-c", script, "sh", Program.executable, sample.model, sample.path("curves.json")])
      let parts = outcome.output.components(separatedBy: "----\n").dropLast()
      let threads = try parts.map { try Status($0[...]) }
      #expect(threads.count >= 3, "two that compute, and the one of the signals")
      for number in Self.numbers {
        let takers = threads.filter { $0.blocked & (1 << UInt64(number - 1)) == 0 }
        #expect(takers.map(\.isMain) == [false], "one thread, not the main one, takes signal \(number)")
      }
      #expect(outcome.code == 130 || outcome.code == 0)
    }
  }
#endif
