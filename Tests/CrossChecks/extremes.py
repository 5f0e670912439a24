#!/usr/bin/env python3
"""Gives every option of every command the outermost numbers, and looks at how the command ends.

The options come from `--help`, so that a new one is tried, too. Whatever the number: the program ends by itself with an exit
code that Scripting.md lists, or is still at work when its time is over; a signal or another code is a failure.

    swift build -c release --product secateur
    python3 extremes.py [--program PATH] [--seconds 3] [--sample 400 --seed 1]
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile

from endings import environment, exit_codes, root

SAMPLES = root / "SampleModels"
MODEL, UPSAMPLER, DATA = SAMPLES / "residual.onnx", SAMPLES / "upsampler.onnx", ["--data", SAMPLES / "fashion-mnist"]
FEW = [*DATA, "--limit", "64"]
NUMBERS = [str(2**63 - 1), str(-2**63), str(2**62), "1e308", "nan", f"{2**63 - 1}k", f"1,{2**63 - 1}",
           f"{2**63 - 1}x{2**63 - 1}"]

# What each command needs beside the option; @ stands for a folder of its own. One that is not here gets the sample model.
COMMANDS = {
    "explain": [MODEL, "stem.conv"], "score": [MODEL, *FEW], "diff": [MODEL, MODEL], "evaluate": [MODEL, *FEW],
    "prune": [MODEL, "-o", "@/o.onnx", "--percent", "30", "--criterion", "l2"],
    "finetune": [MODEL, "-o", "@/o.onnx", *FEW, "--epochs", "1"],
    "iterate": [MODEL, "-o", "@/o.onnx", "--keep-macs", "60%", "--steps", "2", "--criterion", "l2", "--epochs", "0",
                "--measured", "100"],
    "schedule": [SAMPLES / "residual-schedule.yaml", MODEL, "-o", "@/o.onnx"], "sensitivity": [MODEL, *FEW],
    "convert": [MODEL, "-o", "@/c.onnx"], "infer": [MODEL, *DATA], "samples": ["-o", "@/samples"], "sessions": [],
    "upsampling-prune": [UPSAMPLER, "-o", "@/o.onnx"], "taylor-prune": [MODEL, "-o", "@/o.onnx", *DATA],
}


def subcommands(program, *path):
    """The full names of all commands that do something themselves."""
    text = subprocess.run([program, "help", *path], capture_output=True, text=True).stdout
    _, _, listed = text.partition("SUBCOMMANDS:")
    names = re.findall(r"^  ([a-z][a-z-]*)(?: \(default\))?(?:  |$)", listed, re.MULTILINE)
    if not names:
        return [path]
    return [found for name in names for found in subcommands(program, *path, name)]


def jobs(program):
    """Every option of every command with every number."""
    for path in subcommands(program):
        # They need a terminal, and what `bench keys` starts outlives it where its time is over.
        if path in [("open",), ("bench", "keys")]:
            continue
        text = subprocess.run([program, "help", *path], capture_output=True, text=True).stdout
        for option in sorted(set(re.findall(r"^\s+(?:-\w, )?(--[a-z-]+) <", text, re.MULTILINE))):
            for number in NUMBERS:
                given = [str(word) for word in COMMANDS.get(path[0], [MODEL])]
                if option in given:
                    place = given.index(option)
                    del given[place:place + 2]
                yield [*path, *given, f"{option}={number}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(root / ".build/release/secateur"))
    parser.add_argument("--seconds", type=float, default=3, help="how long a command may work until it is stopped")
    parser.add_argument("--sample", type=int, help="so many of them only, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    allowed, counts, failures = exit_codes(), collections.Counter(), []
    all_jobs = list(jobs(options.program))
    if options.sample:
        all_jobs = random.Random(options.seed).sample(all_jobs, min(options.sample, len(all_jobs)))
    with tempfile.TemporaryDirectory() as home:
        variables = environment(pathlib.Path(home))

        def run(job):
            with tempfile.TemporaryDirectory(dir=home) as folder:
                command = [options.program, *(word.replace("@", folder) for word in job)]
                try:
                    return subprocess.run(command, cwd=folder, env=variables, stdin=subprocess.DEVNULL,
                                          capture_output=True, timeout=options.seconds)
                except subprocess.TimeoutExpired:
                    return None

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for job, done in zip(all_jobs, pool.map(run, all_jobs)):
                counts["at work" if done is None else done.returncode] += 1
                if done is not None and done.returncode not in allowed:
                    end = signal.Signals(-done.returncode).name if done.returncode < 0 else f"exit code {done.returncode}"
                    failures.append(f"{' '.join(job)}: {end}")
    for failure in failures:
        print(f"FAILED {failure}")
    ends = ", ".join(f"{end} {count}" for end, count in counts.most_common())
    print(f"{len(all_jobs)} commands, {len(failures)} failed; ends: {ends}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
