#!/usr/bin/env python3
"""Kills the program with SIGKILL at random moments and looks at what is left of its session.

`secateur iterate` scores, prunes, recovers, trains, measures and saves; it is started, killed after a random time, and
started again with the same command, until it has ended. After every kill the session must open, and hold everything that
an earlier look had found: iterations with the same weights, whole epochs, scored examples. At the end the result must
be, bit for bit, that of a run that nobody killed.

    swift build -c release
    python3 kill.py [--program PATH] [--kills 50] [--seed 0] [--criterion obs]

Kernels are chosen by `taylor`, so that a run is as much scoring as training. By `obs` most of its time goes into the
measuring of losses, and most kills into that.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent


def command(program, criterion, session, output):
    return [program, "iterate", root / "SampleModels/residual.onnx", "-o", output, "--keep-macs", "40%", "--steps", 2,
            "--epochs", 2, "--limit", 512, "--measured", 300, "--scored", 320, "--recover", "bn", "--calibration", 128,
            "--criterion", criterion, "--threads", 1, "--session", session]


def journal(session):
    """What the whole lines of the journal say: the newest state of each iteration."""
    path = session / "journal.jsonl"
    text = path.read_bytes() if path.exists() else b""
    lines = [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]
    iterations = {}
    for line in lines:
        if "iteration" in line:
            iterations[line["iteration"]["id"]] = line["iteration"]
    return lines, iterations


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(session, before):
    """The session's state; everything that was there before must be there still."""
    lines, iterations = journal(session)
    assert len(lines) >= len(before["lines"]), "lines of the journal were lost"
    assert lines[:len(before["lines"])] == before["lines"], "lines of the journal were changed"
    for iteration in iterations.values():
        if iteration.get("weights"):
            assert (session / "weights" / f"{iteration['weights']}.npz").exists(), "weights are missing"
    scores = {}
    for path in (session / "scores").glob("*.json") if (session / "scores").exists() else []:
        scores[path.stem] = json.loads(path.read_text())["visited"]
    for name, visited in before["scores"].items():
        changed = iterations.get(int(name), {}).get("weights") != before["iterations"].get(int(name), {}).get("weights")
        assert changed or scores.get(name, 0) >= visited, f"scores of iteration {name} were lost"
    return {"lines": lines, "iterations": iterations, "scores": scores}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(root / ".build/release/secateur"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--criterion", default="taylor")
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = dict(os.environ, XDG_STATE_HOME=str(folder / "state"), XDG_CACHE_HOME=str(folder / "cache"))

        def start(session, output):
            words = [str(word) for word in command(options.program, options.criterion, session, output)]
            return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        began = time.time()
        whole = start(folder / "whole", folder / "whole.onnx")
        errors = whole.communicate()[1]
        assert whole.returncode == 0, errors
        length = time.time() - began
        expected = digest(folder / "whole.onnx")
        kills, rounds, moments = 0, 0, {}
        while kills < options.kills:
            session, output = folder / f"session{rounds}", folder / f"{rounds}.onnx"
            state = {"lines": [], "iterations": {}, "scores": {}}
            while True:
                process = start(session, output)
                try:
                    # Some soon after it has begun, where it reads what is there, some later.
                    errors = process.communicate(timeout=random.choice([0.1, 1, 1]) * random.uniform(0, length / 2))[1]
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    errors = process.communicate()[1]
                state = check(session, state)
                if process.returncode == 0:
                    break
                assert process.returncode == -signal.SIGKILL, errors
                assert b"cannot be had" not in errors and b"damaged" not in errors, errors
                kills += 1
                if state["lines"]:
                    event = state["lines"][-1]["event"]
                    moments[event] = moments.get(event, 0) + 1
            rounds += 1
            assert digest(output) == expected, f"round {rounds} came to another result"
            print(f"round {rounds}: {kills} kills so far, the result is the same", flush=True)
        print(f"{kills} kills in {rounds} runs; the journal's last lines: "
              + ", ".join(f"{event} {count}" for event, count in sorted(moments.items())))


if __name__ == "__main__":
    main()
