import Foundation

/// Keeps a second program from writing into a session. The system lets go of it when the program ends, however it does.
final class SessionLock: Sendable {
  private let descriptor: Int32
  /// The number of the process that has it; `nil` where this one does, 0 where nobody knows.
  let holder: Int32?

  /// Takes the lock at `path`, or finds out who has it.
  init(_ path: String) throws(SessionError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      var bytes = [UInt8](repeating: 0, count: 32)
      let count = pread(descriptor, &bytes, bytes.count, 0)
      let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      holder = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
      return
    }
    // A file system without locks: nobody else is kept out, as with any other program there.
    holder = nil
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }

  deinit {
    guard descriptor >= 0 else { return }
    // A child process that is just being started has the descriptor too, until it is another program.
    if holder == nil { flock(descriptor, LOCK_UN) }
    close(descriptor)
  }
}
