#!/usr/bin/env python3
"""Runs over several ranks, joined by MPI, against the same runs in one process.

Scores, measures and curves must be those of one process to the last bit; training to what float32 rounds. Then ranks are
killed at random moments, fail, are interrupted and find a full disk: the run must end within seconds with a sentence, what
was whole must be there, and the same command must go on with another number of ranks. At last the terminal program, in tmux,
has two ranks work for it.

    SECATEUR_MPI=mpi swift build
    python3 ranks.py [--program PATH] [--without PATH] [--kills 20] [--seed 0] [--part NAME …] [--quick]

--quick is what every change is checked by: two ranks score, train and are killed once, on a sample.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import numpy
import onnx

import tmux_terminal

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
models = root / "SampleModels"
# Ranks share what cores there are; as root only on request.
launcher = ["mpirun", "--oversubscribe", "--bind-to", "none"] + (["--allow-run-as-root"] if os.getuid() == 0 else [])
# A rank that dies, fails or is stopped ends the run within so many seconds.
patience = 15


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.environment = dict(os.environ, XDG_STATE_HOME=str(folder / "state"), XDG_CACHE_HOME=str(folder / "cache"))

    def command(self, count, arguments, program=None):
        program = [program or self.program]
        return ([] if count == 1 else launcher + ["-n", str(count)]) + [str(word) for word in program + list(arguments)]

    def start(self, count, *arguments, program=None):
        return subprocess.Popen(self.command(count, arguments, program), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.environment, start_new_session=True)

    def run(self, count, *arguments, program=None, code=0):
        process = self.start(count, *arguments, program=program)
        out, err = process.communicate(timeout=1200)
        assert process.returncode == code, f"{arguments} on {count}: code {process.returncode}\n{out}\n{err}"
        return out, err

    def json(self, count, *arguments):
        return json.loads(self.run(count, *arguments, "--threads", 1, "--json")[0])


def weights(path):
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}


def distance(first, second):
    first, second = weights(first), weights(second)
    assert first.keys() == second.keys()
    return max((float(numpy.abs(first[name].astype(float) - second[name].astype(float)).max())
                for name in first if first[name].dtype == numpy.float32 and first[name].size), default=0.0)


def same_scores(bench, criterion, model, limit, counts):
    arguments = ["score", models / f"{model}.onnx", "--criterion", criterion, "--limit", limit]
    alone = bench.json(1, *arguments)
    for count in counts:
        assert bench.json(count, *arguments) == alone, f"{criterion} on {count} ranks differs"
    print(f"score {criterion}: {counts} ranks as one, to the last bit, over {alone['examples']} examples", flush=True)


def scores(bench):
    for criterion, model, limit in [
            ("taylor", "residual", 300), ("taylor-gate", "residual", 130), ("taylor-weight", "residual", 20),
            ("output-energy", "residual", 130), ("apoz", "residual", 130), ("oracle", "reference", 40),
            ("obs", "reference", 64)]:
        same_scores(bench, criterion, model, limit, [2, 3])
    arguments = ["score", models / "residual.onnx", "--until", "90%"]
    assert bench.json(2, *arguments) == bench.json(1, *arguments)
    print("score --until: ended behind the same example", flush=True)


def measures(bench):
    for model in ["reference.onnx", "residual.onnx"]:
        alone, shared = (bench.json(count, "evaluate", models / model, "--limit", 2000) for count in [1, 3])
        for found in [alone, shared]:
            found.pop("seconds")
        assert alone == shared, (alone, shared)
        print(f"evaluate {model}: {shared}", flush=True)
    arguments = ["sensitivity", models / "residual.onnx", "--criterion", "l2", "--levels", "30,60", "--examples", 128]
    files = []
    for count in [1, 2, 3]:
        files.append(bench.folder / f"curves{count}.csv")
        bench.run(count, *arguments, "--threads", 1, "-o", files[-1])
    assert len({path.read_bytes() for path in files}) == 1
    print(f"sensitivity: {len(files[0].read_text().splitlines()) - 1} points as in one process, to the last bit", flush=True)


# Without validation the last weights are written.
FINETUNE = ["finetune", models / "residual.onnx", "--limit", 320, "--epochs", 1, "--batch-size", 32, "--validation", 0]


def same_training(bench, flag, tolerance, counts):
    outputs, losses = [], []
    for count in [1, *counts]:
        outputs.append(bench.folder / f"trained{count}{flag}.onnx")
        found = bench.json(count, *FINETUNE, flag, "-o", outputs[-1])
        losses.append(found["epochs"][0]["loss"])
    far = max(distance(outputs[0], path) for path in outputs[1:])
    moved = distance(models / "residual.onnx", outputs[0])
    assert moved > 20 * tolerance, f"training moves the weights by {moved} only"
    assert far < tolerance and max(losses) - min(losses) < 1e-3, (far, losses)
    print(f"finetune {flag}: weights that moved by {moved:.1e} are within {far:.1e} of one process, losses {losses}", flush=True)


def training(bench):
    same_training(bench, "--freeze-bn", 1e-5, [2, 3])
    same_training(bench, "--sync-bn", 5e-3, [2, 3])
    _, notes = bench.run(2, *FINETUNE, "-o", bench.folder / "apart.onnx")
    assert "2 ranks share each step" in notes and "16 a rank" in notes and "waited" in notes, notes


def ranks_of(process):
    """The ranks that a launcher has started, by their numbers."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = dict(word.split(b"=", 1) for word in (folder / "environ").read_bytes().split(b"\0") if b"=" in word)
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError):
            continue
        if parent == process.pid and b"OMPI_COMM_WORLD_RANK" in words:
            found[int(words[b"OMPI_COMM_WORLD_RANK"])] = int(folder.name)
    return found


def wait(process, began):
    """Gathers the last words of a run that must end soon."""
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError("the run goes on without the rank") from None
    return out, err, time.monotonic() - began


def iterate(session, output):
    return ["iterate", models / "residual.onnx", "-o", output, "--keep-macs", "50%", "--steps", 2, "--epochs", 1,
            "--limit", 512, "--measured", 200, "--scored", 256, "--criterion", "taylor", "--recover", "none", "--threads", 1,
            "--session", session]


def kills(bench, count, seed):
    generator = random.Random(seed)
    began = time.monotonic()
    bench.run(2, *iterate(bench.folder / "whole", bench.folder / "whole.onnx"))
    whole = time.monotonic() - began
    longest = 0
    for number in range(count):
        session, output = bench.folder / f"session{number}", bench.folder / f"killed{number}.onnx"
        size = generator.choice([2, 3])
        process = bench.start(size, *iterate(session, output))
        moment = generator.uniform(0, whole)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            pass
        victims = ranks_of(process)
        rank = generator.randrange(size)
        if process.poll() is None and rank in victims:
            os.kill(victims[rank], signal.SIGKILL)
            _, err, seconds = wait(process, time.monotonic())
            longest = max(longest, seconds)
            if not output.exists():
                assert process.returncode != 0, err
                # Where rank 0 itself was killed, the launcher alone can speak.
                assert rank == 0 or moment < 3 or "secateur:" in err, err
        else:
            process.communicate()
        # Whatever there was can be gone on with, by another number of ranks.
        bench.run([1, 3, 2][number % 3], *iterate(session, output))
        left = json.loads(bench.run(1, "inspect", output, "--json")[0])
        assert left, "nothing can be read of what was written"
        print(f"kill {number + 1}: rank {rank} of {size} after {moment:.1f} s, gone on with", flush=True)
    print(f"{count} ranks killed; the longest that a run went on was {longest:.1f} s", flush=True)


def faults(bench):
    # A rank whose data are not there.
    wrapper = bench.folder / "other-data"
    wrapper.write_text(f'#!/bin/sh\n[ "$OMPI_COMM_WORLD_RANK" = 1 ] && set -- "$@" --data /nowhere\nexec {bench.program} "$@"\n')
    wrapper.chmod(0o755)
    process = bench.start(2, "evaluate", models / "residual.onnx", program=wrapper)
    out, err, seconds = wait(process, time.monotonic())
    assert process.returncode != 0 and "Rank 1 failed" in err and "/nowhere" in err and not out, err
    print(f"a rank without its data: the run ended after {seconds:.1f} s: {sentence(err)}", flush=True)

    # A disk that is full, on rank 0.
    wrapper = bench.folder / "small-disk"
    wrapper.write_text(f"#!/bin/bash\ntrap '' XFSZ\n[ $OMPI_COMM_WORLD_RANK = 0 ] && ulimit -f 16\nexec {bench.program} \"$@\"\n")
    wrapper.chmod(0o755)
    output = bench.folder / "full.onnx"
    process = bench.start(2, "finetune", models / "residual.onnx", "-o", output, "--limit", 128, "--epochs", 1, program=wrapper)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 73 and "cannot be written" in err and not output.exists(), (process.returncode, err)
    print(f"a full disk: {sentence(err)}", flush=True)

    # ^C while training: the best so far is written.
    output = bench.folder / "interrupted.onnx"
    process = bench.start(2, "finetune", models / "residual.onnx", "-o", output, "--limit", 256, "--epochs", 500,
                          "--batch-size", 32, "--validation", 0, "--threads", 1)
    for line in process.stderr:
        if "epoch 1 of" in line:
            break
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err, seconds = wait(process, time.monotonic())
    assert "were told to end" in err, err
    assert output.exists(), err
    print(f"^C: ended after {seconds:.1f} s, and what was best is written", flush=True)


def terminal(bench):
    """The screen with two workers: scores that move, a worker killed, a training stopped."""
    names = ["residual.onnx", "residual.yaml", "reference.onnx", "reference.yaml", "fashion-mnist"]
    for name in names:
        (bench.folder / name).symlink_to(models / name)
    workers = " ".join([*launcher, "-n", "2"])

    def working():
        listed = subprocess.run(["pgrep", "-f", f"^{bench.program} work$"], capture_output=True, text=True).stdout
        return [int(process) for process in listed.split()]

    def opened(model):
        screen = tmux_terminal.Terminal(
            140, 40, f"cd {bench.folder} && env HOME={bench.folder} LC_ALL=C.UTF-8 {bench.program} {model} --workers '{workers}'")
        screen.wait(" ex/s")
        screen.press("Q")
        screen.wait("2 workers")
        screen.press("Escape")
        return screen

    screen = opened("residual.onnx")
    try:
        screen.press("g5")
        os.kill(working()[-1], signal.SIGKILL)
        began = time.time()
        screen.wait("goes on here", patience)
        print(f"terminal: a worker was killed, and {time.time() - began:.1f} s later the scores went on without them", flush=True)
    finally:
        screen.close()
    screen = opened("reference.onnx")
    try:
        screen.press(":train 500 --rate 0.001", "Enter")
        screen.wait("training epoch 2/500", 300)
        assert len(working()) == 2, working()
        screen.press(":stop-training", "Enter")
        screen.wait("Stop training")
        screen.press("y")
        screen.press("g5")
        screen.wait("stopped after", patience)
        screen.press(":quit", "Enter")
        end = time.time() + patience
        while working():
            assert time.time() < end, f"{working()} still work"
            time.sleep(0.1)
        print("terminal: two workers trained, were stopped, and none is left", flush=True)
    finally:
        screen.close()


def quick(bench):
    same_scores(bench, "taylor", "residual", 130, [2])
    same_training(bench, "--freeze-bn", 1e-5, [2])
    kills(bench, 1, 0)


def sentence(text):
    """The last thing that the program said."""
    return next((line for line in reversed(text.splitlines()) if line.startswith("secateur: ")), text)


def without(bench, program):
    arguments = ["score", models / "reference.onnx", "--criterion", "l2", "--json"]
    out, err = bench.run(3, *arguments, program=program)
    assert json.loads(out) and err.count("built without MPI") == 1, (out, err)
    print(f"built without MPI: {sentence(err)}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=root / ".build/debug/secateur", type=pathlib.Path)
    parser.add_argument("--without", type=pathlib.Path, help="a program that was built without MPI")
    parser.add_argument("--kills", default=20, type=int)
    parser.add_argument("--seed", default=0, type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", nargs="*", default=["scores", "measures", "training", "faults", "terminal", "kills"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secateur-ranks-") as folder:
        bench = Bench(arguments.program.resolve(), pathlib.Path(folder))
        if arguments.without:
            without(bench, arguments.without.resolve())
        if arguments.quick:
            quick(bench)
            return 0
        for part in arguments.part:
            if part == "kills":
                kills(bench, arguments.kills, arguments.seed)
            else:
                {"scores": scores, "measures": measures, "training": training, "faults": faults, "terminal": terminal}[part](bench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
