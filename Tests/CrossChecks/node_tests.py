"""Runs the onnx package's own test cases through `secateur infer`: its node tests (written out with its generator)
and its folders pytorch-operator, pytorch-converted and simple.

    python3 Tests/CrossChecks/node_tests.py [--binary .build/release/secateur] [--only Conv,Pool] [--json FILE] [-v]
    python3 Tests/CrossChecks/node_tests.py --table    writes the table to node_tests.md beside this script

The cases pass shapes, axes and bounds as graph inputs. Exports hold them as initializers; so where secateur refuses a
case, it is run again with every input but the first as an initializer, and then with all of them.

Prints one line an operator: cases, passed, failed, skipped with the reason. Exit code 1 where one failed.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnx.backend.test import loader

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Reasons to skip a case: its operators are not those of convolutional networks, or no tensor type of ours fits.
OUTSIDE = {
    "text": "StringNormalizer StringConcat StringSplit RegexFullMatch TfIdfVectorizer LabelEncoder",
    "sequences and optional values": "SequenceMap SequenceInsert SequenceErase SequenceEmpty SequenceConstruct "
    "SequenceAt SequenceLength SplitToSequence ConcatFromSequence OptionalHasElement OptionalGetElement Optional",
    "training": "Adam Adagrad Momentum Gradient SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss",
    "classical learning": "TreeEnsemble ArrayFeatureExtractor Binarizer",
    "decoding of files": "ImageDecoder",
    "random numbers": "Bernoulli RandomUniform RandomUniformLike RandomNormal RandomNormalLike Multinomial",
    "loops": "Loop Scan",
    "language models": "Attention FlexAttention LinearAttention RotaryEmbedding CausalConvWithState TensorScatter SwiGLU",
    "sets": "Unique",
    "bits": "BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitCast",
    "audio front ends": "MelWeightMatrix STFT HammingWindow HannWindow BlackmanWindow",
}
# Cases that PyTorch and onnxruntime answer otherwise than the onnx package does: the last corner of a fractional
# extent. They are compared with what onnxruntime answers.
REFEREED = {f"test_resize_downsample_scales_{mode}_align_corners" for mode in ("linear", "cubic")}
SKIPPED_OPERATORS = {op: reason for reason, ops in OUTSIDE.items() for op in ops.split()}
TYPES = {
    getattr(TensorProto, name)
    for name in "FLOAT FLOAT16 BFLOAT16 DOUBLE INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 BOOL".split()
}


class Case:
    def __init__(self, name, model, data_sets):
        self.name, self.model, self.data_sets = name, model, data_sets
        nodes = model.graph.node
        self.operator = nodes[0].op_type if len(nodes) == 1 else None

    def skip_reason(self):
        graph = self.model.graph
        for node in graph.node:
            if node.op_type in SKIPPED_OPERATORS:
                return SKIPPED_OPERATORS[node.op_type]
            if node.domain not in ("", "ai.onnx"):
                return f"domain {node.domain}"
        for value in [*graph.input, *graph.output]:
            if not value.type.HasField("tensor_type"):
                return "sequences and optional values"
            if value.type.tensor_type.elem_type not in TYPES:
                return "type " + TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()
        for node in graph.node:
            if any(a.type == onnx.AttributeProto.TENSOR and a.t.data_type not in TYPES for a in node.attribute):
                return "a type of four or eight bits"
            if node.op_type == "Cast" and any(a.name == "to" and a.i not in TYPES for a in node.attribute):
                return "a type of four or eight bits"
        arrays = [np.asarray(a) for inputs, outputs in self.data_sets for a in (*inputs, *outputs)]
        if any(a.dtype == np.float64 and (np.abs(a[np.isfinite(a)]) > np.finfo(np.float32).max).any() for a in arrays):
            return "numbers beyond float32"
        if any(node.op_type == "Dropout" for node in graph.node) and "training" in self.name or "train_" in self.name:
            return "training"
        return None


def array_of(value):
    """Types that numpy lacks come as tensors of the file format."""
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else value


def node_cases():
    warnings.filterwarnings("ignore")
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        sets = []
        for inputs, outputs in case.data_sets:
            sets.append(([array_of(i) for i in inputs], [array_of(o) for o in outputs]))
        yield Case(case.name, case.model, sets), "node"


def folder_cases(kind):
    folder = pathlib.Path(loader.DATA_DIR) / kind
    for path in sorted(folder.iterdir()):
        model = onnx.load(path / "model.onnx")
        sets = []
        for data in sorted(path.glob("test_data_set_*")):
            try:
                read = [
                    [numpy_helper.to_array(onnx.load_tensor(data / f"{side}_{i}.pb")) for i in range(count)]
                    for side, count in (("input", len(list(data.glob("input_*.pb")))),
                                        ("output", len(list(data.glob("output_*.pb")))))
                ]
            except Exception:  # sequences are no tensors
                read = None
            if read:
                sets.append(tuple(read))
        yield Case(path.name, model, sets), kind


def storable(array):
    array = np.asarray(array)
    return array if array.dtype.kind in "fiub" and array.dtype.name != "bfloat16" else array.astype(np.float32)


def with_constants(model, feeds, names):
    """The model with the inputs `names` as initializers."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for name in names:
        if name in feeds:
            copy.graph.initializer.append(numpy_helper.from_array(np.asarray(feeds[name]), name))
    kept = [v for v in copy.graph.input if v.name not in names]
    del copy.graph.input[:]
    copy.graph.input.extend(kept)
    return copy


def answer_of_onnxruntime(model, feeds):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    copy.ir_version = 10  # newer ones say nothing else of such graphs
    return onnxruntime.InferenceSession(copy.SerializeToString()).run(None, feeds)


def compare(got, expected, tolerance):
    expected = np.asarray(expected)
    if got.shape != expected.shape:
        return f"shape {got.shape}, not {expected.shape}"
    wanted = expected.astype(np.float64)
    if np.issubdtype(expected.dtype, np.integer) or expected.dtype == bool:
        # Whole numbers are computed as float32.
        same = np.abs(np.rint(got) - wanted) <= 2.0**-23 * np.abs(wanted)
    else:
        same = np.isclose(got, wanted, rtol=tolerance, atol=tolerance * 1e-2, equal_nan=True)
    return None if same.all() else f"{(~same).sum()} of {same.size} elements differ, {got[~same][0]} is not {wanted[~same][0]}"


def attempt(binary, model, feeds, outputs, tolerance, folder):
    onnx.save(model, folder / "model.onnx")
    arguments = [binary, "infer", folder / "model.onnx", "-o", folder / "y.npz"]
    present = {v.name for v in model.graph.input}
    for number, (name, array) in enumerate(feeds.items()):
        if name in present:
            np.save(folder / f"{number}.npy", storable(array))
            arguments += ["--input", f"{name}={folder}/{number}.npy"]
    done = subprocess.run(list(map(str, arguments)), capture_output=True, text=True, env={**os.environ, "SECATEUR_THREADS": "1"})
    if done.returncode:
        return f"exit code {done.returncode}: {' '.join(done.stderr.split())}"
    results = np.load(folder / "y.npz")
    for name, expected in outputs.items():
        problem = compare(results[name], expected, tolerance)
        if problem:
            return f"{name}: {problem}"
    return None


def run(case, binary):
    tolerance = 1e-2 if "float16" in case.name.lower() else 1e-3
    problem = None
    for inputs, expected in case.data_sets:
        names = [v.name for v in case.model.graph.input]
        initializers = {i.name for i in case.model.graph.initializer}
        names = [n for n in names if n not in initializers] if len(names) != len(inputs) else names
        feeds = dict(zip(names, inputs))
        if case.name in REFEREED:
            expected = answer_of_onnxruntime(case.model, feeds)
        outputs = dict(zip([v.name for v in case.model.graph.output], expected))
        with tempfile.TemporaryDirectory() as name:
            for constants in ([], names[1:], names):
                model = with_constants(case.model, feeds, constants) if constants else case.model
                problem = attempt(binary, model, feeds, outputs, tolerance, pathlib.Path(name))
                if problem is None or "exit code" not in problem:
                    break
        if problem:
            return problem
    return None if case.data_sets else "no data"


# What stands above the table.
WORDS = """# The operators

`node_tests.py --table` writes this page. The cases are those of the onnx package ONNX: its node tests, and its folders
pytorch-operator, pytorch-converted and simple. `secateur infer` computes each, and its outputs must be those of the case. A
skipped case has the reason beside it. A row counts the cases of an operator, expanded functions included.

| operator | cases | passed | failed | skipped |
|---|---:|---:|---:|---|
"""


def page(table, total):
    """node_tests.md."""
    def row(label, counts, reasons=""):
        skipped = f"{counts['skipped']}: {reasons}" if reasons else str(counts["skipped"] or "")
        return f"| {label} | {counts['cases']} | {counts['passed']} | {counts['failed'] or ''} | {skipped} |\n"

    rows = [
        row(label, {"cases": one["cases"], "passed": one["passed"], "failed": len(one["failed"]),
                    "skipped": sum(one["skipped"].values())}, ", ".join(sorted(one["skipped"])))
        for label, one in sorted(table.items())]
    return WORDS.replace("ONNX", onnx.__version__) + "".join(rows) + row("all", total)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", default=ROOT / ".build/release/secateur")
    parser.add_argument("--only", help="operators, comma-separated")
    parser.add_argument("--json", help="where the table goes as JSON")
    parser.add_argument("--table", action="store_true", help="write the table to node_tests.md")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-v", "--verbose", action="store_true", help="names every failure (always on with --only)")
    options = parser.parse_args()
    only = set(options.only.split(",")) if options.only else None

    table = collections.defaultdict(lambda: {"cases": 0, "passed": 0, "failed": {}, "skipped": collections.Counter()})
    chosen = []
    operators = {}
    for case, kind in [*node_cases(), *(pair for kind in ("pytorch-operator", "pytorch-converted", "simple") for pair in folder_cases(kind))]:
        base = case.name.split("_expanded")[0]
        if case.operator and "_expanded" not in case.name:
            operators[base] = case.operator
        label = operators.get(base, case.operator) if kind == "node" else kind
        label = label or case.model.graph.node[0].op_type
        if only and label not in only:
            continue
        row = table[label]
        row["cases"] += 1
        reason = SKIPPED_OPERATORS.get(label) or case.skip_reason()
        if reason:
            row["skipped"][reason] += 1
        else:
            chosen.append((label, case))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (label, case), problem in zip(chosen, pool.map(lambda item: run(item[1], options.binary), chosen)):
            if problem is None:
                table[label]["passed"] += 1
            else:
                table[label]["failed"][case.name] = problem
    print(f"{'operator':28}{'cases':>7}{'passed':>8}{'failed':>8}{'skipped':>9}")
    for label in sorted(table):
        row = table[label]
        reasons = ", ".join(f"{reason} {count}" for reason, count in row["skipped"].items())
        print(f"{label:28}{row['cases']:7}{row['passed']:8}{len(row['failed']):8}{sum(row['skipped'].values()):9}  {reasons}".rstrip())
        if only or options.verbose:
            for name, problem in row["failed"].items():
                print(f"    {name}: {problem}")
    total = {key: sum(len(r[key]) if key == "failed" else sum(r[key].values()) if key == "skipped" else r[key] for r in table.values())
             for key in ("cases", "passed", "failed", "skipped")}
    print("{cases} cases: {passed} passed, {failed} failed, {skipped} skipped".format(**total))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")
    if options.table:
        pathlib.Path(__file__).with_name("node_tests.md").write_text(page(table, total))
    sys.exit(1 if total["failed"] else 0)


if __name__ == "__main__":
    main()
