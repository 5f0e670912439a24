#!/usr/bin/env python3
"""Accuracy at equal multiply-accumulates on the residual sample, and Torch-Pruning's on the same network and data.

For every criterion and several seeds (the order of the scored examples; where random scores begin) the sample is pruned
to shares of its multiply-accumulates and measured on Fashion-MNIST's whole test set: as it is, and refitted by least
squares without training. Torch-Pruning ranks the same weights by Taylor and L2 over the same number of training examples;
its ratio is searched for the same share. Prints a table and writes accuracy.json beside this script.

    pip install numpy onnx torch torch-pruning==1.6.1 --no-deps
    python3 accuracy.py [--program PATH] [--seeds 5] [--criteria l2,taylor] [--no-rival]
"""
import argparse
import copy
import gzip
import json
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np

here = pathlib.Path(__file__).resolve().parent
samples = here.parent.parent / "SampleModels"
model = samples / "residual.onnx"
shares = {"none": [70, 50, 30], "refit": [30, 20, 10]}
seeded = {"taylor", "taylor-gate", "taylor-weight", "oracle", "output-energy", "apoz", "mean-activation", "random"}
scored = 1024


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def ours(program, criterion, keep, recovery, seed, extra=()):
    """The accuracy on the test set of one pruned model, and the share of multiply-accumulates that it kept."""
    with tempfile.TemporaryDirectory() as folder:
        small = pathlib.Path(folder) / "small.onnx"
        options = ["--criterion", criterion, "--keep-macs", keep, "--seed", seed, "--score-seed", seed, "--no-verify"]
        options += ["--batches", 4 if criterion == "oracle" else scored // 32]
        if recovery != "none":
            options += ["--recover", recovery]
        report = json.loads(run(program, "prune", model, "-o", small, *options, *extra, "--json"))
        (pathlib.Path(folder) / "small.yaml").write_text(
            (samples / "residual.yaml").read_text().replace("fashion-mnist", str(samples / "fashion-mnist")))
        measured = json.loads(run(program, "evaluate", small, "--json"))
        return measured["accuracy"], report["macs"]["after"] / report["macs"]["before"]


# What follows is the rival.


def images(part):
    def read(name, offset):
        return np.frombuffer(gzip.decompress((samples / "fashion-mnist" / name).read_bytes()), np.uint8, offset=offset)

    x = read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return (x - 0.286) / 0.353, read(f"{part}-labels-idx1-ubyte.gz", 8).astype(np.int64)


def rebuilt():
    """The sample as a PyTorch module: its nodes in order."""
    import onnx
    import torch
    from onnx import numpy_helper

    graph = onnx.load(model).graph
    weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.steps, self.layers = [], torch.nn.ModuleDict()
            for number, node in enumerate(graph.node):
                attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
                w = [weights.get(i) for i in node.input]
                layer = None
                if node.op_type == "Conv":
                    bias = len(w) > 2
                    layer = torch.nn.Conv2d(
                        w[1].shape[1] * attributes.get("group", 1), w[1].shape[0], tuple(w[1].shape[2:]),
                        attributes.get("strides", [1, 1]), attributes.get("pads", [0, 0])[:2],
                        groups=attributes.get("group", 1), bias=bias)
                    layer.weight.data = w[1]
                    if bias:
                        layer.bias.data = w[2]
                elif node.op_type == "BatchNormalization":
                    layer = torch.nn.BatchNorm2d(len(w[1]), eps=attributes.get("epsilon", 1e-5))
                    layer.weight.data, layer.bias.data = w[1], w[2]
                    layer.running_mean, layer.running_var = w[3], w[4]
                elif node.op_type == "Gemm":
                    matrix = w[1] if attributes.get("transB", 0) else w[1].T.contiguous()
                    layer = torch.nn.Linear(matrix.shape[1], matrix.shape[0])
                    layer.weight.data, layer.bias.data = matrix, w[2]
                if layer is not None:
                    self.layers[str(number)] = layer
                if node.op_type == "Clip":
                    attributes = {"min": float(w[1]), "max": float(w[2])}
                self.steps.append((str(number), node.op_type, attributes, [i for i in node.input if i not in weights],
                                   node.output[0]))
            self.input, self.output = graph.input[0].name, graph.output[0].name

        def forward(self, x):
            values = {self.input: x}
            for number, op, attributes, inputs, output in self.steps:
                a = [values[i] for i in inputs]
                if number in self.layers:
                    y = self.layers[number](a[0])
                elif op == "Relu":
                    y = torch.relu(a[0])
                elif op == "Clip":
                    y = a[0].clamp(attributes["min"], attributes["max"])
                elif op == "Add":
                    y = a[0] + a[1]
                elif op == "Concat":
                    y = torch.cat(a, attributes["axis"])
                elif op == "GlobalAveragePool":
                    y = a[0].mean((2, 3), keepdim=True)
                elif op == "MaxPool":
                    y = torch.nn.functional.max_pool2d(a[0], attributes["kernel_shape"], attributes["strides"])
                elif op == "Flatten":
                    y = a[0].flatten(1)
                else:
                    raise SystemExit(f"the sample holds {op}, which this script does not know")
                values[output] = y
            return values[self.output]

    return Network().eval()


def accuracy(network, x, y):
    import torch

    with torch.no_grad():
        found = [network(torch.from_numpy(x[i:i + 500])).argmax(1).numpy() for i in range(0, len(x), 500)]
    return float((np.concatenate(found) == y).mean())


def macs(network):
    import torch

    total = 0

    def count(layer, inputs, output):
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel() if layer.weight.dim() == 4 else layer.weight.numel()

    hooks = [l.register_forward_hook(count) for l in network.layers.values()
             if isinstance(l, (torch.nn.Conv2d, torch.nn.Linear))]
    with torch.no_grad():
        network(torch.zeros(1, 1, 28, 28))
    for hook in hooks:
        hook.remove()
    return total


def theirs(criterion, keep, seed, train, scope):
    """Torch-Pruning's network with at most `keep` per cent of the multiply-accumulates, its ratio found by bisection."""
    import torch
    import torch_pruning as tp

    whole = rebuilt()
    budget = keep / 100 * macs(whole)
    order = np.random.default_rng(seed).permutation(len(train[0]))[:scored]

    def pruned(ratio):
        network = copy.deepcopy(whole)
        importance = tp.importance.GroupTaylorImportance() if criterion == "taylor" else (
            tp.importance.GroupMagnitudeImportance(p=2))
        last = [l for l in network.layers.values() if isinstance(l, torch.nn.Linear)][-1]
        pruner = tp.pruner.BasePruner(
            network, torch.zeros(1, 1, 28, 28), importance=importance, pruning_ratio=ratio,
            global_pruning=scope == "global", max_pruning_ratio=1.0 if scope == "global" else 0.999,
            ignored_layers=[last])
        if criterion == "taylor":
            for start in range(0, scored, 128):
                part = order[start:start + 128]
                loss = torch.nn.functional.cross_entropy(
                    network(torch.from_numpy(train[0][part])), torch.from_numpy(train[1][part]), reduction="sum")
                (loss / scored).backward()
        pruner.step()
        return network

    low, high, best = 0.0, 1.0, None
    for _ in range(9):
        ratio = (low + high) / 2
        network = pruned(ratio)
        if macs(network) <= budget:
            best, high = network, ratio
        else:
            low = ratio
    return best, macs(best) / macs(whole)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(here.parent.parent / ".build/release/secateur"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--criteria")
    parser.add_argument("--no-rival", action="store_true")
    parser.add_argument("--extra", default="", help="further options of prune")
    parser.add_argument("--json", default=str(here / "accuracy.json"))
    options = parser.parse_args()
    criteria = options.criteria.split(",") if options.criteria else [
        entry["name"] for entry in json.loads(run(options.program, "criteria", "--json"))]
    table = {}

    def add(name, recovery, keep, values):
        table.setdefault(name, {})[f"{recovery} {keep}"] = values
        spread = f" ± {100 * statistics.stdev(values):.1f}" if len(values) > 1 else ""
        print(f"{name:28} {recovery:6} {keep:3} %  {100 * statistics.mean(values):5.1f}{spread}", flush=True)

    for criterion in criteria:
        seeds = range(options.seeds) if criterion in seeded else [0]
        for recovery, keeps in shares.items():
            for keep in keeps:
                add(criterion, recovery, keep, [
                    ours(options.program, criterion, keep, recovery, seed, options.extra.split())[0] for seed in seeds])
    if not options.no_rival:
        train, test = images("train"), images("t10k")
        for criterion in ["taylor", "l2"]:
            for scope in ["global", "local"]:
                for keep in sorted({k for keeps in shares.values() for k in keeps}, reverse=True):
                    values = []
                    for seed in range(options.seeds if criterion == "taylor" else 1):
                        network, _ = theirs(criterion, keep, seed, train, scope)
                        values.append(accuracy(network, *test))
                    add(f"Torch-Pruning {criterion} {scope}", "none", keep, values)
    pathlib.Path(options.json).write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
