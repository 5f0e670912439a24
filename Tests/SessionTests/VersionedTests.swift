import Session
import Testing

@Suite struct VersionedTests {
  @Test func aValueCountsItsOwnChanges() {
    var numbers = Versioned<[Int]?>(nil)
    let before = numbers
    numbers.value = [1]
    numbers.value?.append(2)
    #expect(numbers.version == before.version + 2 && numbers != before)
    let changed = numbers
    numbers.update(to: [1, 2])
    #expect(numbers == changed, "the same value is no change")
    numbers.update(to: nil)
    #expect(numbers.version == changed.version + 1)
    #expect(numbers != before, "what was there once and is again is not taken for what never changed")
  }
}
