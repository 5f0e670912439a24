import Compute
import Datasets
import Files
import Foundation
import Session
import TestSupport
import Testing

/// What the terminal program writes is written over nothing that is open, and over nothing unasked.
@Suite struct ExportFilesTests {
  private let folder: TemporaryFolder
  private let workbench: Workbench

  init() throws {
    folder = try TemporaryFolder()
    for name in ["model.onnx", "data.npz"] {
      try FileManager.default.copyItem(atPath: try TaylorFixture.path(name), toPath: folder.path(name))
    }
    var options = ComputeOptions()
    options.threads = 1
    workbench = try Workbench(opening: folder.path("model.onnx"), options: options)
    try workbench.keep(in: SessionFolder(folder.path("session")))
    var data = DatasetConfiguration()
    data.data = [folder.path("data.npz")]
    data.loss = .crossEntropy
    try workbench.attach(data)
  }

  private func check(
    _ model: String, plan: String? = nil, kept: [String] = [], reports: [String] = [], overwrites: Bool = true
  ) throws {
    let request = ExportRequest(
      modelPath: folder.path(model), planPath: plan.map(folder.path), keptPaths: kept.map(folder.path),
      reportPaths: reports.map(folder.path), overwrites: overwrites)
    try request.fileUse(of: workbench).check(replaces: overwrites)
  }

  @Test func nothingThatIsOpenIsWrittenOver() throws {
    func expectClash(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
      do {
        try body()
        Issue.record("it went through", sourceLocation: sourceLocation)
      } catch {
        guard case .clash = error as? SessionError else {
          Issue.record(error, sourceLocation: sourceLocation)
          return
        }
      }
    }
    expectClash { try check("model.onnx") }
    expectClash { try check("new.onnx", plan: "model.onnx") }
    expectClash { try check("new.onnx", plan: "new.onnx") }
    expectClash { try check("new.onnx", kept: ["data.npz"]) }
    expectClash { try check("new.onnx", reports: ["session/report.md"]) }
    expectClash { try check("new.onnx", plan: "a.md", reports: ["a.md"]) }
    try check("new.onnx", plan: "new.yaml", kept: ["new.json"], reports: ["new.md"])
  }

  /// A project is files in a folder: those are asked about, and no others that lie there.
  @Test func aTrainingProjectIsAskedAboutFileByFile() throws {
    let project = folder.path("further")
    try FileManager.default.createDirectory(atPath: project, withIntermediateDirectories: true)
    for name in ["train.py", "notes.txt"] { try Data().write(to: URL(fileURLWithPath: "\(project)/\(name)")) }
    let request = ExportRequest(modelPath: folder.path("new.onnx"), planPath: nil, projectFolder: project)
    do {
      try request.fileUse(of: workbench).check(replaces: false)
      Issue.record("nothing was asked")
    } catch {
      guard case .exists(let paths) = error as? SessionError else { throw error }
      #expect(paths == ["\(project)/train.py"])
    }
    try request.fileUse(of: workbench).check(replaces: true)
  }

  @Test func everyFileThatIsThereIsAskedAbout() throws {
    let there = ["new.onnx", "new.yaml", "new.json", "new.md"]
    for name in there { try Data().write(to: URL(fileURLWithPath: folder.path(name))) }
    do {
      try check("new.onnx", plan: "new.yaml", kept: ["new.json"], reports: ["new.md"], overwrites: false)
      Issue.record("nothing was asked")
    } catch {
      guard case .exists(let paths) = error as? SessionError else { throw error }
      #expect(paths == there.map(folder.path))
    }
    try check("new.onnx", plan: "new.yaml", kept: ["new.json"], reports: ["new.md"])
  }
}
