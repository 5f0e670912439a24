"""What against_rivals.py does in processes of their own: exports a network, or measures it in a rival.

    python3 Tests/Benchmarks/rival_measurements.py '{"side": "eager NCHW", "network": "resnet18", "purpose": "infer",
        "batch": 8, "seconds": 2}'

`side` is "export" (to `path`), "onnxruntime" (from `path`), "eager NCHW", "eager channels_last", "compiled" or
"autocast bf16". Scores are taken behind the modules named in `layers`. The last line that is printed is a JSON object:
the fastest run's seconds and, of PyTorch, the process's peak resident memory.
"""
import json
import os
import pathlib
import sys
import time
import warnings

import torch

import rival_networks

CORES = len(os.sched_getaffinity(0))


def export(order):
    network = rival_networks.NETWORKS[order["network"]]
    # The fused attention of inference has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    path = pathlib.Path(order["path"])
    unfinished = path.with_suffix(".part")
    # Two examples: the newer exporter takes an extent of one for fixed.
    x = torch.randn(2, *network.shape)
    if network.exporter == rival_networks.LEGACY:
        # Normalizations stay, so that they are scored and trained.
        settings = {
            "dynamo": False, "opset_version": 17, "dynamic_axes": {"x": {0: "n"}},
            "training": torch.onnx.TrainingMode.PRESERVE}
    else:
        settings = {"dynamo": True, "external_data": False, "dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},)}
    with torch.no_grad():
        torch.onnx.export(network.model(), (x,), str(unfinished), input_names=["x"], **settings)
    unfinished.rename(path)
    return {}


def timed(step, seconds):
    """Three runs or more, after two that warm up."""
    for _ in range(2):
        step()
    times = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return {"seconds": min(times), "bytes": peak_resident_bytes()}


def peak_resident_bytes():
    """Of this process alone: what getrusage says begins with the parent's size at the fork."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def examples(order):
    torch.manual_seed(0)
    return torch.randn(order["batch"], *rival_networks.NETWORKS[order["network"]].shape)


def measure_runtime(order):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = CORES
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(order["path"], options, providers=["CPUExecutionProvider"])
    x = examples(order).numpy()
    # The process's memory is mostly PyTorch's, which made the example.
    return {"seconds": timed(lambda: session.run(None, {"x": x}), order["seconds"])["seconds"]}


def measure_pytorch(order):
    torch.set_num_threads(CORES)
    x = examples(order)
    layout = memory_format(order["side"], x.ndim)
    model, x = rival_networks.NETWORKS[order["network"]].model().to(memory_format=layout), x.to(memory_format=layout)
    with torch.autocast("cpu", torch.bfloat16, enabled=order["side"] == "autocast bf16"):
        return timed(STEPS[order["purpose"]](model, x, order), order["seconds"])


def memory_format(side, rank):
    if side == "eager NCHW":
        return torch.contiguous_format
    return {4: torch.channels_last, 5: torch.channels_last_3d}.get(rank, torch.contiguous_format)


def compiled(model, order):
    return torch.compile(model) if order["side"] == "compiled" else model


def tensors(output):
    """All tensors of an output, which may be a tuple or a dictionary."""
    if isinstance(output, torch.Tensor):
        return [output]
    return list(output.values() if isinstance(output, dict) else output)


def inference(model, x, order):
    forward = compiled(model, order)

    def step():
        with torch.inference_mode():
            forward(x)

    return step


def training(model, x, order):
    """A step of gradient descent with momentum; so small that random gradients do not drive weights to infinity."""
    forward = compiled(model.train(), order)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-12, momentum=0.9)
    noise = [torch.randn_like(output) for output in tensors(model(x))]

    def step():
        optimizer.zero_grad()
        torch.autograd.backward(tensors(forward(x)), noise)
        optimizer.step()

    return step


def scoring(model, x, order):
    """Sums of the products of activations and their gradients, with all parameters frozen."""
    model.requires_grad_(False)
    for module in model.modules():
        # In place they would overwrite what scores are taken of.
        if hasattr(module, "inplace"):
            module.inplace = False
    if order["side"] == "compiled":
        return compiled_scoring(model, x, order)
    kept = []

    def keep(layer, _, output):
        if not output.requires_grad:
            # The first layer's output is where the graph begins: what lies before it is not needed.
            output.requires_grad_(True)
        kept.append((output, places(layer, output)))

    for layer in layers_of(model, order):
        layer.register_forward_hook(keep)
    noise = [torch.randn_like(output) for output in tensors(model(x))]

    def step():
        kept.clear()
        outputs = tensors(model(x))
        gradients = torch.autograd.grad(outputs, [value for value, _ in kept], noise)
        return [
            (value * gradient).sum(axes) if axes else value * gradient
            for (value, axes), gradient in zip(kept, gradients)]

    return step


def compiled_scoring(model, x, order):
    """Compiled graphs give no gradients of what lies inside: the terms are those of factors of one."""
    factors = []

    def scale(layer, _, output):
        if not hasattr(layer, "factor"):
            summed = places(layer, output)
            shape = [1 if axis in summed else extent for axis, extent in enumerate(output.shape)]
            layer.factor = torch.ones(shape, requires_grad=True)
            factors.append(layer.factor)
        return output * layer.factor

    for layer in layers_of(model, order):
        layer.register_forward_hook(scale)
    noise = [torch.randn_like(output) for output in tensors(model(x))]
    forward = compiled(model, order)
    return lambda: torch.autograd.grad(tensors(forward(x)), factors, noise)


def layers_of(model, order):
    modules = dict(model.named_modules())
    return [modules[name] for name in order["layers"]]


def places(layer, output):
    """The axes that a score is summed over: all but the examples' and the channels'."""
    channels = 1 if hasattr(layer, "kernel_size") else output.ndim - 1
    return [axis for axis in range(1, output.ndim) if axis != channels]


STEPS = {"infer": inference, "score": scoring, "train": training}


def main():
    warnings.filterwarnings("ignore")
    order = json.loads(sys.argv[1])
    work = {"export": export, "onnxruntime": measure_runtime}.get(order["side"], measure_pytorch)
    print(json.dumps(work(order)))


if __name__ == "__main__":
    main()
