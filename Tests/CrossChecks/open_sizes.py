"""Prunes networks exported for pictures of any number and size: the pruned ones must still take any.

    python3 Tests/CrossChecks/open_sizes.py [--binary .build/release/secateur] [--only NAME]

Each network comes from both of PyTorch's exporters with free batch, height and width. It is pruned at one size and,
with the same kernels, at two others, where it must equal the masked network (`prune --verify`). Run in onnxruntime at
those sizes, what was pruned at the first must give what was pruned there. Ends with `N passed, N failed`.
"""
import argparse
import contextlib
import io
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

import architectures
import check
from architectures import SuperResolution, UNet, double, segmentation, tv
from check import assert_close, run, runtime


class Decoder(nn.Module):
    """Features brought to the size of a skip, a gate spread over the picture, attention over all positions with its
    channels shuffled before and normalised in groups behind, and a pixel shuffle written as views."""

    def __init__(self):
        super().__init__()
        self.skip, self.deep, self.merge = double(3, 16), double(16, 24), double(40, 16)
        self.gate = nn.Conv2d(16, 16, 1)
        self.q, self.k, self.v = nn.Conv2d(16, 8, 1), nn.Conv2d(16, 8, 1), nn.Conv2d(16, 16, 1)
        self.norm = nn.GroupNorm(4, 16)
        self.wide, self.last = nn.Conv2d(16, 4 * 12, 3, padding=1), nn.Conv2d(12, 2, 1)

    def forward(self, x):
        skip = self.skip(x)
        deep = F.interpolate(self.deep(F.max_pool2d(skip, 2)), size=skip.shape[2:], mode="bilinear", align_corners=False)
        y = self.merge(torch.cat([skip, deep], 1))
        y = y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True))).expand_as(y)
        n, _, h, w = y.shape
        y = y.view(n, 2, 8, h, w).transpose(1, 2).reshape(n, 16, h, w)
        q, k, v = (layer(y).flatten(2) for layer in (self.q, self.k, self.v))
        mixed = v @ (q.transpose(1, 2) @ k / 8**0.5).softmax(-1).transpose(1, 2)
        y = self.wide(F.relu(self.norm(mixed.view(n, 16, h, w) + y)))
        y = y.view(n, 12, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, 12, 2 * h, 2 * w)
        return self.last(F.relu(y))


NETWORKS = {
    "fcn_resnet50": (segmentation("fcn_resnet50"), 64), "unet": (UNet, 32), "super_resolution": (SuperResolution, 24),
    "shufflenet_v2_x0_5": (tv("shufflenet_v2_x0_5"), 64), "decoder": (Decoder, 16)}


def export(make, width, exporter, path):
    torch.manual_seed(0)
    model = make().eval()
    architectures.randomize(model)
    settings = {"dynamic_axes": {"x": {0: "n", 2: "h", 3: "w"}}, "dynamo": False, "opset_version": 17}
    if exporter == architectures.DYNAMO:
        free = torch.export.Dim.DYNAMIC
        settings = {"dynamic_shapes": ({0: free, 2: free, 3: free},), "dynamo": True, "external_data": False}
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        torch.onnx.export(model, (torch.randn(1, 3, width, width),), str(path), input_names=["x"], **settings)


def check_network(path, width, folder):
    def pruned(percent, shape):
        result = folder / "pruned.onnx"
        run("prune", path, "-o", result, "--criterion", "l2", "--percent", percent, "--min-keep", 2, "--verify",
            "--input", "x".join(map(str, shape)))
        onnx.checker.check_model(onnx.load(str(result)), full_check=True)
        return result.rename(folder / f"{percent}-{shape[2]}.onnx")

    for percent in [30, 60]:
        first = pruned(percent, (1, 3, width, width))
        for shape in [(2, 3, width + 8, width + 16), (1, 3, width - 8, 2 * width)]:
            feeds = {"x": np.random.default_rng(0).standard_normal(shape).astype(np.float32)}
            there = runtime(pruned(percent, shape), feeds)
            here = runtime(first, feeds)
            for one, other in zip(here.values(), there.values()):
                assert_close(f"{percent} % at {shape}", {"y": one}, {"y": other})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=check.ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    check.BINARY = arguments.binary
    warnings.simplefilter("ignore")
    passed = failed = 0
    for name, (make, width) in NETWORKS.items():
        if arguments.only and arguments.only not in name:
            continue
        for exporter in [architectures.LEGACY, architectures.DYNAMO]:
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "original.onnx"
                try:
                    export(make, width, exporter, path)
                    check_network(path, width, pathlib.Path(folder))
                    passed += 1
                    print(f"ok    {name} ({exporter})", flush=True)
                except Exception as problem:
                    failed += 1
                    print(f"FAIL  {name} ({exporter}): {str(problem)[:400]}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
