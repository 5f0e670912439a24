"""`secateur prune` as the benchmarks call it."""
import subprocess
import sys
import time


def prune(program, model, output, *options):
    """Prunes a file: the process that ended, with what it said, and the seconds. A failure ends the benchmark with the command and what it said."""
    command = [str(part) for part in (program, "prune", model, "-o", output, *options)]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done, time.perf_counter() - begun
