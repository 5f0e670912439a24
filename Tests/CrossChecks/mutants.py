#!/usr/bin/env python3
"""Plants faults in the sources, one at a time, and says which of them the tests do not notice.

`mutants.tsv` lists the faults: a file, whether an expression or a statement is replaced, the text of it, which must stand in
the file once, what takes its place, and the suites that should notice. All are compiled into one copy of the package, each
behind a number that the environment chooses, so that one build serves them all; the sources themselves hold none of it.

    python3 mutants.py                    goes on where it was broken off; what is known is not tried again
    python3 mutants.py --only 3 7 --again
    python3 mutants.py --check            whether each place stands in its file once; builds nothing

A fault is noticed where the suites fail, or do not end in time. Results are kept in `.build/mutants/results.json` by the
text of the fault, and printed with a summary; the exit code is 1 where a fault survived.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
place = root / ".build/mutants"
copy = place / "package"

CHOICE = """import Foundation

/// The number of the fault that is in force.
let chosenMutant = Int(ProcessInfo.processInfo.environment["MUTANT"] ?? "") ?? 0
"""


def table():
    rows = []
    for number, line in enumerate((here / "mutants.tsv").read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        assert len(fields) == 5 and fields[1] in ("expression", "statement"), f"line {number} of mutants.tsv"
        rows.append(dict(zip(("file", "kind", "place", "replacement", "suites"), fields), number=len(rows) + 1))
    return rows


def identity(row):
    return hashlib.sha256("\t".join(row[key] for key in ("file", "place", "replacement", "suites")).encode()).hexdigest()[:16]


def stale(rows):
    """Rows whose place does not stand in their file once."""
    found = []
    for row in rows:
        path = root / row["file"]
        if not path.exists() or path.read_text().count(row["place"]) != 1:
            found.append(row)
    return found


def planted(row):
    original, new, number = row["place"], row["replacement"], row["number"]
    if row["kind"] == "expression":
        return f"(chosenMutant == {number} ? ({new}) : ({original}))"
    return f"if chosenMutant == {number} {{ {new} }} else {{ {original} }}"


def prepare(rows):
    """Brings the copy up to date; only files that differ are written, so that a build compiles only these."""
    wanted = {}
    for name in subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                               capture_output=True).stdout.decode().split("\0"):
        if name and (root / name).is_file() and not name.startswith("Tests/LibraryExample"):
            wanted[name] = (root / name).read_bytes()
    for row in rows:
        text = wanted[row["file"]].decode()
        wanted[row["file"]] = text.replace(row["place"], planted(row)).encode()
    for module in {row["file"].split("/")[1] for row in rows}:
        wanted[f"Sources/{module}/ChosenMutant.swift"] = CHOICE.encode()
    for path in sorted(copy.rglob("*"), reverse=True):
        name = str(path.relative_to(copy))
        if path.is_file() and not name.startswith(".build/") and name not in wanted and name != "Package.resolved":
            path.unlink()
    for name, content in wanted.items():
        path = copy / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if not (copy / ".build").exists():
        (copy / ".build").mkdir(parents=True)
        for name in ("checkouts", "repositories", "workspace-state.json"):
            source = root / ".build" / name
            if source.is_dir():
                shutil.copytree(source, copy / ".build" / name, symlinks=True)
        if (root / "Package.resolved").exists():
            shutil.copy(root / "Package.resolved", copy / "Package.resolved")


def test(suites, mutant, timeout):
    """Runs suites; whether they pass, and how many tests there were."""
    environment = dict(os.environ, MUTANT=str(mutant), SWIFT_BACKTRACE="enable=no")
    environment.setdefault("SECATEUR_THREADS", "1")
    # What `swift test` starts, without its planning of a build.
    tests = copy / ".build/debug/secateurPackageTests.xctest"
    command = [str(tests), "--testing-library", "swift-testing", "--filter", suites]
    process = subprocess.Popen(command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    try:
        output = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return "too slow", 0
    counts = [int(count) for count in re.findall(r"Test run with (\d+) tests?", output)]
    if process.returncode == 0:
        return "passed", sum(counts)
    return ("failed" if sum(counts) else "ended"), sum(counts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--build", action="store_true", help="plant all of them and build, and try none")
    parser.add_argument("--again", action="store_true", help="forget what is known")
    parser.add_argument("--only", nargs="+", type=int, help="numbers of mutants")
    parser.add_argument("--timeout", type=int, default=900, help="seconds for one mutant's suites")
    options = parser.parse_args()
    rows = table()
    missing = stale(rows)
    for row in missing:
        print(f"{row['number']:3} {row['file']}: the place does not stand there once: {row['place']}")
    if options.check or missing:
        print(f"{len(rows)} mutants, {len(missing)} without a place")
        sys.exit(1 if missing else 0)
    place.mkdir(parents=True, exist_ok=True)
    results_path = place / "results.json"
    results = json.loads(results_path.read_text()) if results_path.exists() and not options.again else {}
    chosen = [row for row in rows if not options.only or row["number"] in options.only]
    open_rows = [row for row in chosen if identity(row) not in results]
    if open_rows or options.build:
        copy.mkdir(parents=True, exist_ok=True)
        prepare(rows)
        build = subprocess.run(["swift", "build", "--build-tests"], cwd=copy, capture_output=True, text=True)
        if build.returncode:
            sys.exit("\n".join(line for line in build.stdout.splitlines() if "error" in line) or build.stderr)
    if options.build:
        return
    sound = {}
    for row in open_rows:
        if row["suites"] not in sound:
            began = time.time()
            sound[row["suites"]] = test(row["suites"], 0, options.timeout)
            print(f"    without a fault: {row['suites']}: {sound[row['suites']][0]}, {sound[row['suites']][1]} tests, "
                  f"{time.time() - began:.0f} s", flush=True)
        if sound[row["suites"]][0] != "passed" or not sound[row["suites"]][1]:
            print(f"{row['number']:3} cannot be judged: its suites do not pass without it")
            continue
        began = time.time()
        outcome = test(row["suites"], row["number"], options.timeout)[0]
        results[identity(row)] = {"outcome": "survived" if outcome == "passed" else outcome}
        results_path.write_text(json.dumps(results, indent=1))
        print(f"{row['number']:3} {results[identity(row)]['outcome']:8} {time.time() - began:4.0f} s  {row['file']}: "
              f"{row['place'][:60]}", flush=True)
    known = [(row, results[identity(row)]["outcome"]) for row in chosen if identity(row) in results]
    survivors = [row for row, outcome in known if outcome == "survived"]
    for row in survivors:
        print(f"SURVIVED {row['number']}: {row['file']}: {row['place']} -> {row['replacement'] or '(nothing)'}")
    print(f"{len(known)} of {len(chosen)} mutants tried: {len(known) - len(survivors)} noticed, {len(survivors)} survived")
    sys.exit(1 if survivors or len(known) < len(chosen) else 0)


if __name__ == "__main__":
    main()
