"""Runs the same work in secateur and in PyTorch, in turns, and prints the ratios of their speeds.

    python3 -m pip install numpy onnx onnxruntime pillow torch
    python3 -m pip install --no-deps torchvision
    swift build -c release
    python3 Tests/Benchmarks/against_pytorch.py [--models resnet18,resnet50] [--purposes score,train,infer]

Networks have random weights, pictures are random numbers. *score* asks PyTorch for the gradients of the
activations behind each convolution's normalization and activation, with all parameters frozen, and for the sums of
their products; *train* is a step of gradient descent with momentum; *infer* is measured against onnxruntime too.
PyTorch runs in both memory layouts (and compiled, with --compile); each side runs in a process of its own, in turns,
and its fastest run counts. Nothing else should run on the machine: barriers wait for a core that another process has.

Ends with exit code 1 where a ratio is below the bar that the table names.
"""
import argparse
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Ratio of speeds that is asked for: score over the faster layout of PyTorch.
BARS = {
    ("score", "resnet18"): 2.0, ("score", "resnet50"): 2.0, ("score", "vgg11_bn"): 2.8, ("score", "mobilenet_v2"): 2.0,
    ("score", "reference"): 1.6,
    **{("train", name): 1.4 for name in ("resnet18", "resnet50", "vgg11_bn", "mobilenet_v2", "reference")},
    **{("infer", name): 1.0 for name in ("resnet18", "resnet50", "vgg11_bn", "mobilenet_v2", "reference")},
}


def network(name):
    import torch
    from torch import nn

    torch.manual_seed(0)
    if name == "reference":
        def block(c, k, size, padding):
            return [nn.Conv2d(c, k, size, padding=padding), nn.BatchNorm2d(k), nn.ReLU()]

        return nn.Sequential(*block(1, 20, 5, 0), *block(20, 20, 3, 1), *block(20, 20, 3, 1), nn.Flatten(), nn.Linear(11520, 10))
    return getattr(torchvision_models(), name)()


@functools.cache
def torchvision_models():
    """torchvision's wheel lacks its operator library beside the CPU build of PyTorch."""
    import torch

    global library  # as long as it lives, its definitions do
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torchvision.models


def example(name):
    return (1, 28, 28) if name == "reference" else (3, 224, 224)


def export(name, path):
    import torch

    model = network(name).eval()
    torch.onnx.export(
        model, torch.zeros(1, *example(name)), str(path), dynamo=False, opset_version=17, do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})


def measure_pytorch(name, purpose, batch, layout, compiles, seconds):
    """In a process of its own: prints the fastest run's seconds and the peak resident memory."""
    import torch
    from torch import nn

    torch.set_num_threads(os.cpu_count())
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = network(name).to(memory_format=memory_format)
    x = torch.randn(batch, *example(name)).to(memory_format=memory_format)
    kept = []
    if purpose == "score":
        model.eval().requires_grad_(False)

        def scale(module, _, output):
            # Compiled graphs give no gradients of what lies inside: the terms are those of a factor of one.
            if not hasattr(module, "factor"):
                module.factor = torch.ones(*output.shape[:2], 1, 1, requires_grad=True)
                kept.append(module.factor)
            return output * module.factor

        def keep(module, _, output):
            # The first convolution's output is where the graph begins: what lies before it is not needed.
            if not output.requires_grad:
                output.requires_grad_(True)
            kept.append(output)

        for module in model.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(scale if compiles else keep)
        for module in model.modules():
            # In place they would overwrite what scores are taken of.
            if isinstance(module, (nn.ReLU, nn.ReLU6)):
                module.inplace = False
    elif purpose == "train":
        model.train()
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-12, momentum=0.9)
    else:
        model.eval()

    def step(forward):
        if purpose == "infer":
            with torch.inference_mode():
                return forward(x)
        if purpose == "score" and compiles:
            y = forward(x)
            return torch.autograd.grad(y, kept, torch.randn_like(y))
        if purpose == "score":
            kept.clear()
            y = forward(x)
            gradients = torch.autograd.grad(y, kept, torch.randn_like(y))
            return [(a * g).sum((2, 3)) for a, g in zip(kept, gradients)]
        optimizer.zero_grad()
        y = forward(x)
        y.backward(torch.randn_like(y))
        optimizer.step()

    if purpose == "score" and compiles:
        model(x)
    forward = torch.compile(model) if compiles else model
    for _ in range(2):
        step(forward)
    times = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step(forward)
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": min(times), "bytes": peak_resident_bytes()}))


def peak_resident_bytes():
    """Of this process alone: what getrusage says begins with the parent's size at the fork."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def measure_runtime(path, name, batch, seconds):
    import numpy as np
    import onnxruntime as ort

    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).standard_normal((batch, *example(name)), dtype=np.float32)
    times = []
    begin = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        session.run(None, {"x": x})
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": min(times)}))


def child(*arguments):
    done = subprocess.run([sys.executable, __file__, "--child", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def secateur(binary, path, name, purpose, batch, seconds):
    shape = "x".join(map(str, example(name)))
    done = subprocess.run(
        [str(binary), "bench", str(path), "--purpose", purpose, "--batch-size", str(batch), "--input", shape,
         "--seconds", str(seconds), "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    return {"seconds": batch / report["fastest_examples_per_second"], "bytes": report["resident_bytes"],
            "share": report["gigaflops"] / report["peak_gigaflops"]}


def main():
    if "--child" in sys.argv:
        warnings.filterwarnings("ignore")
        arguments = sys.argv[sys.argv.index("--child") + 1:]
        if arguments[0] == "onnxruntime":
            return measure_runtime(arguments[1], arguments[2], int(arguments[3]), float(arguments[4]))
        name, purpose, batch, layout, compiles, seconds = arguments[1:]
        return measure_pytorch(name, purpose, int(batch), layout, compiles == "True", float(seconds))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", default=ROOT / ".build/release/secateur")
    parser.add_argument("--models", default="resnet18,resnet50,vgg11_bn,mobilenet_v2,reference")
    parser.add_argument("--purposes", default="score,train,infer")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side")
    parser.add_argument("--seconds", type=float, default=2, help="of each turn")
    parser.add_argument("--compile", action="store_true", help="torch.compile as well")
    options = parser.parse_args()
    failed = False
    print(f"{'':26}{'secateur':>10}{'rival':>10}{'ratio':>7}{'bar':>6}{'memory':>16}  rival")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models.split(","):
            path = pathlib.Path(folder) / f"{name}.onnx"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                export(name, path)
            for purpose in options.purposes.split(","):
                sizes = [128] if name == "reference" else [1, 16] if purpose == "infer" else [16]
                for batch in sizes:
                    rivals = {f"PyTorch {layout}": ("pytorch", name, purpose, batch, layout, False, options.seconds)
                              for layout in ("NCHW", "channels_last")}
                    if options.compile:
                        rivals["PyTorch compiled"] = ("pytorch", name, purpose, batch, "channels_last", True, options.seconds)
                    if purpose == "infer":
                        rivals["onnxruntime"] = ("onnxruntime", path, name, batch, options.seconds)
                    ours, theirs = [], {label: [] for label in rivals}
                    for _ in range(options.rounds):
                        ours.append(secateur(options.binary, path, name, purpose, batch, options.seconds))
                        for label, arguments in rivals.items():
                            theirs[label].append(child(*arguments))
                    best = min(ours, key=lambda run: run["seconds"])
                    for label, runs in theirs.items():
                        rival = min(runs, key=lambda run: run["seconds"])
                        ratio = rival["seconds"] / best["seconds"]
                        bar = BARS.get((purpose, name))
                        if label == "PyTorch compiled":
                            bar = 1.0
                        failed |= bar is not None and ratio < bar
                        memory = f"{best['bytes'] / 1e6:.0f}/{rival['bytes'] / 1e6:.0f} MB" if "bytes" in rival else ""
                        per = 1000 / batch
                        print(f"{f'{name} {purpose} {batch}':26}{best['seconds'] * per:7.2f} ms{rival['seconds'] * per:7.2f} ms"
                              f"{ratio:7.2f}{bar or '':>6}{memory:>16}  {label}", flush=True)
                    print(f"{'':26}{100 * best['share']:.0f} % of the matrix-product peak", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
