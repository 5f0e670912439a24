#!/usr/bin/env python3
"""Things that people do in the terminal program, on networks of any size: keys pressed, and seconds until it stands there.

    apt-get install tmux
    swift build -c release --product secateur
    python3 Tests/Benchmarks/common_tasks.py MODEL.onnx … [--program .build/release/secateur] [--columns 140] [--lines 40]

tmux presses the keys. A task is done when what it is for stands on the screen; the seconds count from its first key, a human's
own time between keys left out. Names and modules come from what `secateur inspect` says of each network.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/CrossChecks"))

import tmux_terminal  # noqa: E402


class Program(tmux_terminal.Terminal):
    """The terminal program with a network, in a home of its own."""

    def __init__(self, options, model, folder):
        self.model = model
        words = [options.program, model, "--session", folder / "session"]
        super().__init__(options.columns, options.lines, f"env HOME={folder} XDG_STATE_HOME={folder}/state LC_ALL=C.UTF-8 "
                         f"TERM=tmux-256color {' '.join(map(str, words))}")
        self.wait("LAYER")

    def do(self, keys, until, file=None):
        """Presses keys, names of keys in angle brackets, and waits until a text stands there, or a file: the keys' number, and
        seconds."""
        begun, count = time.monotonic(), 0
        for name, letter in re.findall(r"<(\w+)>|(.)", keys):
            self.press(*([name] if name else ["-l", letter]))
            count += 1
        end = begun + 120
        while not (file.exists() if file else re.search(until, self.text())):
            if time.monotonic() > end:
                raise SystemExit(f"{self.model.name}: {keys} did not lead to {until}:\n{self.text()}")
            time.sleep(0.02)
        return count, time.monotonic() - begun


def shortest(name, names):
    """As little of a name as finds it before all others."""
    return next(name[-count:] for count in range(1, len(name) + 1)
                if name == next(other for other in names if name[-count:] in other))


def tasks(program, layers, folder):
    """Each task's words, what it took, and what is done between tasks without being counted."""
    prunable = [layer["name"] for layer in layers if layer["prunable"]]
    deep = prunable[2 * len(prunable) // 3]
    frozen = next(layer["name"] for layer in reversed(layers) if not layer["prunable"])

    names = [layer["name"] for layer in layers]
    row = rf"(?m)▸[^\n]*?\b{names.index(deep) + 1} "
    yield "find a layer by its name", program.do(f"/{shortest(deep, names)}<Enter>", row)
    yield "take 30 % of its module", program.do("o30%", r"30% of .*layers")
    yield "see every shape that changes by it", program.do("g3", r"TENSOR")
    program.do("g1", r"LAYER")
    yield "find why a layer is frozen", program.do(
        f"/{shortest(frozen, names)}<Enter>i", r"cannot go")
    program.do("<Escape>", r"LAYER")
    yield "share 50 % of the MACs out over the layers", program.do("t50<Enter>", r"Proposed")
    yield "prune, and see what came of it", program.do("Pyg4", r"1 −.*now")
    for target, number in (("40", 2), ("30", 3)):
        program.do(f"t{target}<Enter>", r"Proposed")
        program.do("Py", rf"Iteration {number}:|{number} −.*now")
    yield "compare three iterations", program.do(":compare 1 2 3<Enter>", r"Iterations 1, 2 and 3")
    program.do("<Escape>", r"ITERATION")
    yield "go back by one iteration", program.do("u", r"At iteration 2")
    yield "write the model and its plan", program.do(
        "w<Enter>", "", program.model.with_name(f"{program.model.stem}-pruned.onnx"))
    program.do("<Escape>", r"LAYER|ITERATION")
    yield "write a script that repeats the session", program.do(f":script {folder}/again.sh<Enter>", r"repeats the session")


def resumed(options, model, folder):
    begun = time.monotonic()
    program = Program(options, model, folder)
    try:
        keys, _ = program.do("g4", r"now")
        return keys, time.monotonic() - begun
    finally:
        program.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default=ROOT / ".build/release/secateur", type=pathlib.Path)
    parser.add_argument("--columns", default=140, type=int)
    parser.add_argument("--lines", default=40, type=int)
    options = parser.parse_args()
    options.program = options.program.resolve()
    found = {}
    for model in options.models:
        with tempfile.TemporaryDirectory(prefix="secateur-tasks-") as name:
            folder = pathlib.Path(name)
            copy = folder / model.name
            copy.symlink_to(model.resolve())
            said = subprocess.run([options.program, "inspect", copy, "--json"], capture_output=True, text=True, check=True)
            program = Program(options, copy, folder)
            try:
                for task, took in tasks(program, json.loads(said.stdout)["layers"], folder):
                    found.setdefault(task, {})[model.stem] = took
                    print(f"{model.stem}: {task}: {took[0]} keys, {took[1]:.2f} s", flush=True)
            finally:
                program.close()
            time.sleep(0.5)
            found.setdefault("go on with yesterday's session", {})[model.stem] = resumed(options, copy, folder)
    print("| |" + "".join(f" {model.stem} |" for model in options.models))
    print("|---|" + "---:|" * len(options.models))
    for task, by_model in found.items():
        cells = [f"{took[0]} keys, {took[1]:.1f} s" if (took := by_model.get(model.stem)) else "" for model in options.models]
        print(f"| {task} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
