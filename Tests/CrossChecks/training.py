"""Trains pruned architectures to answer as the original does, and checks what comes of it.

    python3 -m pip install numpy onnx onnxruntime
    swift build -c release --product secateur
    python3 Tests/CrossChecks/training.py [--binary .build/release/secateur] [--only NAME] [--practice NAME,…|all] [--exports FOLDER]

Each network of networks.py, some whose weights are stored in other ways, and with --practice those of the practice set
(which wants torch, see practice.py), is pruned by 20 % of its kernels by l2, layer by layer, and trained for a few steps
on random inputs with the original as the teacher. The distance from the original's outputs must fall from the first
epoch to the last, or be rounding; the result must pass onnx.checker, give in onnxruntime what secateur computes, and keep
the shapes and types of all weights. Ends with `N passed, N failed`.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

import check
import networks
from check import ROOT, assert_close, infer, run, runtime


def halves():
    """Weights stored in 16 bits and cast where they are used."""
    return behind("Cast", lambda array: (array.astype(np.float16), []), to=onnx.TensorProto.FLOAT)


def quantized():
    """Weights stored in 8 bits, which stay as they are; only biases learn."""
    def store(array):
        scale = np.float32(np.abs(array).max() / 127)
        return np.round(array / scale).astype(np.int8), [scale, np.int8(0)]

    return behind("DequantizeLinear", store)


def behind(op, store, **attributes):
    """A network whose matrices come from a node behind what is stored."""
    model = networks.NETWORKS["squeezenet"]()
    graph = model.graph
    nodes = []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.ndim < 2:
            continue
        kept, operands = store(array)
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(kept, name))
        names = [f"{name}.{number}" for number in range(len(operands))]
        graph.initializer.extend(numpy_helper.from_array(np.asarray(o), n) for o, n in zip(operands, names))
        nodes.append(helper.make_node(op, [name, *names], [f"{name}.used"], name=f"/{name}", **attributes))
        for node in graph.node:
            for place, read in enumerate(node.input):
                if read == name:
                    node.input[place] = f"{name}.used"
    nodes += list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model, full_check=True)
    return model


def branch():
    """A layer inside of the branch that a condition on the input's shape takes."""
    b = networks.Build("branch", 4, True)
    x = b.cbr("stem", b.input([3, 16, 16]), 16)
    extent = b.node("Gather", [b.node("Shape", [x]), b.constant("axis", np.int64(1))])
    condition = b.node("Equal", [extent, b.constant("sixteen", np.int64(16))])

    def part(op, weight):
        y = f"{weight}.out"
        node = helper.make_node(op, [x, weight] if op == "Conv" else [x], [y], name=f"/{weight}")
        value = helper.make_tensor_value_info(y, onnx.TensorProto.FLOAT, None)
        array = numpy_helper.from_array((0.2 * b.rng.standard_normal((16, 16, 1, 1))).astype(np.float32), weight)
        return helper.make_graph([node], weight, [], [value], [array] if op == "Conv" else [])

    y = b.node("If", [condition], 16, then_branch=part("Conv", "inner"), else_branch=part("Relu", "other"))
    return b.classify(b.cbr("last", y, 24))


SPECIAL = {"halves": halves, "quantized": quantized, "branch": branch}


def examples(path, count):
    """Random inputs by name; data for a network with one input are called x."""
    rng = np.random.default_rng(5)
    graph = onnx.load(str(path)).graph
    known = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in known]
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in inputs}
    arrays = {name: rng.standard_normal([count, *shape[1:]]).astype(np.float32) for name, shape in shapes.items()}
    return arrays if len(arrays) > 1 else {"x": next(iter(arrays.values()))}


def weights(path):
    return {t.name: (t.data_type, tuple(t.dims)) for t in onnx.load(str(path)).graph.initializer}


def check_training(path, folder):
    original, pruned, trained, data = (folder / name for name in ("original.onnx", "pruned.onnx", "trained.onnx", "data.npz"))
    arrays = examples(path, 40)
    np.savez(data, **arrays)
    common = ["--data", data, "--loss", "output-energy", "--batch-size", 8, "--json"]
    # Random statistics of normalizations are nothing that training could keep: they become those of the data first.
    run("finetune", path, "-o", original, "--distil-from", path, "--epochs", 8, "--rate", 1e-12, "--validation", 0, *common)
    run("prune", original, "-o", pruned, "--criterion", "l2", "--percent", 20, "--scope", "layer", "--min-keep", 2)
    report = json.loads(run(
        "finetune", pruned, "-o", trained, "--distil-from", original, "--distil", "output", "--epochs", 5, "--validation",
        0.2, "--optimizer", "adam", "--rate", 1e-3, "--clip", 10, *common))
    first, last = (report["epochs"][place]["loss"] for place in (0, -1))
    assert last < first or first < 1e-9, f"the distance went from {first:.3g} to {last:.3g}"
    before, after = (report["validation"][when]["loss"] for when in ("before", "after"))
    assert report["skipped_steps"] == 0, f"{report['skipped_steps']} steps were skipped"
    assert weights(trained) == weights(pruned), "weights have other shapes or types"
    onnx.checker.check_model(onnx.load(str(trained)), full_check=True)
    feeds = check.feeds_of(trained)
    assert_close("trained", infer(trained, feeds, folder), runtime(trained, feeds))
    frozen = f", {len(report['frozen'])} constants frozen" if report["frozen"] else ""
    return f"distance {first:.3g} → {last:.3g}, on other inputs {before:.3g} → {after:.3g}, in {report['seconds']:.1f} s{frozen}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=ROOT / ".build/release/secateur")
    parser.add_argument("--only")
    parser.add_argument("--practice", default="")
    parser.add_argument("--exports", default=pathlib.Path(tempfile.gettempdir()) / "secateur-practice", type=pathlib.Path)
    arguments = parser.parse_args()
    check.BINARY = arguments.binary
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def made(key):
            path = folder / f"{key}.onnx"
            onnx.save({**networks.NETWORKS, **SPECIAL}[key](), path)
            return path

        def exported(key):
            import practice

            arguments.exports.mkdir(parents=True, exist_ok=True)
            return practice.exported(key, arguments.exports)

        makers = [(key, made) for key in (*networks.NETWORKS, *SPECIAL)]
        if arguments.practice:
            results = json.loads(pathlib.Path(__file__).with_name("practice.json").read_text())
            makers += [(key, exported) for key in results if arguments.practice in ("all", key) or key in arguments.practice.split(",")]
        for key, make in makers:
            if arguments.only and arguments.only not in key:
                continue
            try:
                print(f"ok    {key:24} {check_training(make(key), folder)}", flush=True)
                passed += 1
            except Exception as problem:  # every network is reported, whatever stopped one
                print(f"FAIL  {key:24} {problem}", flush=True)
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
