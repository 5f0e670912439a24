"""Prunes networks exported for inputs of any number and size: the pruned ones must still take any.

    python3 Tests/CrossChecks/open_sizes.py [--binary .build/release/secateur] [--only NAME] [--exporter NAME]

Each network of open_networks.py comes from both of PyTorch's exporters, and from the first of them also without constant
folding, with its axes open. It is pruned at one size and, with the same kernels, at two others, where it must equal the
masked network (`prune --verify`). Run in onnxruntime at those sizes, what was pruned at the first must give what was
pruned there. Ends with `N passed, N failed`.
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

import architectures
import check
from architectures import DYNAMO, LEGACY, UNFOLDED
from check import assert_close, run, runtime
from open_networks import NETWORKS, NOT_BY_DYNAMO


def export(make, shape, axes, exporter, path):
    torch.manual_seed(0)
    model = make().eval()
    architectures.randomize(model)
    # The fused attention of inference has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    settings = {
        "dynamic_axes": {"x": axes}, "dynamo": False, "opset_version": 17, "do_constant_folding": exporter == LEGACY}
    if exporter == DYNAMO:
        free = {axis: torch.export.Dim.DYNAMIC for axis in axes}
        settings = {"dynamic_shapes": (free,), "dynamo": True, "external_data": False}
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        # Exporters take an extent of one for fixed.
        example = torch.randn(2 if exporter == DYNAMO else shape[0], *shape[1:])
        torch.onnx.export(model, (example,), str(path), input_names=["x"], **settings)


def check_network(path, shape, others, folder):
    def pruned(percent, shape):
        result = folder / "pruned.onnx"
        run("prune", path, "-o", result, "--criterion", "l2", "--percent", percent, "--min-keep", 2, "--verify",
            "--input", "x".join(map(str, shape)))
        onnx.checker.check_model(onnx.load(str(result)), full_check=True)
        return result.rename(folder / f"{percent}-{'x'.join(map(str, shape))}.onnx")

    for percent in [30, 60]:
        first = pruned(percent, shape)
        for other in others:
            feeds = {"x": np.random.default_rng(0).standard_normal(other).astype(np.float32)}
            there = runtime(pruned(percent, other), feeds)
            here = runtime(first, feeds)
            for one, two in zip(here.values(), there.values()):
                assert_close(f"{percent} % at {other}", {"y": one}, {"y": two})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=check.ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    parser.add_argument("--exporter", choices=[LEGACY, UNFOLDED, DYNAMO])
    arguments = parser.parse_args()
    check.BINARY = arguments.binary
    warnings.simplefilter("ignore")
    passed = failed = 0
    for name, (make, shape, axes, others) in NETWORKS.items():
        if arguments.only and arguments.only not in name:
            continue
        for exporter in [LEGACY, UNFOLDED, DYNAMO]:
            if arguments.exporter not in (None, exporter) or (exporter == DYNAMO and name in NOT_BY_DYNAMO):
                continue
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "original.onnx"
                try:
                    export(make, shape, axes, exporter, path)
                    check_network(path, shape, others, pathlib.Path(folder))
                    passed += 1
                    print(f"ok    {name} ({exporter})", flush=True)
                except Exception as problem:
                    failed += 1
                    print(f"FAIL  {name} ({exporter}): {str(problem)[:400]}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
