"""Checks secateur against MXNet itself, and its ONNX export against onnxruntime, on the networks of mxnet_networks.py.

    python3 -m venv mxnet-env && mxnet-env/bin/pip install mxnet==1.9.1 numpy==1.23.5
    mxnet-env/bin/python Tests/CrossChecks/mxnet_check.py [--binary .build/release/secateur] [--only NAME]

onnx and onnxruntime, which need a newer numpy, are used through another Python: --onnx-python (python3).

For each network: MXNet's outputs equal secateur's to 1e-4 relative; a copy has the same bytes; the ONNX export passes
onnx.checker with full shape inference and gives the same in onnxruntime, for another batch too; pruned by 30 % and 60 %,
MXNet loads what was written and computes what secateur computes for it. Ends with `N passed, N failed`.

    … mxnet_check.py --zoo         does the same with the architectures of Gluon's model zoo, untrained
    … mxnet_check.py --fixtures    writes Tests/SessionTests/Fixtures/mxnet instead
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import mxnet as mx
import numpy as np

import mxnet_networks

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/SessionTests/Fixtures/mxnet"

ZOO = [
    "alexnet", "vgg11_bn", "resnet18_v1", "resnet50_v1", "resnet18_v2", "squeezenet1_1", "mobilenet0_25",
    "mobilenet_v2_0_25", "densenet121", "inception_v3",
]

RUNTIME = """
import sys, numpy as np, onnx, onnxruntime as ort
path, x, y = sys.argv[1:]
onnx.checker.check_model(onnx.load(path), full_check=True)
options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
np.savez(y, *session.run(None, {session.get_inputs()[0].name: np.load(x)}))
"""


def run(*arguments):
    done = subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"exit code {done.returncode} of secateur {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def close(what, ours, theirs, tolerance=1e-4):
    assert len(ours) == len(theirs), f"{what}: {len(ours)} outputs, not {len(theirs)}"
    for got, expected in zip(ours, theirs):
        assert got.shape == expected.shape, f"{what}: {got.shape}, not {expected.shape}"
        error = np.abs(got - expected).max() / (np.abs(expected).max() + 1e-12)
        assert error < tolerance, f"{what} differs by {error:.2e} relative"


def infer(path, names, folder):
    run("infer", path, "--input", f"data={folder / 'x.npy'}", "-o", folder / "y.npz")
    arrays = np.load(folder / "y.npz")
    return [arrays[name] for name in names]


def onnxruntime(path, x, folder):
    np.save(folder / "ort_x.npy", x)
    command = [ONNX_PYTHON, "-c", RUNTIME, str(path), str(folder / "ort_x.npy"), str(folder / "ort_y.npz")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, f"onnxruntime: {done.stderr.strip().splitlines()[-1]}"
    with np.load(folder / "ort_y.npz") as arrays:
        return [arrays[f"arr_{i}"] for i in range(len(arrays.files))]


def load(prefix, epoch):
    symbol, arg, aux = mx.model.load_checkpoint(str(prefix), epoch)
    return symbol, arg, aux


def of_zoo(name):
    """A model of Gluon's zoo, untrained, as `export` writes it: `(symbol, arg, aux, shape)`."""
    size = 299 if name == "inception_v3" else 224
    mx.random.seed(1)
    net = getattr(mx.gluon.model_zoo.vision, name)()
    net.initialize(mx.init.Xavier(rnd_type="gaussian", factor_type="in", magnitude=2))
    net.hybridize()
    net(mx.nd.zeros((1, 3, size, size)))
    with tempfile.TemporaryDirectory() as folder:
        net.export(f"{folder}/zoo", 3)
        return (*mx.model.load_checkpoint(f"{folder}/zoo", 3), (2, 3, size, size))


def of_networks(name):
    make, shape = mxnet_networks.NETWORKS[name]
    mx.name.NameManager._current.value = mx.name.NameManager()
    symbol = make()
    return (symbol, *mxnet_networks.arrays(symbol, shape), shape)


def check(name, symbol, arg, aux, shape, folder):
    prefix = folder / name
    mx.model.save_checkpoint(str(prefix), 3, symbol, arg, aux)
    x = np.random.RandomState(11).normal(0, 1, shape).astype(np.float32)
    np.save(folder / "x.npy", x)
    names = symbol.list_outputs()
    expected = mxnet_networks.outputs(symbol, arg, aux, x)
    binding = ["--input", "data=" + "x".join(map(str, (1, *shape[1:])))]

    close("MXNet", infer(f"{prefix}-symbol.json", names, folder), expected)
    run("convert", prefix, "-o", folder / "copy-symbol.json", *binding)
    for suffix in ("-symbol.json", "-0003.params"):
        same = (folder / f"copy{suffix}").read_bytes() == (folder / f"{name}{suffix}").read_bytes()
        assert same, f"the copy's {suffix} has other bytes"
    run("convert", prefix, "-o", folder / f"{name}.onnx", *binding)
    close("onnxruntime", onnxruntime(folder / f"{name}.onnx", x, folder), expected)
    close("onnxruntime, one example", onnxruntime(folder / f"{name}.onnx", x[:1], folder), [y[:1] for y in expected] if name != "shapes" else [y[:len(y) // 2] for y in expected])

    for percent in (30, 60):
        small = folder / f"{name}{percent}"
        report = json.loads(run("prune", prefix, "-o", small, "--criterion", "l2", "--percent", percent, "--json", *binding))
        assert report["parameters"]["after"] < report["parameters"]["before"], "nothing was removed"
        symbol, arg, aux = load(small, 3)
        ours = infer(f"{small}-symbol.json", names, folder)
        close(f"pruned by {percent} %, MXNet", mxnet_networks.outputs(symbol, arg, aux, x), ours)
        run("convert", small, "-o", folder / "small.onnx", *binding)
        close(f"pruned by {percent} %, onnxruntime", onnxruntime(folder / "small.onnx", x, folder), ours)


def check_training(folder):
    """Trained, and given back what pruning took, a network computes the same in MXNet; fixed scales stay fixed."""
    symbol, arg, aux, shape = of_networks("digits")
    prefix = folder / "digits"
    mx.model.save_checkpoint(str(prefix), 3, symbol, arg, aux)
    random = np.random.RandomState(3)
    x = random.normal(0, 1, (96, *shape[1:])).astype(np.float32)
    np.savez(folder / "data.npz", x=x, y=np.arange(96) % 10)
    np.save(folder / "x.npy", x[:2])
    names, binding = symbol.list_outputs(), ["--input", "data=1x1x28x28"]
    data = [*binding, "--data", folder / "data.npz"]
    run("finetune", prefix, "-o", folder / "tuned", "--epochs", 2, "--batch-size", 16, *data)
    run("prune", prefix, "-o", folder / "refit", "--percent", 30, "--recover", "bn,refit", *data)
    for made in ("tuned", "refit"):
        symbol, arg, aux = load(folder / made, 3)
        assert symbol.attr_dict()["bn0"]["fix_gamma"] == "True", f"{made}: the scale is no longer fixed"
        ours = infer(f"{folder / made}-symbol.json", names, folder)
        close(made, mxnet_networks.outputs(symbol, arg, aux, x[:2]), ours)


def save(path, symbol, arg, aux):
    mx.model.save_checkpoint(str(path), 3, symbol, dict(sorted(arg.items())), dict(sorted(aux.items())))


def pruned_resnet(arg, aux):
    """The resnet without a kernel of its first unit, as MXNet itself builds and writes it."""
    kept, name = [0, 2, 3], "stage1_unit1"
    mx.name.NameManager._current.value = mx.name.NameManager()
    for table in (arg, aux):
        for key in table:
            if key == f"{name}_conv1_weight" or key.startswith(f"{name}_bn2_"):
                table[key] = mx.nd.array(table[key].asnumpy()[kept])
    arg[f"{name}_conv2_weight"] = mx.nd.array(arg[f"{name}_conv2_weight"].asnumpy()[:, kept])
    save(FIXTURES / "resnet-kept", mxnet_networks.resnet(inner=(3, 6)), arg, aux)


def fixtures():
    """Networks, an input and MXNet's outputs for the tests; small, and the same bytes each time."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    expected = {"mxnet": mx.__version__, "networks": {}}
    for name in ("resnet", "shuffle", "slices", "unet", "channels_last", "sequence"):
        make, shape = mxnet_networks.NETWORKS[name]
        mx.name.NameManager._current.value = mx.name.NameManager()
        symbol = make()
        arg, aux = mxnet_networks.arrays(symbol, shape)
        save(FIXTURES / name, symbol, arg, aux)
        x = np.random.RandomState(11).normal(0, 1, shape).astype(np.float32).round(3)
        y = mxnet_networks.outputs(symbol, arg, aux, x)[0]
        expected["networks"][name] = {
            "shape": shape, "output": symbol.list_outputs()[0], "output_shape": y.shape,
            "input": [round(float(v), 3) for v in x.ravel()], "values": [float(f"{v:.7g}") for v in y.ravel()],
        }
        if name == "resnet":
            pruned_resnet(arg, aux)
    make, shape = mxnet_networks.NETWORKS["digits"]
    symbol = make()
    save(FIXTURES / "digits", symbol, *mxnet_networks.arrays(symbol, shape))
    (FIXTURES / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


parser = argparse.ArgumentParser()
parser.add_argument("--binary", default=ROOT / ".build/release/secateur")
parser.add_argument("--onnx-python", default="python3")
parser.add_argument("--only")
parser.add_argument("--fixtures", action="store_true")
parser.add_argument("--zoo", action="store_true")
options = parser.parse_args()
BINARY, ONNX_PYTHON = pathlib.Path(options.binary).resolve(), options.onnx_python

if options.fixtures:
    fixtures()
else:
    passed = failed = 0
    for name in ZOO if options.zoo else mxnet_networks.NETWORKS:
        if options.only and name != options.only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(name, *(of_zoo if options.zoo else of_networks)(name), pathlib.Path(folder))
                passed += 1
                print(f"ok   {name}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL {name}: {error}", flush=True)
    if not options.zoo and options.only in (None, "training"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check_training(pathlib.Path(folder))
                passed += 1
                print("ok   training", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL training: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed else 0)
