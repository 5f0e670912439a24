"""Runs a script for each of many networks, each in a process of its own, and keeps what comes out.

Called with --one NAME, the script prints `RESULT ` and an object as JSON.
"""
import concurrent.futures
import json
import subprocess
import sys


def outcomes(names, command, kept, resume, jobs, has_passed=lambda result: True):
    """Yields, in order, (name, result, problem): the last is None where there is a result, and a sentence where there is none.

    command -- the script and its arguments, without --one
    kept -- the file that the results of networks that have passed are kept in, a line each
    resume -- whether those that stand there are taken from it, and not run anew
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    known = dict(json.loads(line) for line in kept.read_text().splitlines()) if kept.exists() else {}
    if not resume:
        known = {name: result for name, result in known.items() if name not in names}
        kept.write_text("".join(json.dumps([*entry]) + "\n" for entry in known.items()))

    def outcome(name):
        if name in known:
            return name, known[name], None
        done = subprocess.run([sys.executable, *map(str, command), "--one", name], capture_output=True, text=True)
        answer = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
        if answer is None:
            return name, None, " ".join(done.stderr.split("Error: ")[-1].split())[-400:] or "no answer"
        result = json.loads(answer[len("RESULT "):])
        if has_passed(result):
            with kept.open("a") as file:
                file.write(json.dumps([name, result]) + "\n")
        return name, result, None

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(outcome, names)
