#!/usr/bin/env python3
"""Accuracy at equal multiply-accumulates on the residual sample, and Torch-Pruning's on the same network and data.

For every criterion and several seeds (the order of the scored examples; where random scores begin) the sample is pruned
to shares of its multiply-accumulates and measured on Fashion-MNIST's whole test set: as it is, refitted by least squares
without training, and after one epoch of fine-tuning on the shipped images. Torch-Pruning ranks the same weights by Taylor
and L2 over the same number of training examples; its ratio is searched for the same share, and what it leaves is trained
and measured by the same program: what is compared is what was removed. Writes accuracy.json beside this script, and the
table of it to accuracy.md; rows that the JSON holds already are kept, so that a run that was stopped goes on. --table writes
the table alone.

    pip install numpy onnx torch torch-pruning==1.6.1 --no-deps
    python3 accuracy.py [--program PATH] [--seeds 5] [--epoch-seeds 3] [--criteria l2,taylor] [--only ours]
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
# The shipped data are a part of Fashion-MNIST; the whole is taken where a system's package has put it.
system = pathlib.Path("/usr/share/datasets/fashion-mnist")
data = system if system.exists() else samples / "fashion-mnist"
shares = {"none": [70, 50, 30], "refit": [30, 20, 10], "epoch": [70, 50, 30]}
seeded = {"taylor", "taylor-gate", "taylor-weight", "oracle", "output-energy", "apoz", "mean-activation", "random"}
scored = 1024


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def ours(program, criterion, keep, recovery, seed):
    """The accuracy on the test set of one pruned model."""
    with tempfile.TemporaryDirectory() as folder:
        small = pathlib.Path(folder) / "small.onnx"
        options = ["--criterion", criterion, "--keep-macs", keep, "--seed", seed, "--score-seed", seed, "--no-verify"]
        options += ["--batches", 4 if criterion == "oracle" else scored // 32]
        if recovery == "refit":
            options += ["--recover", recovery]
        run(program, "prune", model, "-o", small, *options)
        if recovery == "epoch":
            small = tuned(program, small, seed)
        return measured(program, small)


def tuned(program, small, seed):
    """A model after one epoch on all of the shipped images: none are set aside to choose an epoch by."""
    path = small.with_name("tuned.onnx")
    run(program, "finetune", small, "-o", path, "--epochs", 1, "--validation", 0, "--seed", seed, "--data",
        samples / "fashion-mnist", "--mean", "0.286", "--deviation", "0.353")
    return path


def measured(program, path):
    """The share of the test set that a model is right about."""
    report = run(program, "evaluate", path, "--data", data, "--mean", "0.286", "--deviation", "0.353", "--json")
    return json.loads(report)["accuracy"]


# What follows is the rival.


def images(part, folder=data):
    def read(name, offset):
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=offset)

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
    return best


def written(network, path):
    """The network in the sample's file, its weights in place of the sample's."""
    import onnx
    import torch
    from onnx import numpy_helper

    whole = onnx.load(model)
    initializers = {i.name: i for i in whole.graph.initializer}

    def put(name, tensor):
        initializers[name].CopyFrom(numpy_helper.from_array(tensor.detach().numpy().copy(), name))

    for number, layer in network.layers.items():
        node = whole.graph.node[int(number)]
        transposed = isinstance(layer, torch.nn.Linear) and not any(a.name == "transB" and a.i for a in node.attribute)
        put(node.input[1], layer.weight.T if transposed else layer.weight)
        if len(node.input) > 2:
            put(node.input[2], layer.bias)
        if node.op_type == "BatchNormalization":
            put(node.input[3], layer.running_mean)
            put(node.input[4], layer.running_var)
        for attribute in node.attribute:
            if attribute.name == "group":
                attribute.i = layer.groups
    del whole.graph.value_info[:]
    onnx.checker.check_model(whole, full_check=True)
    onnx.save(whole, path)


# What stands above the table.
WORDS = """# Accuracy by criterion

`accuracy.py` writes this page. The table says how many of Fashion-MNIST's 10,000 test images are right, in per cent, by the
share of the residual sample's multiply-accumulates that is left: as pruned; refitted without training; after one epoch on
the images that ship with the project. The sample itself answers 93.2 % of them. Where there were several seeds, ± is the
standard deviation over them.

Torch-Pruning 1.6.1 has no refit, so its rows show there what it leaves. That is trained and measured by `secateur finetune`
and `secateur evaluate` too, so that the rows differ in what was removed and in nothing else. Its L2 is `group-l2` here: the
scores are the same to 2·10⁻⁷ in every group but that of the depthwise convolution, whose own weights it does not count.

"""


def markdown(table):
    """The page accuracy.md, of the rows of accuracy.json."""
    columns = [(r, keep) for r in ["none", "refit", "epoch"] for keep in shares[r]
               if any(f"{r} {keep}" in rows for rows in table.values())]
    lines = ["| criterion | " + " | ".join(f"{keep} %" + {"none": "", "refit": ", refit", "epoch": ", epoch"}[r]
                                           for r, keep in columns) + " |",
             "|---" * (len(columns) + 1) + "|"]
    for name in sorted(table, key=lambda n: (n.startswith("Torch"), -table[n].get("refit 10", {"mean": 0})["mean"])):
        cells = []
        for r, keep in columns:
            # The rival has no refit: what it leaves stands there.
            row = table[name].get(f"{r} {keep}") or (
                table[name].get(f"none {keep}") if r == "refit" and name.startswith("Torch") else None)
            spread = f" ± {row['deviation']:.1f}" if row and row["deviation"] is not None else ""
            cells.append(f"{row['mean']:.1f}{spread}" if row else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return WORDS + "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(here.parent.parent / ".build/release/secateur"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epoch-seeds", type=int, default=1)
    parser.add_argument("--criteria")
    parser.add_argument("--only", choices=["ours", "theirs"])
    parser.add_argument("--recoveries", default="none,refit,epoch")
    parser.add_argument("--table", action="store_true", help="write accuracy.md from what the JSON holds")
    parser.add_argument("--json", default=str(here / "accuracy.json"))
    options = parser.parse_args()

    def write_table():
        pathlib.Path(options.json).with_suffix(".md").write_text(
            markdown(json.loads(pathlib.Path(options.json).read_text())))

    if options.table:
        return write_table()
    criteria = options.criteria.split(",") if options.criteria else [
        entry["name"] for entry in json.loads(run(options.program, "criteria", "--json"))]
    path = pathlib.Path(options.json)
    recoveries = options.recoveries.split(",")

    def add(name, recovery, keep, seeds, measure):
        """Measures a row that is not there yet; other runs may write into the same file."""
        row = f"{recovery} {keep}"
        if row in (json.loads(path.read_text()) if path.exists() else {}).get(name, {}):
            return
        values = [measure(seed) for seed in seeds]
        table = json.loads(path.read_text()) if path.exists() else {}
        deviation = round(100 * statistics.stdev(values), 2) if len(values) > 1 else None
        table.setdefault(name, {})[row] = {
            "mean": round(100 * statistics.mean(values), 2), "deviation": deviation, "seeds": len(values)}
        path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
        spread = f" ± {deviation:.1f}" if deviation is not None else ""
        print(f"{name:28} {recovery:6} {keep:3} %  {table[name][row]['mean']:5.1f}{spread}", flush=True)

    def seeds(recovery, matters):
        return range(options.epoch_seeds if recovery == "epoch" else options.seeds if matters else 1)

    if options.only != "theirs":
        for recovery in recoveries:
            for criterion in criteria:
                for keep in shares[recovery]:
                    add(criterion, recovery, keep, seeds(recovery, criterion in seeded),
                        lambda seed: ours(options.program, criterion, keep, recovery, seed))
    if options.only != "ours":
        train = images("train")
        for recovery in [r for r in recoveries if r != "refit"]:
            for criterion in ["taylor", "l2"]:
                for scope in ["global", "local"]:
                    # Without training also where ours are refitted.
                    for keep in shares[recovery] + ([20, 10] if recovery == "none" else []):
                        def measure(seed):
                            network = theirs(criterion, keep, seed, train, scope)
                            with tempfile.TemporaryDirectory() as folder:
                                small = pathlib.Path(folder) / "small.onnx"
                                written(network, small)
                                return measured(
                                    options.program,
                                    tuned(options.program, small, seed) if recovery == "epoch" else small)

                        add(f"Torch-Pruning {criterion} {scope}", recovery, keep,
                            seeds(recovery, criterion == "taylor"), measure)
    write_table()


if __name__ == "__main__":
    main()
