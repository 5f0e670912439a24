/// Frames of the screen of sensitivity that were looked at and found good.
enum SensitivityFrames {
  /// A layer that shall lose 40 %, its curves below.
  static let small = #"""
    """#

  /// While curves are measured, on a terminal that shows ASCII only.
  static let ascii = #"""
    """#

  /// The plots beside the table of a large terminal.
  static let large = #"""
    """#
}
