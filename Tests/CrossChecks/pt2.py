"""Prunes programs of torch.export (.pt2) and runs what comes out in PyTorch.

    python3 -m pip install numpy onnx onnxruntime torch
    python3 -m pip install --no-deps torchvision timm
    swift build -c release
    python3 Tests/CrossChecks/pt2.py [--binary .build/release/secateur] [--only NAME] [--quick] [--jobs N]
                                     [--exports FOLDER] [--resume]

The networks are those of architectures.py, with random weights and statistics, exported by torch.export.export with an open
batch where the network allows one. For each: the program's outputs equal PyTorch's; written again unpruned, the file is the
same byte for byte; pruned by 30 % and 60 % of its kernels by l2, over the whole network and layer by layer, it equals the
masked network (`prune --verify`), torch.export.load runs it at two batch sizes and computes what secateur computes. Pruned by
30 % layer by layer, its layers keep the kernels that the same prune of the ONNX export keeps, wherever names are the same.
Exports are kept in FOLDER, by default one below the system's temporary folder, and what came out of each network stands there
in results.jsonl; --resume goes on from it with the networks that have not passed. --quick takes seven small networks. Ends with
`N passed, N failed`; a full run writes pt2.md.
"""
import argparse
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import time
import warnings

import numpy as np

import check
import network_runs

QUICK = ["unet", "super_resolution", "siamese", "multi_task", "attention", "wavenet", "shufflenet_v2_x0_5"]
TOLERANCE = 1e-4
TABLE = pathlib.Path(__file__).with_suffix(".md")
WORDS = """# Programs of torch.export, pruned

`pt2.py` writes this page: what it does stands at its top. *MACs left* are those after 30 % and 60 % of the kernels went, over the
whole network and layer by layer; *difference* is the largest of the pruned from the masked network, relative; *kept* are the
layers that keep the kernels which the same prune of the ONNX export keeps, of those that are called and tied alike in both.

| network | prunable | batches | MACs left, whole | MACs left, by layer | difference | kept |
|---|---|---|---|---|---|---|
"""


def close(what, ours, theirs):
    assert len(ours) == len(theirs), f"{what}: {len(ours)} outputs instead of {len(theirs)}"
    for number, (got, expected) in enumerate(zip(ours, theirs)):
        assert got.shape == expected.shape, f"{what}: output {number} has the shape {got.shape}, not {expected.shape}"
        scale = np.abs(expected).max() + 1e-12
        error = np.abs(got.astype(np.float64) - expected).max() / scale
        assert error < TOLERANCE, f"{what}: output {number} differs by {error:.2e} relative"


def infer(path, names, arrays, folder):
    arguments = []
    for name, array in zip(names, arrays):
        np.save(folder / f"{name}.npy", array)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    check.run("infer", path, *arguments, "-o", folder / "y.npz")
    return list(dict(np.load(folder / "y.npz")).values())


def tensors(value):
    import torch
    from torch.utils import _pytree

    seen, result = set(), []
    for leaf in _pytree.tree_leaves(value):
        if isinstance(leaf, torch.Tensor) and id(leaf) not in seen:
            seen.add(id(leaf))
            result.append(leaf.detach().float().numpy() if leaf.is_floating_point() else leaf.numpy())
    return result


def made(name):
    import torch

    import architectures

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.backends.mha.set_fastpath_enabled(False)
    _, shapes, make = architectures.ARCHITECTURES[name]
    torch.manual_seed(0)
    model = make().eval()
    architectures.randomize(model)
    # An exporter takes an extent of one for fixed.
    inputs = tuple(torch.randn((2, *shape[1:])) for shape in (shapes if isinstance(shapes[0], tuple) else [shapes]))
    return model, inputs


def export(name, folder):
    """The program, what it was exported with, and the ONNX export where PyTorch makes one; kept in a folder."""
    import torch

    if (folder / f"{name}.npz").exists():
        return
    model, inputs = made(name)
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        try:
            program = torch.export.export(
                model, inputs, dynamic_shapes=tuple({0: torch.export.Dim.AUTO} for _ in inputs))
        except Exception:
            program = torch.export.export(model, inputs)
        torch.export.save(program, folder / f"{name}.pt2")
        with contextlib.suppress(Exception):
            torch.onnx.export(
                model, inputs, str(folder / f"{name}.onnx"), dynamo=False, opset_version=17, do_constant_folding=False,
                training=torch.onnx.TrainingMode.PRESERVE)
    np.savez(folder / f"{name}.npz", *[x.numpy() for x in inputs])


def kept_of(path, folder, *options):
    check.run(
        "prune", path, "-o", folder / f"kept{path.suffix}", "--criterion", "l2", "--percent", 30, "--scope", "layer",
        "--kept-out", folder / "kept.json", *options)
    return json.loads((folder / "kept.json").read_text())["layers"]


def ties(path):
    """By layer, the sets of layers that it is tied in, and of how many units: a program keeps code that nothing reads, which ties
    layers too; of a group normalization that is written out whole groups go, and of the operator a kernel of each."""
    groups = json.loads(check.run("groups", path, "--json"))["groups"]
    found = {}
    for group in groups:
        for layer in group["layers"]:
            found.setdefault(layer, set()).add((frozenset(group["layers"]), group["units"]))
    return found


def check_one(name, exports, folder):
    import torch

    torch.set_num_threads(1)
    start = time.monotonic()
    export(name, exports)
    path = exports / f"{name}.pt2"
    inputs = tuple(torch.from_numpy(x) for x in np.load(exports / f"{name}.npz").values())
    exported = time.monotonic() - start
    original = json.loads(check.run("inspect", path, "--json"))
    exported_program = torch.export.load(path)
    names = list(exported_program.graph_signature.user_inputs)
    program = exported_program.module()
    batches = [inputs]
    with contextlib.suppress(Exception), torch.no_grad():
        three = tuple(torch.cat([x, x[:1] / 2]) for x in inputs)
        program(*three)
        batches.append(three)
    with torch.no_grad():
        expected = [tensors(program(*batch)) for batch in batches]
    for batch, values in zip(batches, expected):
        close(f"batch {len(batch[0])}", infer(path, names, [x.numpy() for x in batch], folder), values)
    check.run("convert", path, "-o", folder / "again.pt2")
    assert (folder / "again.pt2").read_bytes() == path.read_bytes(), "written again, it is another file"
    result = {
        "prunable": sum(layer["prunable"] for layer in original["layers"]), "layers": len(original["layers"]),
        "batches": len(batches), "difference": 0.0}
    for scope in ["global", "layer"]:
        for percent in [30, 60]:
            what = f"{scope} {percent} %"
            pruned = folder / "pruned.pt2"
            report = json.loads(check.run(
                "prune", path, "-o", pruned, "--criterion", "l2", "--percent", percent, "--scope", scope, "--verify", "--json"))
            smaller = torch.export.load(pruned).module()
            for batch in batches:
                with torch.no_grad():
                    after = tensors(smaller(*batch))
                close(what, infer(pruned, names, [x.numpy() for x in batch], folder), after)
            result["difference"] = max(result["difference"], report["largest_difference"])
            result[what] = report["macs"]["after"] / report["macs"]["before"]
            assert report["parameters"]["after"] < report["parameters"]["before"], f"{what}: parameters did not fall"
    other = exports / f"{name}.onnx"
    if other.exists():
        ours, theirs = kept_of(path, folder), kept_of(other, folder)
        tied, other_ties = ties(path), ties(other)
        common = [layer for layer in ours if layer in theirs and tied.get(layer) == other_ties.get(layer)]
        differing = [layer for layer in common if ours[layer] != theirs[layer]]
        result["same"] = f"{len(common) - len(differing)}/{len(common)}"
        assert not differing, f"{differing[0]} keeps other kernels than in the ONNX export"
    else:
        result["same"] = "-"
    result["seconds"] = time.monotonic() - start
    result["exported"] = exported
    return result


def line(name, r):
    """A line of the table; for a network that failed what it failed by."""
    if isinstance(r, str):
        return f"| {name} | {r} | | | | | |"
    left = [" / ".join(f"{100 * r[f'{scope} {percent} %']:.0f} %" for percent in (30, 60)) for scope in ("global", "layer")]
    return (f"| {name} | {r['prunable']} of {r['layers']} | {r['batches']} | {left[0]} | {left[1]} | {r['difference']:.0e} | {r['same']} |")


def row(name, r):
    shares = " ".join(f"{100 * r[f'{scope} {percent} %']:4.0f} %" for scope in ["global", "layer"] for percent in [30, 60])
    return (
        f"ok    {name:36} {r['prunable']:4}/{r['layers']:<4} {r['batches']} batches, MACs left {shares}, "
        f"equal to {r['difference']:.0e}, same kept {r['same']}, {r['seconds']:.0f} s ({r['exported']:.0f} s export)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=check.ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--exports", default=pathlib.Path(tempfile.gettempdir()) / "secateur-pt2")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--export-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    check.BINARY = arguments.binary
    exports = pathlib.Path(arguments.exports)
    exports.mkdir(parents=True, exist_ok=True)
    if arguments.one:
        if arguments.export_only:
            export(arguments.one, exports)
            return
        with tempfile.TemporaryDirectory() as folder:
            print("RESULT " + json.dumps(check_one(arguments.one, exports, pathlib.Path(folder))))
        return
    if arguments.quick:
        names = QUICK
    else:
        import architectures

        names = [n for n in architectures.ARCHITECTURES if not n.endswith(("_open", "_unfolded"))]
    names = [n for n in names if not arguments.only or arguments.only in n]

    passed = failed = 0
    lines = []
    command = [__file__, "--binary", arguments.binary, "--exports", exports]
    for name, result, problem in network_runs.outcomes(
            names, command, exports / "results.jsonl", arguments.resume, arguments.jobs):
        print(row(name, result) if result else f"FAIL  {name:36} {problem}", flush=True)
        lines.append(line(name, result or problem))
        passed, failed = passed + bool(result), failed + (not result)
    print(f"{passed} passed, {failed} failed")
    if not arguments.only and not arguments.quick:
        TABLE.write_text(WORDS + "\n".join(lines) + "\n")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
