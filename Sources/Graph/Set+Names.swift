extension Set<String> {
  /// Takes a name that the set does not have: the given one, or with a number behind it from 2 on.
  package mutating func insertUnused(_ name: String, separator: String = "_") -> String {
    var (unused, number) = (name, 1)
    while !insert(unused).inserted {
      number += 1
      unused = "\(name)\(separator)\(number)"
    }
    return unused
  }
}
