"""Prunes the practice set: architectures of torchvision and timm and networks of our own, exported by PyTorch.

    python3 -m pip install numpy onnx onnxruntime onnxscript torch
    python3 -m pip install --no-deps torchvision timm
    swift build -c release
    python3 Tests/CrossChecks/practice.py [--binary .build/release/secateur] [--only NAME] [--exports FOLDER]
    python3 Tests/CrossChecks/practice.py --table

Each network has random weights and comes from one of PyTorch's two exporters. Its outputs must equal onnxruntime's.
Pruned by 30 % and 60 % of its kernels by l2, over the whole network and layer by layer, it must pass onnx.checker
with full shape inference, run in onnxruntime and give there what secateur computes, keep the shapes of its outputs,
equal the masked network (`prune --verify`), have fewer parameters and multiply-accumulates, and keep in every layer
what it has to. Where the batch is open, it is pruned at a batch of one and run at two and three: each example's outputs
are those that it has alone. A full run writes the results to practice.json, and the table of them to practice.md; --table
writes the table alone, from what practice.json holds.
Exports are kept in FOLDER, by default one below the system's temporary folder; nothing of them is committed.
"""
import argparse
import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import onnx

import check
from check import assert_close, infer, run, runtime

RESULTS = pathlib.Path(__file__).with_name("practice.json")
TABLE = pathlib.Path(__file__).with_name("practice.md")
# What stands above the table.
WORDS = """# The practice set

`practice.py` writes this page. It exports architectures of torchvision and timm and networks of our own with PyTorch's two
exporters (random weights, small pictures) and prunes each four times: by 30 % and 60 % of its kernels by l2, over the network
and layer by layer. Each result must

- pass `onnx.checker` with full shape inference,
- run in onnxruntime and give there what secateur computes,
- keep the shapes of its outputs,
- equal the masked network,
- have fewer parameters and MACs, and
- keep two kernels in every layer.

*Time* is that of opening the file and finding its groups, with everything else that `secateur inspect` does. *Equal to* is
the largest difference between the pruned and the masked network, relative to the largest output.

"""
MINIMUM = 2


def export(name, path):
    """In a process of its own: exporters leave a lot of memory behind."""
    import torch

    import architectures

    warnings.simplefilter("ignore")
    # The fused attention of inference has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    exporter, shapes, make = architectures.ARCHITECTURES[name]
    torch.manual_seed(0)
    model = make().eval()
    architectures.randomize(model)
    inputs = tuple(torch.randn(shape) for shape in (shapes if isinstance(shapes[0], tuple) else [shapes]))
    names = [f"x{number}" for number in range(len(inputs))]
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        if exporter in (architectures.LEGACY, architectures.UNFOLDED):
            torch.onnx.export(
                model, inputs, str(path), dynamo=False, opset_version=17, input_names=names,
                do_constant_folding=exporter == architectures.LEGACY, dynamic_axes={name: {0: "n"} for name in names})
            return
        settings = {"opset_version": 21} if exporter == architectures.DYNAMO_21 else {}
        if exporter == architectures.DYNAMO_OPEN:
            # The exporter takes an extent of one for fixed.
            inputs = tuple(torch.cat([tensor, tensor]) for tensor in inputs)
            settings["dynamic_shapes"] = tuple({0: torch.export.Dim.DYNAMIC} for _ in inputs)
        torch.onnx.export(
            model, inputs, str(path), dynamo=True, external_data=False, input_names=names, **settings)


def exported(name, folder):
    path = folder / f"{name}.onnx"
    if not path.exists():
        done = subprocess.run(
            [sys.executable, __file__, "--export", name, "--exports", str(folder)], capture_output=True, text=True)
        assert done.returncode == 0, f"the export failed: {done.stderr.strip().splitlines()[-1][:300]}"
    return path


def assert_examples_alone(what, path, feeds):
    """Outputs of a batch are those of its examples, one by one, at batches that the network was not bound to."""
    graph = onnx.load(str(path), load_external_data=False).graph
    if any(value.type.tensor_type.shape.dim[0].dim_value for value in graph.input if value.name in feeds):
        return
    examples = {name: np.concatenate([array, array[:1] / 2]) for name, array in feeds.items()}
    count = len(next(iter(examples.values())))
    together = runtime(path, examples)
    for place in range(count):
        alone = runtime(path, {name: array[place : place + 1] for name, array in examples.items()})
        for name, value in alone.items():
            if len(value) == 1 and len(together[name]) == count:
                assert_close(f"{what}, example {place} of {count}", {name: together[name][place : place + 1]}, {name: value})


def check_pruned(path, pruned, scope, percent, feeds, before, folder):
    report = json.loads(run(
        "prune", path, "-o", pruned, "--criterion", "l2", "--percent", percent, "--scope", scope, "--min-keep", MINIMUM,
        "--verify", "--json"))
    for layer in report["layers"]:
        assert layer["kept"] >= min(MINIMUM, layer["kernels"]), f"{layer['name']} kept {layer['kept']} kernels"
    onnx.checker.check_model(onnx.load(str(pruned)), full_check=True)
    after = runtime(pruned, feeds)
    for name, value in before.items():
        assert after[name].shape == value.shape, f"{scope} {percent} %: {name} became {after[name].shape}"
    assert_close(f"{scope} {percent} %", infer(pruned, feeds, folder), after)
    assert_examples_alone(f"{scope} {percent} %", pruned, feeds)
    for what in ("parameters", "macs"):
        assert report[what]["after"] < report[what]["before"], f"{what} did not fall"
    return report


def check_architecture(path, folder):
    feeds = check.feeds_of(path)
    before = runtime(path, feeds)
    assert_close("forward", infer(path, feeds, folder), before)
    start = time.monotonic()
    original = json.loads(run("inspect", path, "--json"))
    seconds = time.monotonic() - start
    result = {
        "prunable": sum(layer["prunable"] for layer in original["layers"]), "layers": len(original["layers"]),
        "seconds": round(seconds, 2), "parameters": original["parameters"], "macs": original["macs"]}
    difference = 0.0
    for scope in ["global", "layer"]:
        for percent in [30, 60]:
            report = check_pruned(path, folder / "pruned.onnx", scope, percent, feeds, before, folder)
            difference = max(difference, report["largest_difference"])
            result[f"{scope} {percent}"] = [
                round(report[what]["after"] / report[what]["before"], 3) for what in ("parameters", "macs")]
    result["difference"] = float(f"{difference:.1e}")
    return result


def row(name, exporter, exports):
    """What is known of an architecture; reported whatever stopped it."""
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = check_architecture(exported(name, exports), pathlib.Path(folder))
        print(
            f"ok    {name:30} {result['prunable']}/{result['layers']} layers, equal to {result['difference']:.0e}, "
            f"{time.monotonic() - start:.0f} s", flush=True)
    except Exception as problem:
        result = {"problem": str(problem)}
        print(f"FAIL  {name:30} {problem}", flush=True)
    return {"exporter": exporter, **result}


def write_table():
    results = json.loads(RESULTS.read_text())
    lines = [
        "| architecture | exporter | prunable layers | time | 60 % global: parameters, MACs left | 60 % a layer | result |",
        "|---|---|---|---|---|---|---|"]
    for name, row in sorted(results.items()):
        if "problem" in row:
            lines.append(f"| {name} | {row['exporter']} | | | | | {row['problem'][:80]} |")
            continue
        left = [", ".join(f"{100 * share:.0f} %" for share in row[key]) for key in ("global 60", "layer 60")]
        equal = f"equal to {row['difference']:.0e}" if row["difference"] else "equal to the last bit"
        lines.append(
            f"| {name} | {row['exporter']} | {row['prunable']} of {row['layers']} | {row['seconds']:.2f} s | {left[0]} "
            f"| {left[1]} | {equal} |")
    passed = sum("problem" not in row for row in results.values())
    TABLE.write_text(WORDS + "\n".join(lines + ["", f"{passed} of {len(results)} architectures pass.", ""]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=check.ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--exports", default=pathlib.Path(tempfile.gettempdir()) / "secateur-practice")
    parser.add_argument("--export", help=argparse.SUPPRESS)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    exports = pathlib.Path(arguments.exports)
    exports.mkdir(parents=True, exist_ok=True)
    if arguments.table:
        write_table()
        return
    if arguments.export:
        partial = exports / f"{arguments.export}.partial"
        export(arguments.export, partial)
        os.replace(partial, exports / f"{arguments.export}.onnx")
        return
    import architectures

    check.BINARY = arguments.binary
    # Several networks at once, a thread each: exporters use one core.
    os.environ["SECATEUR_THREADS"] = "1"
    names = [name for name in architectures.ARCHITECTURES if not arguments.only or arguments.only in name]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        rows = list(pool.map(lambda name: row(name, architectures.ARCHITECTURES[name][0], exports), names))
    results = dict(zip(names, rows))
    failed = sum("problem" in row for row in results.values())
    if not arguments.only:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        write_table()
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not results else 0)


if __name__ == "__main__":
    main()
