import Files

/// What an earlier run left in a folder step by step. It goes when the first step of a new run is written, so that steps
/// of two runs never stand beside each other.
package struct EarlierRun: Sendable {
  private let path: String
  private let isStep: @Sendable (String) -> Bool
  private var isRemoved = false

  /// - Parameters:
  ///   - path: the folder.
  ///   - isStep: whether a name is one that a step's files have.
  package init(in path: String, where isStep: @escaping @Sendable (String) -> Bool) {
    self.path = path
    self.isStep = isStep
  }

  /// Removes the earlier steps, when it is called first.
  package mutating func remove() {
    guard !isRemoved, let folder = try? Folder(path) else { return }
    isRemoved = true
    for name in folder.names where isStep(name) && folder.holdsFile(name) { folder.remove(name) }
  }
}
