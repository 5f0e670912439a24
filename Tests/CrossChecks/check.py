"""Checks secateur against onnxruntime and onnx.checker on the sample models and on the networks of networks.py.

    python3 Tests/CrossChecks/check.py [--binary .build/release/secateur] [--only NAME]

For each model: the outputs equal onnxruntime's to 1e-4 relative; pruned by 30 % and 60 %, over the whole network
and layer by layer, the result passes onnx.checker with full shape inference, keeps the output shapes, has fewer
parameters and MACs, runs in onnxruntime, gives there what secateur computes for it, and equals the masked original
(`prune --verify`). Ends with `N passed, N failed`.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort

import networks

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments):
    done = subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode} of secateur {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def runtime(path, feeds):
    options = ort.SessionOptions()
    # With optimisation on it fuses Pad(0) into MaxPool as -inf padding and is wrong on some networks.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, feeds)))


def infer(path, feeds, folder):
    arguments = []
    for name, array in feeds.items():
        np.save(folder / f"{name}.npy", array)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    run("infer", path, *arguments, "-o", folder / "y.npz")
    return dict(np.load(folder / "y.npz"))


def assert_close(what, ours, theirs, tolerance=1e-4):
    for name, expected in theirs.items():
        got = ours[name]
        assert got.shape == expected.shape, f"{what}: {name} has the shape {got.shape}, not {expected.shape}"
        scale = np.abs(expected).max() + 1e-12
        error = np.abs(got - expected).max() / scale
        assert error < tolerance, f"{what}: {name} differs by {error:.2e} relative"


def feeds_of(path):
    rng = np.random.default_rng(0)
    graph = onnx.load(str(path)).graph
    names = {i.name for i in graph.initializer}
    return {
        value.name: rng.standard_normal([d.dim_value or 2 for d in value.type.tensor_type.shape.dim]).astype(np.float32)
        for value in graph.input if value.name not in names
    }


def check_model(path, folder):
    feeds = feeds_of(path)
    before = runtime(path, feeds)
    assert_close("forward", infer(path, feeds, folder), before)
    original = json.loads(run("inspect", path, "--json"))
    sizes = []
    for scope in ["global", "layer"]:
        for percent in [30, 60]:
            pruned = folder / f"pruned-{scope}-{percent}.onnx"
            run("prune", path, "-o", pruned, "--criterion", "l2", "--percent", percent, "--scope", scope, "--verify")
            onnx.checker.check_model(onnx.load(str(pruned)), full_check=True)
            after = runtime(pruned, feeds)
            for name, value in before.items():
                assert after[name].shape == value.shape, f"{scope} {percent} %: {name} became {after[name].shape}"
            assert_close(f"{scope} {percent} %", infer(pruned, feeds, folder), after)
            smaller = json.loads(run("inspect", pruned, "--json"))
            assert smaller["parameters"] < original["parameters"], "parameters did not fall"
            assert smaller["macs"] < original["macs"], "MACs did not fall"
            sizes.append(f"{scope} {percent} %: {100 * smaller['parameters'] / original['parameters']:.0f} % params")
    return f"{original['prunable_conv_num']}/{len(original['layers'])} layers; " + ", ".join(sizes)


def main():
    global BINARY
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    arguments = parser.parse_args()
    BINARY = arguments.binary
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        models = sorted((ROOT / "SampleModels").glob("*.onnx"))
        for key, make in networks.NETWORKS.items():
            path = folder / f"{key}.onnx"
            onnx.save(make(), path)
            models.append(path)
        for path in models:
            if arguments.only and arguments.only not in path.stem:
                continue
            try:
                print(f"ok    {path.stem:20} {check_model(path, folder)}", flush=True)
                passed += 1
            except Exception as problem:  # every model is reported, whatever stopped one
                print(f"FAIL  {path.stem:20} {problem}", flush=True)
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
