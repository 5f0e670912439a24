#!/usr/bin/env python3
"""Accuracy at a share of the multiply-accumulates: secateur's measured way, its ranked way, and Torch-Pruning.

    pip install numpy onnx onnxruntime onnxscript torch scikit-learn
    pip install --no-deps torch-pruning==1.6.1
    swift build -c release --product secateur
    python3 Tests/Benchmarks/best_choice.py PART [--networks residual] [--seeds 3] [--keep 25 10]

The parts: *cost* prunes once, without training, with 512 images that a seed draws from the training images; *ablation*
changes one thing of the default at a time; *epoch* trains what *cost* left for one epoch, all by the same loop in PyTorch.
*table* prints what was measured, and *plot* writes the residual sample's part of it as an SVG.

secateur's measured way and `output-energy` see no labels; `taylor`, its and Torch-Pruning's, sees those of the same images.
Everything is judged on all test images: secateur's files in onnxruntime, Torch-Pruning's networks in PyTorch, which starts
from the same weights, batch normalizations folded, checked against onnxruntime. What is measured is saved as it comes and
not measured again; the files that secateur wrote are kept in the folder of --work.
"""
import argparse
import dataclasses
import gzip
import json
import os
import pathlib
import re
import statistics
import sys
import time

import numpy as np
import onnxruntime
import torch

import digit_networks
import torch_networks
from prune_command import prune

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "SampleModels"
SHARES = {"residual": [50, 40, 25, 15, 10, 5], "digits-plain": [40, 25, 15, 10, 5], "digits-mobile": [40, 25, 15, 10, 5]}
# What the prototype reached, which is the least that is asked.
BARS = {"residual": [92.3, 91.8, 90.5, 88.0, 85.8, 80.8], **dict.fromkeys(
    ("digits-plain", "digits-mobile"), [99.6, 99.5, 99.3, 99.0, 98.0])}


@dataclasses.dataclass(frozen=True)
class Way:
    """How a network is pruned: by these options of `secateur prune`, or by Torch-Pruning."""

    options: tuple = ()
    images: int = 512
    labelled: bool = False
    rival: tuple = ()
    seeds: int | None = None


def ranked(criterion, *options):
    return Way(("--criterion", criterion, *(options or ("--allocate", "ranked", "--recover", "refit"))),
               labelled=criterion.startswith("taylor"))


COST = {
    "measured": Way(),
    "ranked, taylor": ranked("taylor"),
    "ranked, output-energy": ranked("output-energy"),
    **{f"Torch-Pruning, {criterion}, {scope}": Way(
        rival=(criterion, scope), labelled=criterion == "taylor", seeds=None if criterion == "taylor" else 1)
       for criterion in ("taylor", "l2") for scope in ("global", "local")},
}
UNIFORM = ("--allocate", "uniform", "--recover", "refit")
RANKED = ("--allocate", "ranked", "--recover", "refit")
# A largest ratio, even of nearly all, is one of the limits under which no stages are taken.
ABLATION = {
    "measured": Way(),
    "no refit": Way(("--recover", "none")),
    "no stages": Way(("--max-ratio", "99.9%")),
    "no stages, no refit": Way(("--max-ratio", "99.9%", "--recover", "none")),
    "128 images": Way(images=128),
    "2,048 images": Way(("--calibration", "2048"), images=2048),
    "2,048 images, effort high": Way(("--calibration", "2048", "--effort", "high"), images=2048),
    "effort quick": Way(("--effort", "quick")),
    "effort high": Way(("--effort", "high")),
    **{f"uniform, {criterion}": ranked(criterion, *UNIFORM) for criterion in ("obs", "taylor", "output-energy", "l2")},
    **{f"ranked, {criterion}": ranked(criterion, *RANKED) for criterion in ("taylor", "output-energy", "l2")},
    "ranked, taylor, no refit": ranked("taylor", "--allocate", "ranked", "--recover", "none"),
}
EPOCH = ["measured", "ranked, taylor", "ranked, output-energy", "Torch-Pruning, taylor, global",
         "Torch-Pruning, l2, global"]
EPOCH_SHARES = [50, 30, 15]


class Network:
    """A network's file, images of its training and its test."""

    def __init__(self, name, work, fashion):
        self.name = name
        self.path = work / name / f"{name}.onnx"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("digits"):
            self.train, self.test = digit_networks.data()
            if not self.path.exists():
                digit_networks.made(name, self.path)
        else:
            # The copy has no file beside it that attaches the sample's data.
            self.path.write_bytes((SAMPLES / f"{name}.onnx").read_bytes())
            self.train, self.test = _fashion(SAMPLES / "fashion-mnist", "train"), _fashion(fashion, "t10k")
        self.shape = self.test[0].shape[1:]
        self.original = torch_networks.rebuilt(self.path, self.test[0])
        self.macs = torch_networks.macs(self.original, self.shape)

    def calibration(self, seed, count):
        """Training images that a seed draws, with their labels; there are at least so many."""
        random = np.random.default_rng(seed)
        images, labels = self.train
        if self.name.startswith("digits"):
            order = np.concatenate([random.permutation(len(images)) for _ in range(-(-count // len(images)))])[:count]
            return digit_networks.drawn(images[order], random), labels[order]
        order = random.permutation(len(images))[:count]
        return images[order], labels[order]

    def file(self, seed, count, labelled):
        """The same as an NPZ file, which has labels or none."""
        path = self.path.with_name(f"images-{seed}-{count}{'-labelled' * labelled}.npz")
        if not path.exists():
            images, labels = self.calibration(seed, count)
            np.savez(path, x=images, **({"y": labels} if labelled else {}))
        return path

    def accuracy_of_file(self, path):
        session = onnxruntime.InferenceSession(path, _session_options(), providers=["CPUExecutionProvider"])
        images, labels = self.test
        outputs = [session.run(None, {session.get_inputs()[0].name: images[start:start + 250]})[0].argmax(1)
                   for start in range(0, len(images), 250)]
        return float((np.concatenate(outputs) == labels).mean())


def _session_options():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def _fashion(folder, part):
    def read(name, offset):
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=offset)

    images = read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return (images - 0.286) / 0.353, read(f"{part}-labels-idx1-ubyte.gz", 8).astype(np.int64)


class Results:
    """What was measured, by network, way, share and seed."""

    def __init__(self, path):
        self.path = path
        self.entries = json.loads(path.read_text()) if path.exists() else {}

    def get(self, *key):
        return self.entries.get(" | ".join(map(str, key)))

    def put(self, value, *key):
        self.entries[" | ".join(map(str, key))] = value
        beside = self.path.with_name(self.path.name + ".part")
        beside.write_text(json.dumps(self.entries, indent=1, sort_keys=True) + "\n")
        beside.replace(self.path)
        print(*key, value, flush=True)

    def spread(self, field, *key, seeds):
        """Mean and standard deviation in per cent over the seeds that are there."""
        values = [100 * entry[field] for seed in range(seeds) if (entry := self.get(*key, seed)) and field in entry]
        if not values:
            return None
        return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else None


def pruned(program, network, way, share, seed, output):
    """Prunes with secateur and measures the file."""
    done, seconds = prune(program, network.path, output, "--keep-macs", f"{share}%", "--no-verify", "--seed", seed,
                          "--data", network.file(seed, way.images, way.labelled), *way.options)
    result = {"accuracy": network.accuracy_of_file(output), "seconds": round(seconds, 1), "share": _share(network, output)}
    if expected := re.search(r"after a refit: ([\d.]+(?:e-?\d+)?)", done.stdout):
        result["expected"] = float(expected[1])
    return result


def _share(network, path):
    small = torch_networks.rebuilt(path, network.test[0])
    return round(torch_networks.macs(small, network.shape) / network.macs, 4)


def rival(network, way, share, seed):
    """What Torch-Pruning leaves."""
    return torch_networks.torch_pruned(
        network.original, *way.rival, share / 100, network.calibration(seed, way.images), network.test)


def file_name(way_name, share, seed):
    return re.sub(r"\W+", "-", way_name) + f"-{share}-{seed}.onnx"


def measure(options, results, network, ways, shares):
    for seed in range(options.seeds):
        for share in shares:
            for name, way in ways.items():
                if results.get(network.name, name, share, seed) or (way.seeds is not None and seed >= way.seeds):
                    continue
                if options.ways and not any(part in name for part in options.ways):
                    continue
                if way.rival:
                    begun = time.perf_counter()
                    small = rival(network, way, share, seed)
                    result = {"unreachable": True} if small is None else {
                        "accuracy": torch_networks.accuracy(small, *network.test),
                        "seconds": round(time.perf_counter() - begun, 1),
                        "share": round(torch_networks.macs(small, network.shape) / network.macs, 4)}
                else:
                    output = network.path.with_name(file_name(name, share, seed))
                    result = pruned(options.program, network, way, share, seed, output)
                results.put(result, network.name, name, share, seed)


def train_epoch(options, results, network, shares):
    """One epoch on all training images behind each prune, by one loop for all."""
    for seed in range(options.seeds):
        for share in shares:
            for name in EPOCH:
                key = (network.name, f"{name}, rate {options.rate:g}", share, seed)
                if results.get(*key) or (options.ways and not any(part in name for part in options.ways)):
                    continue
                if COST[name].rival:
                    small = rival(network, COST[name], share, seed)
                else:
                    path = network.path.with_name(file_name(name, share, seed))
                    if not path.exists():
                        results.put(pruned(options.program, network, COST[name], share, seed, path),
                                    network.name, name, share, seed)
                    small = torch_networks.rebuilt(path, network.test[0])
                begun = time.perf_counter()
                small = torch_networks.trained(
                    small, *network.train, epochs=1, seed=seed, rate=options.rate,
                    augment=digit_networks.drawn if network.name.startswith("digits") else None)
                results.put({"accuracy": torch_networks.accuracy(small, *network.test),
                             "seconds": round(time.perf_counter() - begun, 1)}, *key)


def table(results, network, names, shares, seeds):
    """Lines of a Markdown table: accuracy in per cent by share, ± the standard deviation over seeds."""
    lines = [f"| {network} | " + " | ".join(f"{share} %" for share in shares) + " |",
             "|---" * (len(shares) + 1) + "|"]
    for name in names:
        cells = []
        for share in shares:
            found = results.spread("accuracy", network, name, share, seeds=seeds)
            cells.append("" if found is None else
                         f"{found[0]:.1f}" + (f" ± {found[1]:.1f}" if found[1] is not None else ""))
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def below(results, network, seeds):
    """Where the measured way lies below another way or below what is asked."""
    found = []
    for share, bar in zip(SHARES[network], BARS[network]):
        mine = results.spread("accuracy", network, "measured", share, seeds=seeds)
        if mine is None:
            continue
        others = {name: spread[0] for name in COST if name != "measured"
                  and (spread := results.spread("accuracy", network, name, share, seeds=seeds))}
        found += [f"{network} {share} %: {mine[0]:.2f}, {name} {value:.2f}"
                  for name, value in [*others.items(), ("asked", bar)] if value > mine[0] + 1e-9]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["cost", "ablation", "epoch", "table", "plot"])
    parser.add_argument("--program", default=ROOT / ".build/release/secateur")
    parser.add_argument("--networks", nargs="+", choices=list(SHARES), default=list(SHARES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keep", nargs="+", type=int, help="shares of the multiply-accumulates in per cent")
    parser.add_argument("--ways", nargs="+", help="only ways whose name has one of these words")
    parser.add_argument("--rate", type=float, default=1e-3, help="the learning rate of an epoch")
    parser.add_argument("--save", type=pathlib.Path, default=ROOT / ".build/best_choice.json")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / ".build/best-choice")
    parser.add_argument("--fashion", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"),
                        help="the whole of Fashion-MNIST, whose test images judge the residual sample")
    options = parser.parse_args()
    results = Results(options.save)
    torch.set_num_threads(int(os.environ.get("SECATEUR_THREADS", "0")) or torch.get_num_threads())

    if options.part == "table":
        for name in options.networks:
            print("\n".join(table(results, name, COST, options.keep or SHARES[name], options.seeds)), "\n")
            print("\n".join(table(results, name, ABLATION, [25, 10], options.seeds)), "\n")
            tuned = sorted({key.split(" | ")[1] for key in results.entries if ", rate " in key})
            print("\n".join(table(results, name, tuned, EPOCH_SHARES, options.seeds)), "\n")
            print("\n".join(below(results, name, options.seeds)), "\n")
        return
    if options.part == "plot":
        from plot_best_choice import svg
        print(svg(results, options.networks[0], SHARES[options.networks[0]], options.seeds), end="")
        return
    for name in options.networks:
        network = Network(name, options.work, options.fashion)
        if not results.get(name, "original"):
            results.put({"accuracy": torch_networks.accuracy(network.original, *network.test), "macs": network.macs},
                        name, "original")
        if options.part == "epoch":
            train_epoch(options, results, network, options.keep or EPOCH_SHARES)
        else:
            ways, shares = (COST, SHARES[name]) if options.part == "cost" else (ABLATION, [25, 10])
            measure(options, results, network, ways, options.keep or shares)


if __name__ == "__main__":
    sys.exit(main())
