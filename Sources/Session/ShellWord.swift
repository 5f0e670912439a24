import Foundation

/// A word of a command as a shell reads it back.
package struct ShellWord: CustomStringConvertible, Sendable {
  /// The word, in quotes where it needs them.
  package let description: String

  /// A word that stands for just this text.
  package init(_ text: String) {
    let isPlain =
      !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "/._-+=:@%,~".contains($0) }
    description = isPlain ? text : "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
