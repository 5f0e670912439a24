import Pruning
import Testing

/// A name in a table is a text for every program that reads the table.
@Suite struct CSVCellTests {
  @Test(arguments: [
    ("conv1.weight", "conv1.weight"), ("=1+2", "'=1+2"), ("+a", "'+a"), ("-a", "'-a"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "\"'\t=1\""), ("a=b", "a=b"), ("a,b", "\"a,b\""), ("=\"x\",1", "\"'=\"\"x\"\",1\""),
    ("a\r\nb", "\"a\r\nb\""), ("", ""),
  ])
  func isAText(name: String, cell: String) { #expect("\(CSVCell(name))" == cell) }
}
