#!/usr/bin/env python3
"""Runs the checks of every change, as many at a time as there are processors. What each says comes when it has ended; the
status is 1 where one failed.

    python3 -m pip install numpy onnx onnxruntime
    swift build -c release
    python3 Tests/CrossChecks/every_change.py
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

here = pathlib.Path(__file__).resolve().parent

# The longest first.
CHECKS = ["kill.py --kills 8", "node_tests.py", "attack.py", "check.py", "endings.py --rounds 4",
          "extremes.py --sample 100 --seconds 1"]


def run(check):
    began = time.time()
    name, *arguments = check.split()
    done = subprocess.run([sys.executable, here / name, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    print(f"{check}, {time.time() - began:.0f} s, status {done.returncode}\n{done.stdout}", flush=True)
    return done.returncode == 0


def main():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = list(pool.map(run, CHECKS))
    failed = [check for check, fine in zip(CHECKS, passed) if not fine]
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
