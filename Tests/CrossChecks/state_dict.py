#!/usr/bin/env python3
"""Cuts a PyTorch model's state_dict with the Python that `--snippet` writes, and compares with the pruned ONNX model.

Networks with batch normalizations, a join and a fully connected layer are exported by PyTorch's two exporters, pruned
twice over by `secateur iterate` and once by `secateur prune`; every tensor that the snippet cuts must be the one in the
pruned file, and the narrow network with these tensors must give the pruned model's outputs.

    python3 -m pip install numpy onnx onnxruntime onnxscript torch
    swift build -c release
    python3 Tests/CrossChecks/state_dict.py [--program .build/release/secateur]
"""
import argparse
import importlib.util
import pathlib
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn

here = pathlib.Path(__file__).resolve().parent


class Block(nn.Module):
    def __init__(self, inputs, inner, outputs):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 3, padding=1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, outputs, 3, padding=1), nn.BatchNorm2d(outputs)

    def forward(self, x):
        return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class Net(nn.Module):
    """Widths: the trunk's, and each block's inside."""

    def __init__(self, trunk=24, inner=(16, 20)):
        super().__init__()
        self.stem = nn.Conv2d(3, trunk, 3, padding=1)
        self.blocks = nn.Sequential(*[Block(trunk, i, trunk) for i in inner])
        self.fc = nn.Linear(trunk, 10)

    def forward(self, x):
        return self.fc(self.blocks(torch.relu(self.stem(x))).mean((2, 3)))


def check(program, folder, name, exporter, arguments):
    torch.manual_seed(1)
    net = Net().eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            # The exporters make one tensor of equal ones.
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    path, small = folder / f"{name}.onnx", folder / f"{name}-small.onnx"
    x = torch.randn(2, 3, 16, 16)
    if exporter == "legacy":
        torch.onnx.export(net, (x,), path, dynamo=False, do_constant_folding=False,
                          training=torch.onnx.TrainingMode.PRESERVE, input_names=["x"], dynamic_axes={"x": {0: "n"}})
    else:
        torch.onnx.export(net, (x,), path, dynamo=True, optimize=False, external_data=False)
    kept, snippet = folder / f"{name}.json", folder / f"{name}_cut.py"
    subprocess.run([program, *arguments, path, "-o", small, "--kept-out", kept, "--kept-out", folder / f"{name}.npz",
                    "--snippet", snippet], check=True, stdout=subprocess.DEVNULL)
    spec = importlib.util.spec_from_file_location(name, snippet)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    state = module.pruned({f"module.{key}": value for key, value in net.state_dict().items()})
    state = {key.removeprefix("module."): value for key, value in state.items()}
    pruned = onnx.load(small)
    tensors = {i.name: numpy_helper.to_array(i) for i in pruned.graph.initializer}
    cut = 0
    for key, value in state.items():
        found = tensors.get(key)
        if found is None:
            continue
        found = found.T if found.ndim == 2 and found.shape != tuple(value.shape) else found
        assert found.shape == tuple(value.shape), (key, found.shape, tuple(value.shape))
        assert np.array_equal(found, value.numpy()), key
        cut += tuple(value.shape) != tuple(net.state_dict()[key].shape)
    narrow = Net(len(state["stem.weight"]), [len(state[f"blocks.{n}.conv1.weight"]) for n in range(2)]).eval()
    narrow.load_state_dict(state)
    session = onnxruntime.InferenceSession(small, providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
    difference = np.abs(narrow(x).detach().numpy() - expected).max()
    assert difference < 1e-4, difference
    assert cut > 10, cut
    archive = np.load(folder / f"{name}.npz")
    for layer, place in [("stem", "stem.weight"), ("blocks.0.conv1", "blocks.0.conv1.weight")]:
        if place in module.KEPT and "0" in module.KEPT[place]["kept"]:
            assert list(archive[f"layer:{layer}"]) == module.KEPT[place]["kept"]["0"]
    print(f"{name:24} {cut} tensors cut, outputs differ by {difference:.0e}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(here.parent.parent / ".build/release/secateur"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for exporter in ["legacy", "dynamo"]:
            prune = ["prune", "--criterion", "l2", "--percent", 50]
            iterate = ["iterate", "--criterion", "l1", "--keep-macs", "30%", "--steps", 3, "--no-train", "--no-session"]
            check(options.program, folder, f"{exporter}-prune", exporter, [str(a) for a in prune])
            check(options.program, folder, f"{exporter}-iterate", exporter, [str(a) for a in iterate])


if __name__ == "__main__":
    main()
