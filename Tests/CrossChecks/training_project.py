#!/usr/bin/env python3
"""Goes the whole way to PyTorch and back, without a line of Python of the user's own but the export.

The sample's network is rebuilt as a module, exported by torch.export, pruned to 30 % of its MACs in a session, trained for two
epochs by `torchrun` with two processes of the project that `--pytorch-project` writes, adopted as an iteration, whose accuracy
must be above, pruned again from there, and exported again. Training goes on from its checkpoint, and learns from the original.

    python3 -m pip install numpy onnx torch
    swift build -c release
    python3 Tests/CrossChecks/training_project.py [--program .build/release/secateur]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnx.numpy_helper
import torch
from torch import nn

here = pathlib.Path(__file__).resolve().parent
samples = here.parents[1] / "SampleModels"



class Reference(nn.Module):
    """The network of reference.onnx."""

    def __init__(self):
        super().__init__()
        for number, (before, size, padding) in enumerate([(1, 5, 0), (20, 3, 1), (20, 3, 1)], 1):
            self.add_module(f"conv{number}", nn.Conv2d(before, 20, size, padding=padding))
            self.add_module(f"bn{number}", nn.BatchNorm2d(20))
        self.fc = nn.Linear(11520, 10)

    def forward(self, x):
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = torch.relu(norm(conv(x)))
        return self.fc(x.flatten(1))


def export(folder):
    """The sample as a .pt2 file, with the settings of its data beside it."""
    model = Reference()
    weights = {w.name: torch.from_numpy(onnx.numpy_helper.to_array(w).copy())
               for w in onnx.load(samples / "reference.onnx").graph.initializer}
    left = model.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys and all("num_batches" in name for name in left.missing_keys), left
    program = torch.export.export(
        model.eval(), (torch.randn(4, 1, 28, 28),), dynamic_shapes=({0: torch.export.Dim("batch")},))
    torch.export.save(program, folder / "sample.pt2")
    settings = (samples / "reference.yaml").read_text().replace("fashion-mnist", str(samples / "fashion-mnist"))
    (folder / "sample.yaml").write_text(settings + "\n")
    return folder / "sample.pt2"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=here.parents[1] / ".build/release/secateur", type=pathlib.Path)
    program = parser.parse_args().program.resolve()

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, project = export(folder), folder / "further"

        def run(*arguments):
            print("$", *arguments)
            done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
            print(done.stdout, end="", flush=True)
            return done.stdout

        def iterations():
            return json.loads(run(program, "export", model, "--session", folder / "session", "--list", "--json"))

        def accuracy(entry):
            return entry["evaluation"]["accuracy"]

        run(program, "iterate", model, "-o", folder / "small.pt2", "--keep-macs", "30%", "--steps", "1", "--no-train",
            "--criterion", "l2", "--recover", "none", "--session", folder / "session")
        pruned = iterations()[-1]
        run(program, "export", model, "--session", folder / "session", "--pytorch-project", project)
        data = samples / "fashion-mnist"
        workers = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", 2, project / "train.py", "--data", data]
        run(*workers, "--epochs", 2, "--augment", "shift=1")
        back = [program, "adopt", folder / "session", project / "trained.pt", "--iteration", pruned["id"]]
        run(*back)
        trained = iterations()[-1]
        assert trained["parent"] == pruned["id"] and accuracy(trained) > accuracy(pruned) + 0.1, (pruned, trained)

        # From the checkpoint, in one process, learning from the original as well.
        lines = run(sys.executable, project / "train.py", "--data", data, "--epochs", 3, "--resume", "--distil", 0.5, "--bf16").splitlines()
        assert [line.split()[1] for line in lines] == ["2", "3"], lines

        # Pruned again from there, and written.
        run(program, "iterate", model, "-o", folder / "smaller.pt2", "--from", trained["id"], "--keep-macs", "60%", "--steps", "1",
            "--no-train", "--criterion", "l2", "--session", folder / "session")
        smaller = iterations()[-1]
        assert smaller["parent"] == trained["id"] and smaller["macs"] < trained["macs"], smaller
        outputs = torch.export.load(folder / "smaller.pt2").module()(torch.randn(3, 1, 28, 28))
        assert outputs.shape == (3, 10), outputs.shape
        print(f"accuracy {accuracy(pruned):.2%} as pruned, {accuracy(trained):.2%} trained by two processes")


if __name__ == "__main__":
    main()
