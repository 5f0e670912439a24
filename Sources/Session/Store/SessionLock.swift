import Files
import Foundation

/// Keeps a second program from writing into a session. The system lets go of it when the program ends, however it does.
final class SessionLock: Sendable {
  private let descriptor: Int32
  /// The number of the process that has it; `nil` where this one does, 0 where nobody knows.
  let holder: Int32?

  /// Takes the lock of a session's folder, or finds out who has it.
  ///
  /// - Throws: where something else than the session's own file has the lock's name.
  init(in folder: Folder) throws {
    descriptor = try SessionError.writing {
      try folder.openFile(SessionFolder.lock, flags: O_RDWR | O_CREAT, permissions: 0o600)
    }
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
