#!/usr/bin/env python3
"""How many kernels `prune --until` says could still change, and how many do when all examples are scored.

    pip install pyyaml
    swift build -c release --product secateur
    python3 Tests/Benchmarks/choice_changes.py [--runs 20] [--until 90]

Each sample is pruned once by the scores of all its 10,000 training images, and then so many times by those of the first
images of another order, as many as --until asks for. A kernel changed where one of them removes it and the other does not;
as many come as go, so the half of these counts. What is measured is saved as it comes and not measured again.
"""
import argparse
import json
import pathlib
import re
import statistics
import tempfile

import yaml

from prune_command import prune

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHOICES = [(model, criterion, percent) for model in ("reference", "residual")
           for criterion, percent in (("taylor", 30), ("taylor-gate", 30), ("output-energy", 50))]


def kept(words):
    """The positions that a plan names: "1,3,5-7"."""
    positions = set()
    for part in str(words).split(","):
        first, _, last = part.strip().partition("-")
        positions |= set(range(int(first), int(last or first) + 1))
    return positions


def choice(program, model, criterion, percent, seed, until):
    """What stays, by layer, and what the program said: examples, kernels that could change, kernels that go."""
    with tempfile.TemporaryDirectory() as folder:
        plan = pathlib.Path(folder) / "plan.yaml"
        done, _ = prune(
            program, ROOT / "SampleModels" / f"{model}.onnx", pathlib.Path(folder) / "small.onnx",
            "--criterion", criterion, "--percent", percent, "--seed", seed, "--no-verify", "--plan-out", plan,
            *(["--until", f"{until}%"] if until else ["--all-examples"]))
        said = re.search(r"([\d,]+) of [\d,]+ examples.*≈ ([\d,]+) of ([\d,]+)", done.stderr)
        layers = yaml.safe_load(plan.read_text())["steps"][0]["kept"]
        numbers = [int(number.replace(",", "")) for number in said.groups()] if said else None
        return {name: kept(words) for name, words in layers.items()}, numbers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/secateur")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--until", type=int, default=90)
    parser.add_argument("--save", type=pathlib.Path, default=ROOT / ".build/choice_changes.json")
    options = parser.parse_args()
    saved = json.loads(options.save.read_text()) if options.save.exists() else {}
    print("| choice | runs | examples | kernels that go | expected | happened | least and most |\n" + "|---" * 7 + "|")
    for model, criterion, percent in CHOICES:
        name = f"{model}, {criterion}, {percent} %, until {options.until} %"
        runs = saved.setdefault(name, {})
        final = None
        for seed in range(options.runs):
            if str(seed) in runs:
                continue
            final = final or choice(options.program, model, criterion, percent, 0, None)[0]
            stays, said = choice(options.program, model, criterion, percent, seed, options.until)
            # A layer that loses nothing is not in a plan.
            changed = sum(len(stays[layer] ^ final[layer]) for layer in stays.keys() & final.keys()) / 2
            missing = sorted(stays.keys() ^ final.keys())
            runs[str(seed)] = {"examples": said and said[0], "expected": said and said[1], "removed": said and said[2],
                          "changed": changed, **({"layers in one plan only": missing} if missing else {})}
            options.save.write_text(json.dumps(saved, indent=1) + "\n")
        counted = [run for run in runs.values() if run["examples"]]
        if counted:
            changes = [run["changed"] for run in counted]
            print(f"| {name} | {len(counted)} | {statistics.median(run['examples'] for run in counted):,.0f} "
                  f"| {counted[0]['removed']} | {statistics.mean(run['expected'] for run in counted):.1f} "
                  f"| {statistics.mean(changes):.1f} | {min(changes):g}–{max(changes):g} |", flush=True)


if __name__ == "__main__":
    main()
