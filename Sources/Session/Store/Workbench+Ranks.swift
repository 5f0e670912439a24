import Foundation
package import Ranks

/// A session that ranks share: rank 0 has its folder, and all go on from what stands there.
extension Workbench {
  /// Brings every rank to where the session of rank 0 is. The others take it up and keep nothing.
  ///
  /// - Parameter folder: the session's, which rank 0 has taken up; looked at on rank 0 only.
  package func share(_ folder: SessionFolder?, over ranks: any Communicator) throws {
    guard ranks.count > 1 else { return }
    var bytes = ranks.isFirst ? folder?.message ?? [] : []
    try ranks.broadcast(&bytes)
    guard !ranks.isFirst, !bytes.isEmpty else { return }
    let copy = try SessionFolder(unpacking: bytes)
    defer { try? FileManager.default.removeItem(atPath: copy.path) }
    _ = try look(at: copy)
  }
}

extension SessionFolder {
  /// The files of a session that is there, but for the lock; no bytes where nothing is kept.
  var message: [UInt8] {
    guard exists else { return [] }
    var message = MessageWriter()
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    for name in names.sorted() where name != Self.lock {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
      guard attributes?[.type] as? FileAttributeType == .typeRegular,
        let data = FileManager.default.contents(atPath: "\(path)/\(name)")
      else { continue }
      message.write(name)
      message.write(Array(data))
    }
    return message.bytes
  }

  /// A copy of another rank's session, in a folder of its own that its maker removes.
  init(unpacking bytes: [UInt8]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "secateur-rank-\(UUID().uuidString)", directoryHint: .isDirectory)
    var reader = MessageReader(bytes, from: 0)
    while !reader.isAtEnd {
      let name = try reader.readText()
      // A session has folders of files, and nothing that leads out of it.
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else { throw reader.unfit }
      let file = folder.appending(path: name)
      do {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
        try Data(try reader.readBytes()).write(to: file)
      } catch let error as CocoaError {
        throw SessionError.unwritable(path: file.path, reason: error.localizedDescription)
      }
    }
    self.init(folder.path)
  }
}
