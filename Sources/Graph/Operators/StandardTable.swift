extension OperatorTable {
  /// Every operator that secateur knows.
  public static let standard = OperatorTable([:])
}
