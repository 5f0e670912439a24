package import Files
import Formats

extension ExportRequest {
  /// What carrying it out reads and writes.
  package func fileUse(of workbench: Workbench) -> FileUse {
    var use = FileUse(of: workbench)
    for path in workbench.file.files(writtenTo: modelPath) { use.writes(path, as: "the model to write") }
    if let planPath { use.writes(planPath, as: "the plan") }
    for path in keptPaths { use.writes(path, as: "the kept indices") }
    if let pytorchPath { use.writes(pytorchPath, as: "the Python for PyTorch") }
    if let weightsPath { use.writes(weightsPath, as: "the weights") }
    if let projectFolder { TrainingProject.declare(projectFolder, as: "the training project", in: &use) }
    for path in reportPaths { use.writes(path, as: "the report") }
    return use
  }
}
