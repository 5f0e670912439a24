#!/usr/bin/env python3
"""Tries seeded mutants of every kind of file, and of what a user does, and counts what the program did with them.

`Attack` makes and tries them in its own process, thousands a second; this script starts it, starts it again behind a mutant
that ended it, and keeps that mutant. A mutant fails when it ends the process by a signal, takes more than ten seconds of the
processor or more memory than the budget, or comes to a wrong end: a file that was written and cannot be read again, an error
without words, a file changed that lies beside a session.

    swift build -c release --product Attack
    python3 attack.py                                  20,000, less where two minutes are over
    python3 attack.py --mutants 1000000 --save found   as many as that, what failed saved to a folder
    python3 attack.py --only onnx --seed 7000123 --mutants 1   one of them again
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent

# What share of the mutants each kind gets.
SHARES = {"onnx": 0.42, "mxnet": 0.1, "pt2": 0.1, "data": 0.1, "tensors": 0.05, "text": 0.1, "session": 0.05, "screens": 0.08}


class Part:
    """The mutants of one kind: a range of numbers, tried by one process after another."""

    def __init__(self, name, first, count, options):
        self.name, self.next, self.end, self.options = name, first, first + count, options
        self.tried, self.outcomes, self.failures = 0, collections.Counter(), []
        self.slowest, self.peak, self.seconds = (0, 0), 0, 0
        self.known = set()

    def command(self, first, count, *more):
        return [self.options.program, self.name, "--from", str(first), "--count", str(count),
                "--seconds", str(self.options.timeout), "--budget", str(self.options.budget * 10**6), *more]

    def run(self, folder, deadline):
        """Goes on until the range or the time is over."""
        state = folder / f"{self.name}.state"
        began = time.time()
        while self.next < self.end and time.time() < deadline:
            state.write_text(str(self.next))
            count = min(self.end - self.next, self.options.chunk)
            with open(folder / f"{self.name}.err", "wb") as errors:
                process = subprocess.Popen(
                    self.command(self.next, count, "--state", str(state)), cwd=root, stdout=subprocess.PIPE,
                    stderr=errors, env=dict(os.environ, SWIFT_BACKTRACE="enable=no"))
                stopped = False
                for line in process.stdout:
                    self.note(json.loads(line), folder)
                    if time.time() >= deadline and not stopped:
                        stopped = True
                        process.terminate()
                process.stdout.close()
                process.wait()
            shutil.rmtree(f"{state}.files", ignore_errors=True)
            last = int(state.read_text() or self.next)
            if process.returncode == 0:
                last = self.next + count - 1
            elif process.returncode == 75 or stopped:
                pass
            elif process.returncode > 0:
                sys.exit(f"{self.name}: {(folder / f'{self.name}.err').read_text()}")
            else:
                self.fail(last, signal.Signals(-process.returncode).name, folder)
            self.tried += last - self.next + 1
            self.next = last + 1
        self.seconds += time.time() - began

    def note(self, line, folder):
        if "fault" in line:
            self.fail(line["number"], line["fault"], folder)
        self.outcomes.update(line.get("outcomes", {}))
        self.peak = max(self.peak, line.get("peakBytes", 0))
        self.slowest = max(self.slowest, (line.get("seconds", 0), line.get("slowest", 0)))

    def fail(self, number, kind, folder):
        """Writes down a mutant that failed; its files and where it failed, the first times."""
        kind = {"SIGPROF": "time-out", "SIGALRM": "time-out, waiting"}.get(kind, kind)
        failure = {"part": self.name, "number": number, "kind": kind[:200]}
        self.failures.append(failure)
        if not self.options.save or len(self.failures) > self.options.places:
            return
        kept = pathlib.Path(self.options.save) / f"{self.name}-{number}"
        again = self.command(number, 1, "--keep", str(kept))
        if shutil.which("gdb"):
            failure["place"] = place(again)
        else:
            subprocess.run(again, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        key = (re.sub(r"\d+", "", kind), failure.get("place"))
        if key in self.known:
            shutil.rmtree(kept, ignore_errors=True)
        self.known.add(key)
        with open(pathlib.Path(self.options.save) / "failures.jsonl", "a") as file:
            file.write(json.dumps(failure) + "\n")


def place(command):
    """The first line of the sources in the stack of a process that ends by a signal."""
    script = ["-batch", "-ex", "handle SIGPROF SIGALRM stop print nopass", "-ex", "run", "-ex", "bt 60"]
    try:
        text = subprocess.run(["gdb", *script, "--args", *command], cwd=root, capture_output=True, text=True,
                              errors="replace", timeout=300).stdout
    except subprocess.TimeoutExpired:
        return "no stack within five minutes"
    frames = re.findall(r"at \S*?/((?:Sources|Tests)/\S+:\d+)", text)
    inside = [frame for frame in frames if frame.startswith("Sources/")]
    return " < ".join((inside or frames)[:3])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(root / ".build/release/Attack"))
    parser.add_argument("--mutants", type=int, help="how many in all; without it 20,000, and no more than --time allows")
    parser.add_argument("--time", type=float, default=110, help="seconds in all where --mutants is not given")
    parser.add_argument("--seed", type=int, default=1, help="the number of the first mutant")
    parser.add_argument("--only", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument("--timeout", type=int, default=10, help="seconds of the processor for one mutant")
    parser.add_argument("--budget", type=int, default=1000, help="megabytes that the process may come to hold")
    parser.add_argument("--chunk", type=int, default=20_000, help="mutants for one process")
    parser.add_argument("--save", help="a folder for mutants that failed and where they did")
    parser.add_argument("--places", type=int, default=400, help="failures of a kind whose places are looked up")
    options = parser.parse_args()
    if options.save:
        options.save = str(pathlib.Path(options.save).resolve())
        os.makedirs(options.save, exist_ok=True)
    shares = sum(SHARES[name] for name in options.only)
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    parts = []
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for name in options.only:
            share = SHARES[name] / shares
            count = max(1, round(share * (options.mutants or 20_000)))
            deadline = time.time() + (10**9 if options.mutants else share * options.time)
            part = Part(name, options.seed, count, options)
            parts.append(part)
            part.run(pathlib.Path(folder), deadline)
            left = part.end - part.next
            tried = f"{part.tried:8} mutants" + (f", {left} not in the time," if left else "")
            print(f"{name:8} {tried} in {part.seconds:5.0f} s, {len(part.failures)} failed; slowest "
                  f"{part.slowest[0]:.1f} s (number {part.slowest[1]}), peak {part.peak / 1e6:.0f} MB", flush=True)
            print("         " + ", ".join(f"{stage} {count}" for stage, count in part.outcomes.most_common(14)), flush=True)
    failures = [failure for part in parts for failure in part.failures]
    for failure in failures[:40]:
        print(f"FAILED {failure['part']} {failure['number']}: {failure['kind']} {failure.get('place', '')}")
    kinds = collections.Counter(re.sub(r"\d+ MB", "memory", failure["kind"]) for failure in failures)
    print(f"{sum(part.tried for part in parts)} mutants, {len(failures)} failed"
          + (": " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(8)) if failures else ""))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
