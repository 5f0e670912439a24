import Errors
import Foundation
import Graph
import Session
import TestSupport
import Testing

/// Models that were made to end the program, or to exhaust it, opened as `inspect` and `:open` open one: read, bound,
/// coupled and summed up.
@Suite struct HostileFileTests {
  @Test func thereAreSuchFiles() { #expect(CaseFile.hostile.count >= 16) }

  @Test(.timeLimit(.minutes(2)), arguments: CaseFile.hostile)
  func aHostileFileIsOpenedOrRefusedWithASentence(file: URL) throws {
    do {
      let workbench = try Workbench(opening: file.path)
      #expect(workbench.current.summary.parameters >= 0)
      _ = workbench.current.bound.border
    } catch {
      let error = try #require(error as? any ExplainedError)
      #expect(error.sentence.hasSuffix(".") && error.remedy.hasSuffix("."))
      #expect(error.sentence.count < 1000)
    }
  }
}
