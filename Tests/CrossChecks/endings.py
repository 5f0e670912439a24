#!/usr/bin/env python3
"""Takes away what the program writes to or reads from, at random moments, and looks at how it ends.

Outputs that are full, closed or that nobody reads, disks that are full after so many bytes, terminals that are closed while
a session is open, signals. Whatever happens: the program ends by itself with an exit code that Scripting.md lists, no input
has changed, a session that it kept can be opened, and nothing half-written has the name that was asked for.

    swift build -c release --product secateur
    python3 endings.py [--program PATH] [--rounds 40] [--seed 0]
"""
import argparse
import collections
import fcntl
import hashlib
import os
import pathlib
import pty
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent


def exit_codes():
    """Those of the table in the documentation."""
    page = root / "Sources/Secateur/Secateur.docc/Scripting.md"
    return {int(code) for code in re.findall(r"^\| (\d+) \|", page.read_text(), re.MULTILINE)}


def environment(folder):
    """One in which the program keeps nothing outside of a folder."""
    return dict(os.environ, XDG_STATE_HOME=str(folder / "state"), XDG_CACHE_HOME=str(folder / "cache"),
                XDG_CONFIG_HOME=str(folder / "config"), SECATEUR_HOME=str(root), TERM="xterm-256color",
                SWIFT_BACKTRACE="enable=no")


def digests(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Ending:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.inputs = folder / "inputs"
        shutil.copytree(root / "SampleModels", self.inputs)
        self.before = digests(self.inputs)
        self.codes = exit_codes()
        self.environment = environment(folder)
        self.counts, self.failures = collections.Counter(), []

    def judge(self, what, code, errors=b""):
        self.counts[f"{what}: {code}"] += 1
        if code < 0:
            self.failures.append(f"{what}: ended by {signal.Signals(-code).name}")
        elif code not in self.codes:
            self.failures.append(f"{what}: exit code {code} is not in Scripting.md")
        if b"Fatal error" in errors:
            self.failures.append(f"{what}: {errors[:300]!r}")
        if digests(self.inputs) != self.before:
            self.failures.append(f"{what}: an input changed")
            shutil.rmtree(self.inputs)
            shutil.copytree(root / "SampleModels", self.inputs)

    def commands(self, output):
        model, small = self.inputs / "residual.onnx", self.inputs / "upsampler.onnx"
        return {
            "inspect": ["inspect", model], "inspect json": ["inspect", model, "--json"], "groups": ["groups", model],
            "prunable": ["prunable", model, "--json"], "explain": ["explain", model, "stem.conv"],
            "criteria": ["criteria"], "help": ["--help"], "score": ["score", small, "--criterion", "l2"],
            "diff": ["diff", model, model], "sessions": ["sessions"],
            "prune": ["prune", model, "-o", output / "p.onnx", "--criterion", "l2", "--percent", 30, "--plan-out",
                      output / "p.yaml", "--kept-out", output / "k.json"],
            "evaluate": ["evaluate", model, "--data", self.inputs / "fashion-mnist", "--limit", 200],
        }

    def run(self, arguments, **options):
        process = subprocess.Popen([self.program, *map(str, arguments)], env=self.environment, cwd=self.folder, **options)
        try:
            errors = process.communicate(timeout=120)[1] or b""
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, b""
        return process.returncode, errors

    def take(self, what, arguments, **options):
        code, errors = self.run(arguments, **options)
        if code is None:
            self.failures.append(f"{what}: did not end within two minutes")
        else:
            self.judge(what, code, errors)
        return code

    # What is written to.

    def outputs(self):
        """Standard output full, closed, a pipe that nobody reads; standard error likewise."""
        for name, arguments in self.commands(self.fresh()).items():
            with open("/dev/full", "wb") as full:
                self.take(f"{name} >/dev/full", arguments, stdout=full, stderr=subprocess.PIPE)
                self.take(f"{name} 2>/dev/full", arguments, stdout=subprocess.DEVNULL, stderr=full)
            self.take(f"{name} >&-", arguments, preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE)
            self.take(f"{name} 2>&-", arguments, preexec_fn=lambda: os.close(2), stdout=subprocess.DEVNULL)
            self.take(f"{name} <&-", arguments, preexec_fn=lambda: os.close(0), stdout=subprocess.DEVNULL,
                      stderr=subprocess.PIPE)
            reader, writer = os.pipe()
            os.close(reader)
            self.take(f"{name} | (nobody)", arguments, stdout=writer, stderr=subprocess.PIPE)
            os.close(writer)

    def full_disks(self, rounds):
        """A file may have so many bytes and no more; what was asked for is whole or is not there."""
        for _ in range(rounds):
            output = self.fresh()
            limit = int(10 ** random.uniform(0, 6.5))

            def bound():
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

            name = random.choice(["prune", "iterate"])
            arguments = self.commands(output)["prune"] if name == "prune" else self.iterate(output)
            code = self.take(f"{name}, disk full", arguments, preexec_fn=bound, restore_signals=False,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for model in output.glob("*.onnx"):
                if self.run(["inspect", model], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)[0] != 0:
                    self.failures.append(f"{name}, disk full at {limit}: {model.name} is there and not whole")
            left = [path.name for path in output.iterdir() if path.suffix in (".partial", ".draft")]
            if left:
                self.failures.append(f"{name}, disk full at {limit}: left {left}")
            if code == 0 and name == "prune" and not (output / "p.onnx").exists():
                self.failures.append(f"{name}, disk full at {limit}: exit code 0 and no model")
            self.check_session(name, output / "session")

    def iterate(self, output):
        return ["iterate", self.inputs / "residual.onnx", "-o", output / "i.onnx", "--keep-macs", "60%", "--steps", 2,
                "--criterion", "l2", "--epochs", 0, "--measured", 200, "--threads", 1, "--session", output / "session"]

    def signals(self, rounds):
        """Asked to end, politely and not, while it works."""
        for _ in range(rounds):
            output = self.fresh()
            chosen = random.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
            process = subprocess.Popen([self.program, *map(str, self.iterate(output))], env=self.environment,
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            time.sleep(random.uniform(0.02, 2))
            process.send_signal(chosen)
            try:
                errors = process.communicate(timeout=60)[1]
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.failures.append(f"{chosen.name}: did not end within a minute")
                continue
            # What a signal ends that nobody may catch, or that asks for just that, ended as it should.
            code = 0 if process.returncode == -chosen else process.returncode
            self.judge(f"iterate, {chosen.name}", code, errors)
            self.check_session(f"iterate, {chosen.name}", output / "session")

    def terminals(self, rounds):
        """The terminal is closed while a session is open and keys are typed."""
        for number in range(rounds):
            session = self.fresh() / "session"
            pid, master = pty.fork()
            if pid == 0:
                os.chdir(self.folder)
                os.execve(self.program, [self.program, str(self.inputs / "residual.onnx"), "--session", str(session)],
                          self.environment)
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            end = time.time() + random.uniform(0.1, 3)
            what = random.choice(["terminal closed", "^C ^C", "SIGTERM", "quit"])
            keys = [b"j", b"k", b"]", b"+", b"P", b"y", b"4", b"3", b"?", b"\x1b", b"\x1b[<0;10;10M",
                    b"\x1b[200~abc\x1b[201~"]
            try:
                while time.time() < end:
                    os.set_blocking(master, False)
                    try:
                        os.read(master, 65536)
                    except BlockingIOError:
                        pass
                    os.set_blocking(master, True)
                    os.write(master, random.choice(keys))
                    if random.random() < 0.1:
                        size = struct.pack("HHHH", random.randint(1, 60), random.randint(1, 200), 0, 0)
                        fcntl.ioctl(master, termios.TIOCSWINSZ, size)
                    time.sleep(0.03)
                if what == "SIGTERM":
                    os.kill(pid, signal.SIGTERM)
                elif what == "quit":
                    os.write(master, b"\x1b\x1b\x1bqyqy")
                else:
                    os.close(master)
                    master = None
            except OSError:
                pass
            # The first ^C stops what runs; one that comes when that has stopped leaves, and asks first where something would
            # be lost.
            status = self.wait(pid, master, 30, b"\x03y" if what == "^C ^C" else b"")
            if master is not None:
                os.close(master)
            if status is None:
                self.failures.append(f"{what}: did not end within half a minute")
                continue
            self.judge(f"terminal, {what}", os.waitstatus_to_exitcode(status))
            self.check_session(f"terminal, {what}", session)

    @staticmethod
    def wait(pid, master, seconds, keys=b""):
        """Waits for the end and types the keys every second until then."""
        end = time.time() + seconds
        typed = 0
        while time.time() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status
            if keys and master is not None and time.time() - typed > 1:
                typed = time.time()
                try:
                    os.write(master, keys)
                except OSError:
                    pass
            if master is not None:
                os.set_blocking(master, False)
                try:
                    os.read(master, 65536)
                except OSError:
                    pass
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return None

    def check_session(self, what, session):
        journal = session / "journal.jsonl"
        # What ended before its first line was whole has no session.
        if not journal.exists() or b"\n" not in journal.read_bytes():
            return
        code, errors = self.run(["export", self.inputs / "residual.onnx", "--session", session, "--list"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if code != 0:
            self.failures.append(f"{what}: its session cannot be opened again ({code}): {errors[:200]!r}")

    def fresh(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=str(root / ".build/release/secateur"))
    parser.add_argument("--rounds", type=int, default=40, help="random moments of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        ending = Ending(str(pathlib.Path(options.program).resolve()), pathlib.Path(folder))
        ending.outputs()
        ending.full_disks(options.rounds)
        ending.signals(options.rounds)
        ending.terminals(options.rounds)
    kinds = collections.Counter()
    for what, count in ending.counts.items():
        kinds[what.rsplit(": ", 1)[1]] += count
    for failure, count in collections.Counter(ending.failures).items():
        print(f"FAILED {count}× {failure}")
    print(f"{sum(ending.counts.values())} endings, {len(ending.failures)} failed; exit codes: "
          + ", ".join(f"{code} {count}" for code, count in sorted(kinds.items(), key=lambda item: int(item[0]))))
    sys.exit(1 if ending.failures else 0)


if __name__ == "__main__":
    main()
