import Datasets
package import Files
import Formats
import Foundation

/// A folder in which the pruned program of a `.pt2` file is trained by PyTorch, wherever that is: the programs, `train.py`
/// and a page that says how, with what brings the weights back.
package struct TrainingProject: Sendable {
  /// The pruned program, the one that it was made from, the training, and how to go on.
  package enum Part: String, CaseIterable, Sendable {
    /// The program that is trained.
    case pruned = "pruned.pt2"
    /// What it can learn from.
    case original = "original.pt2"
    /// The training, in Python.
    case training = "train.py"
    /// How it is used, and how its weights come back.
    case page = "README.md"

    /// Where it stands in a project's folder.
    package func path(in folder: String) -> String { (folder as NSString).appendingPathComponent(rawValue) }
  }

  /// Says which files of a folder a project replaces.
  package static func declare(_ folder: String, as name: String, in use: inout FileUse) {
    let names = Set(Part.allCases.map(\.rawValue))
    use.writes(into: folder, as: name, where: names.contains)
  }

  /// How data become the input, as far as it is known: what stands beside the model.
  let configuration: DatasetConfiguration
  /// `[N, C, H, W]` or less, nil where the extent is free.
  let inputShape: [Int?]
  /// The model's file name.
  let model: String
  /// The command that makes an iteration of what was trained.
  let adoption: String

  init(of workbench: Workbench, adoption: String) throws {
    try Self.check(workbench)
    configuration = try workbench.dataConfiguration()
    inputShape = workbench.current.inputDescriptions.first?.shape ?? []
    model = (workbench.path as NSString).lastPathComponent
    self.adoption = adoption
  }

  /// Throws `unfit` where a model is no program of PyTorch, or one that `train.py` could not feed.
  package static func check(_ workbench: Workbench) throws {
    guard workbench.file is PT2Model else {
      throw SessionError.unfit(
        sentence: "A training project holds programs of torch.export, and \(workbench.path) is none.",
        remedy: "Export the module with torch.export.save and prune that, or narrow it by --pytorch-out.")
    }
    let inputs = workbench.current.inputDescriptions
    guard inputs.count == 1, inputs[0].shape != nil, inputs[0].batchAxis == 0 else {
      throw SessionError.unfit(
        sentence:
          "A training project feeds one input with examples along its first axis, which \(workbench.path) has not.",
        remedy: "Load the pruned .pt2 by torch.export.load in a training of your own.")
    }
  }

  /// The page.
  var page: String {
    """
    # \(ModuleNarrowing.plain(model)), pruned, to be trained further

    `pruned.pt2` is the network, `original.pt2` what it was pruned from. PyTorch 2.8 or later, with NumPy, is all that is needed;
    torchvision where the data are a folder of pictures.

        python3 train.py --data DATA
        torchrun --nproc-per-node 4 train.py --data DATA --bf16 --distil 0.5
        python3 train.py --data DATA --resume

    The best weights so far are in `trained.pt`. They come back as an iteration with

        \(adoption)

    """
  }
}

extension Workbench {
  /// Writes a folder that trains the current iteration in PyTorch.
  ///
  /// - Parameters:
  ///   - folder: where; made where it is not there.
  ///   - session: what `adopt` finds the iteration's session by, the model or a folder; `nil` where none is kept.
  /// - Throws: `unfit` where the model is no program of PyTorch or has several inputs.
  package func writeTrainingProject(to folder: String, session: String?) throws {
    func absolute(_ path: String) -> String {
      ShellWord(URL(fileURLWithPath: path).standardized.path).description
    }
    let trained = absolute((folder as NSString).appendingPathComponent("trained.pt"))
    let adoption =
      session.map { "secateur adopt \(absolute($0)) \(trained) --iteration \(history.current)" }
      ?? "secateur adopt \(absolute(TrainingProject.Part.pruned.path(in: folder))) \(trained)"
    let project = try TrainingProject(of: self, adoption: adoption)
    try Destination.makeFolder(folder)
    try write(current, to: TrainingProject.Part.pruned.path(in: folder))
    try write(history.original.network, to: TrainingProject.Part.original.path(in: folder))
    try Destination.write(project.python, to: TrainingProject.Part.training.path(in: folder))
    try Destination.write(project.page, to: TrainingProject.Part.page.path(in: folder))
  }
}
