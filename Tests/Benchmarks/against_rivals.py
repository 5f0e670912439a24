"""Runs the same work in secateur, onnxruntime and PyTorch, in turns, and prints the ratios of their speeds.

    python3 -m pip install numpy onnx onnxruntime onnxscript torch
    python3 -m pip install --no-deps torchvision timm
    swift build -c release
    python3 Tests/Benchmarks/against_rivals.py [--only resnet18 yolov8n] [--purposes score train] [--batches 1 8]
    python3 Tests/Benchmarks/against_rivals.py --save results.json [--again | --ours-only]
    python3 Tests/Benchmarks/against_rivals.py --profile yolov8n --purposes infer --batches 8

The networks stand in rival_networks.py: with random weights, at the sizes that they are used at. Examples are random
numbers. *infer* is compared with onnxruntime, optimizations on, and with PyTorch; *score* with PyTorch's gradients of
the outputs of the layers that secateur scores, all parameters frozen, and the sums of their products; *train* with a
step of gradient descent with momentum. PyTorch runs in both memory layouts, of which the faster counts, and compiled
with --compile. With --precision bf16 secateur multiplies bfloat16 numbers; the rivals stay as they are, and PyTorch's
automatic bfloat16 is shown beside them.

Each measurement is a process of its own; the sides take turns, and the fastest run of each counts. Nothing else should
run on the machine: barriers wait for a core that another process has. What is measured is saved as it comes, and not
measured again for the same program, or the same version of a rival, unless --again asks for it. --ours-only measures
secateur alone and compares it with what is saved of the rivals. Exports are kept: delete one after a change of its
network. What failed is listed below the table; of a rival's two layouts one is enough.

Ends with exit code 1 where a mean or a ratio is below the bars of `BARS` and `HIGHER`, or where secateur failed.
"""
import argparse
import collections
import dataclasses
import functools
import hashlib
import importlib.metadata
import json
import math
import pathlib
import subprocess
import sys
import tempfile

from rival_networks import NETWORKS

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEASUREMENTS = pathlib.Path(__file__).with_name("rival_measurements.py")
PURPOSES = ("infer", "score", "train")
# Seconds that a measurement may take.
PATIENCE = 900
EAGER = ("eager NCHW", "eager channels_last")

# Ratios of speeds that are asked for, in the geometric mean and of every network and batch.
BARS = {
    ("infer", "onnxruntime"): (1.15, 0.95), ("score", "eager"): (2.2, 1.4), ("train", "eager"): (1.7, 1.1),
    **{(purpose, "compiled"): (1.0, 1.0) for purpose in PURPOSES},
}
# More is asked of these, scored in batches of eight or more, by precision and network.
HIGHER = {
    ("f32", "resnet18"): 2.6, ("f32", "resnet50"): 2.8, ("f32", "mobilenet_v2"): 4.2, ("bf16", "resnet50"): 4.8,
}


class Failure(Exception):
    """What a process said that could not do its work."""


@dataclasses.dataclass(frozen=True)
class Task:
    network: str
    purpose: str
    batch: int

    def __str__(self):
        return f"{self.network} {self.purpose} {self.batch}"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How many times as fast as a rival secateur is at a task, and what is asked."""

    task: Task
    rival: str
    ratio: float
    bar: float | None

    @property
    def missed(self):
        return self.bar is not None and self.ratio < self.bar


class Results:
    """What was measured, by task and side: {"fingerprint": …, "runs": […]} or, of a failure, {…, "problem": …}."""

    def __init__(self, path):
        self.path = path
        self.entries = json.loads(path.read_text()) if path and path.exists() else {}

    def entry(self, task, side):
        return self.entries.get(str(task), {}).get(side, {})

    def forget(self, task, side):
        self.entries.get(str(task), {}).pop(side, None)

    def runs(self, task, side, fingerprint):
        """How many runs are known; a failure is as good as any number."""
        entry = self.entry(task, side)
        if entry.get("fingerprint") != fingerprint:
            return 0
        return math.inf if "problem" in entry else len(entry["runs"])

    def add(self, task, side, fingerprint, outcome):
        if self.runs(task, side, fingerprint) == 0:
            self.entries.setdefault(str(task), {})[side] = {"fingerprint": fingerprint, "runs": []}
        entry = self.entry(task, side)
        if isinstance(outcome, Failure):
            entry["problem"] = str(outcome)
        else:
            entry["runs"].append(outcome)
        self.write()

    def write(self):
        if self.path:
            beside = self.path.with_name(self.path.name + ".part")
            beside.write_text(json.dumps(self.entries, indent=1))
            beside.replace(self.path)

    def problems(self, task):
        return {side: entry["problem"] for side, entry in self.entries.get(str(task), {}).items() if "problem" in entry}

    def best(self, task, sides):
        """The side that was fastest and its fastest run; `None` where none is known."""
        known = [
            (run["seconds"], side, run) for side in sides if side not in self.problems(task)
            for run in self.entry(task, side).get("runs", [])]
        return min(known, key=lambda run: run[0])[1:] if known else None


class Sides:
    """Secateur and its rivals, as processes."""

    def __init__(self, options):
        self.options = options
        self.ours = f"secateur {options.precision}"

    def of(self, task):
        if self.options.ours_only:
            return [self.ours]
        rivals = ["onnxruntime"] if task.purpose == "infer" else []
        rivals += EAGER if len(NETWORKS[task.network].shape) > 2 else EAGER[:1]
        rivals += ["compiled"] if self.options.compile else []
        rivals += ["autocast bf16"] if self.options.precision == "bf16" else []
        return [self.ours, *rivals]

    def fingerprint(self, task, side):
        """What a measurement depends on."""
        if side == self.ours:
            return self.program
        if side == "onnxruntime":
            return f"onnxruntime {importlib.metadata.version('onnxruntime')}"
        torch = f"torch {importlib.metadata.version('torch')}"
        return f"{torch}, {len(self.layers(task.network))} layers" if task.purpose == "score" else torch

    @functools.cached_property
    def program(self):
        with open(self.options.binary, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]

    def measure(self, task, side):
        if side == self.ours:
            return self.secateur(task)
        order = {"side": side, **dataclasses.asdict(task), "seconds": self.options.seconds}
        if side == "onnxruntime":
            order["path"] = str(self.export(task.network))
        elif task.purpose == "score":
            order["layers"] = self.layers(task.network)
        return rival(order)

    def secateur(self, task):
        report = json.loads(self.bench(task, "--json"))
        return {
            "seconds": task.batch / report["fastest_examples_per_second"], "bytes": report["resident_bytes"],
            "share": report["gigaflops"] / report["peak_gigaflops"]}

    def bench(self, task, *more):
        return output([
            self.options.binary, "bench", self.export(task.network), "--purpose", task.purpose, "--batch-size", task.batch,
            "--input", extents(NETWORKS[task.network].shape), "--seconds", self.options.seconds,
            "--precision", self.options.precision, *more])

    @functools.cache
    def export(self, name):
        path = self.options.exports / f"{name}.onnx"
        if not path.exists():
            self.options.exports.mkdir(parents=True, exist_ok=True)
            rival({"side": "export", "network": name, "path": str(path)})
        return path

    @functools.cache
    def layers(self, name):
        """The modules that secateur scores, by their names in PyTorch."""
        shape = extents((1, *NETWORKS[name].shape))
        report = json.loads(output(
            [self.options.binary, "prunable", self.export(name), "--input", shape, "--json"]))
        return sorted({module_name(layer["name"]) for layer in report["layers"]})


def extents(shape):
    return "x".join(map(str, shape))


def module_name(layer):
    """Layers are called as their weights are (numbered where they share them), or as their nodes:
    /blocks/blocks.0/mlp/fc1/MatMul is blocks.0.mlp.fc1."""
    layer = layer.split("#")[0]
    if not layer.startswith("/"):
        return layer
    parts = []
    for part in layer.split("/")[1:-1]:
        if parts and part.startswith(parts[-1] + "."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def rival(order):
    return json.loads(output([sys.executable, MEASUREMENTS, json.dumps(order)]).splitlines()[-1])


def output(command):
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failure(f"took longer than {PATIENCE} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Failure(f"exit code {done.returncode}: {said[-1][:300] if said else 'no message'}")
    return done.stdout


def measure(task, sides, results, options):
    """Takes turns until every side has its rounds."""
    fingerprints = {}
    for side in sides.of(task):
        if options.again:
            results.forget(task, side)
        try:
            fingerprints[side] = sides.fingerprint(task, side)
        except Failure as failure:  # secateur names no layers to score
            results.add(task, side, "", failure)
    for turn in range(options.rounds):
        for side, fingerprint in fingerprints.items():
            if results.runs(task, side, fingerprint) > turn:
                continue
            try:
                outcome = sides.measure(task, side)
            except Failure as failure:
                outcome = failure
            results.add(task, side, fingerprint, outcome)


def tasks(options):
    for name in options.only or NETWORKS:
        network = NETWORKS[name]
        for purpose in options.purposes:
            most = math.inf if purpose == "infer" else network.most
            for batch in sorted({min(batch, most) for batch in network.batches or options.batches}):
                yield Task(name, purpose, batch)


def rivals_of(task, options):
    """The rivals that are compared with, by name, and the sides that stand for them."""
    rivals = {"onnxruntime": ("onnxruntime",)} if task.purpose == "infer" else {}
    rivals["eager"] = EAGER
    if options.compile:
        rivals["compiled"] = ("compiled",)
    if options.precision == "bf16":
        rivals["autocast bf16"] = ("autocast bf16",)
    return rivals


def bar(task, rival, precision):
    if (task.purpose, rival) == ("score", "eager") and task.batch >= 8 and (precision, task.network) in HIGHER:
        return HIGHER[precision, task.network]
    return BARS.get((task.purpose, rival), (None, None))[1]


HEADER = (
    f"{'network':24}{'purpose':8}{'batch':>5}{'secateur':>12}{'rival':>12}{'ratio':>7}{'bar':>6}{'of peak':>8}"
    f"{'memory, MB':>13}  rival")


def compare(task, ours, results, options):
    """Prints a task's rows."""
    start = f"{task.network:24}{task.purpose:8}{task.batch:5}"
    mine = results.best(task, [ours])
    if not mine:
        print(f"{start}  failed: {results.problems(task)[ours]}", flush=True)
        return []
    comparisons = []
    for name, sides in rivals_of(task, options).items():
        found = results.best(task, sides)
        if not found:
            failed = any(side in results.problems(task) for side in sides)
            why = "failed" if failed else "not measured"
            print(f"{start}{milliseconds(mine[1], task)}  {name}: {why}", flush=True)
            continue
        comparison = Comparison(
            task, name, found[1]["seconds"] / mine[1]["seconds"], bar(task, name, options.precision))
        comparisons.append(comparison)
        print(start + row(comparison, mine[1], *found), flush=True)
    return comparisons


def row(comparison, ours, side, theirs):
    asked = f"{'<' if comparison.missed else ''}{comparison.bar or ''}"
    memory = "/".join(f"{run['bytes'] / 1e6:.0f}" for run in (ours, theirs) if "bytes" in run)
    return (
        f"{milliseconds(ours, comparison.task)}{milliseconds(theirs, comparison.task)}{comparison.ratio:7.2f}{asked:>6}"
        f"{ours['share']:8.0%}{memory:>13}  {side}")


def milliseconds(run, task):
    return f"{1000 * run['seconds'] / task.batch:9.2f} ms"


def mean(comparisons):
    return math.exp(sum(math.log(comparison.ratio) for comparison in comparisons) / len(comparisons))


def summarize(comparisons):
    """Prints the means by purpose and rival, and whether one is below its bar."""
    groups = collections.defaultdict(list)
    for comparison in comparisons:
        groups[comparison.task.purpose, comparison.rival].append(comparison)
    missed = False
    for (purpose, rival), group in groups.items():
        asked = BARS.get((purpose, rival), (None, None))[0]
        low = asked is not None and mean(group) < asked
        missed |= low
        by_batch = ", ".join(
            f"{mean([one for one in group if one.task.batch == batch]):.2f} at {batch}"
            for batch in sorted({one.task.batch for one in group}))
        worst = ", ".join(
            f"{one.task.network} {one.task.batch} {one.ratio:.2f}" for one in sorted(group, key=lambda one: one.ratio)[:3])
        print(
            f"{purpose} over {rival}: {mean(group):.2f} in the mean of {len(group)}"
            + (f" ({'below ' if low else ''}the bar of {asked})" if asked else "")
            + f"; {by_batch}; the worst: {worst}")
    return missed


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/secateur")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=NETWORKS, help="networks; by default all")
    parser.add_argument("--purposes", nargs="+", default=PURPOSES, choices=PURPOSES)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8, 32], help="examples at once")
    parser.add_argument("--precision", default="f32", choices=("f32", "bf16"), help="of secateur")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side")
    parser.add_argument("--seconds", type=float, default=2, help="of each turn")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well")
    parser.add_argument("--save", type=pathlib.Path, metavar="FILE", help="JSON of what is and was measured")
    parser.add_argument("--again", action="store_true", help="measure what is saved as well")
    parser.add_argument("--ours-only", action="store_true", help="measure secateur alone")
    parser.add_argument("--profile", metavar="NAME", choices=NETWORKS, help="print where secateur's time goes")
    parser.add_argument(
        "--exports", type=pathlib.Path, metavar="FOLDER", default=pathlib.Path(tempfile.gettempdir()) / "secateur-rivals")
    return parser.parse_args()


def main():
    options = parse()
    sides = Sides(options)
    if options.profile:
        options.only = [options.profile]
        for task in tasks(options):
            print(f"{task}\n{sides.bench(task, '--profile')}", flush=True)
        return 0
    results, comparisons, failed = Results(options.save), [], False
    print(HEADER)
    for task in tasks(options):
        measure(task, sides, results, options)
        comparisons += compare(task, sides.ours, results, options)
        failed |= sides.ours in results.problems(task)
    print()
    missed = summarize(comparisons) | any(comparison.missed for comparison in comparisons)
    for task in tasks(options):
        for side, problem in results.problems(task).items():
            print(f"{task}: {side} failed: {problem}")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
