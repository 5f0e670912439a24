#!/usr/bin/env python3
"""Narrows PyTorch modules by the Python that `--pytorch-out` writes, and brings their weights back by `adopt`.

The architectures of architectures.py that take one tensor and networks of our own are exported by torch.export (.pt2), as ONNX
with their batch normalizations kept, folded by PyTorch's older exporter, and folded by its newer one; each is pruned by 30 % of
its kernels by l2. Then

- `prune_` narrows the module itself, with an optimiser that has a state; its outputs must be those that onnxruntime
  (PyTorch, of a .pt2) computes of the pruned file, to 1e-4 of the largest, and `verify` must say the same;
- a step of the optimiser is taken;
- `secateur adopt` puts the module's state_dict into the pruned file, which must then compute what the module computes.

Where a size stands in a forward, `prune_` must be refused or `verify` must name the node. What came out of each network is
kept in results.jsonl in the folder of --work; --resume goes on from it with the networks that have not passed. A full run
writes pytorch.md.

    python3 -m pip install numpy onnx onnxruntime onnxscript torch
    python3 -m pip install --no-deps torchvision timm
    swift build -c release
    python3 Tests/CrossChecks/pytorch.py [--program .build/release/secateur] [--only NAME ...] [--forms pt2 kept folded dynamo]
                                         [--work FOLDER] [--resume] [--jobs N]
"""
import argparse
import contextlib
import copy
import importlib.util
import io
import json
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnxruntime
import torch
from torch import nn

import architectures
import network_runs

here = pathlib.Path(__file__).resolve().parent
TABLE = here / "pytorch.md"
TOLERANCE = 1e-4
WORDS = """# PyTorch modules, narrowed and back

`pytorch.py` writes this page: what it does stands at its top. A cell says how far the narrow module's outputs are from the
pruned file's, and the outputs of the file with the trained weights from the module's, both in parts of the largest output; or
why the module cannot be narrowed from outside. *params* are those of the module, before and after.

"""


class Recurrent(nn.Module):
    """Text in a line of a picture: convolutions, two bidirectional layers of LSTM, a class for each step."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d((8, 1)))
        self.rnn = nn.LSTM(24, 12, num_layers=2, bidirectional=True)
        self.fc = nn.Linear(24, 10)

    def forward(self, x):
        x = self.features(x).squeeze(2).permute(2, 0, 1)
        return self.fc(self.rnn(x)[0])


class Gated(nn.Module):
    """GRU and RNN behind one-dimensional convolutions."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(4, 12, 3, padding=1), nn.BatchNorm1d(12)
        self.gru, self.rnn = nn.GRU(12, 8, batch_first=True), nn.RNN(8, 6, batch_first=True)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x))).transpose(1, 2)
        return self.fc(self.rnn(self.gru(x)[0])[0][:, -1])


class Grouped(nn.Module):
    """GroupNorm, PReLU, a scale of its own, and a depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.conv1, self.gn1, self.act = nn.Conv2d(3, 24, 3, padding=1), nn.GroupNorm(4, 24), nn.PReLU(24)
        self.conv2, self.bn2 = nn.Conv2d(24, 24, 3, padding=1, groups=24, bias=False), nn.BatchNorm2d(24)
        self.conv3, self.norm3 = nn.Conv2d(24, 20, 1), nn.InstanceNorm2d(20, affine=True)
        self.scale = nn.Parameter(torch.randn(20, 1, 1))
        self.fc = nn.Linear(20, 5)

    def forward(self, x):
        x = self.act(self.gn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc((self.norm3(self.conv3(x)) * self.scale).mean((2, 3)))


class Transposed(nn.Module):
    """Transposed convolutions with normalizations behind them."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU())
        self.up = nn.ConvTranspose2d(16, 12, 2, 2)
        self.norm = nn.BatchNorm2d(12)
        self.head = nn.Conv2d(12, 3, 1)

    def forward(self, x):
        return self.head(torch.relu(self.norm(self.up(self.down(x)))))


class Attending(nn.Module):
    """Patches, an encoder layer with MultiheadAttention, a head."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 32, 4, 4)
        self.encoder = nn.TransformerEncoderLayer(32, 4, 48, batch_first=True, norm_first=True)
        self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 6)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.encoder(x)).mean(1))


class Separate(nn.Module):
    """Convolutions and normalizations in lists of their own, and one block used twice."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(3 if i == 0 else 16, 16, 3, padding=1, bias=i == 1) for i in range(3)])
        self.norms = nn.ModuleList([nn.BatchNorm2d(16) for _ in range(3)])
        self.shared = nn.Conv2d(16, 16, 3, padding=1)
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = torch.relu(norm(conv(x)))
        return self.fc(self.shared(torch.relu(self.shared(x))).mean((2, 3)))


class Stated(nn.Module):
    """A size that stands in the forward: no module outside of it knows of that."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(8 * 64, 4)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).view(-1, 512))


class Plain(nn.Module):
    """Pre-activation blocks: a normalization before each convolution, some of which fold into the one before."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.bn1, self.conv1 = nn.BatchNorm2d(16), nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(16), nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        x = self.stem(x)
        y = self.conv2(torch.relu(self.bn2(self.conv1(torch.relu(self.bn1(x))))))
        return self.fc((x + y).mean((2, 3)))


OWN = {
    "crnn": ((2, 1, 16, 24), Recurrent), "gru and rnn": ((2, 4, 16), Gated), "groups": ((2, 3, 12, 12), Grouped),
    "transposed": ((2, 3, 16, 16), Transposed), "attention": ((2, 3, 16, 16), Attending),
    "separate lists": ((2, 3, 12, 12), Separate), "a stated size": ((2, 3, 8, 8), Stated), "pre-activation": ((2, 3, 12, 12), Plain),
}
# Of torchvision, beside those of architectures.py.
TORCHVISION = {
    name: (architectures.S, architectures.tv(name, **settings)) for name, settings in {
        "wide_resnet50_2": {}, "mobilenet_v3_large": {}, "mnasnet0_5": {}, "regnet_x_400mf": {}, "vit_b_32": {"image_size": 64},
        "swin_t": {}}.items()}
WIDE = {name: (shape, make) for name, (_, shape, make) in architectures.ARCHITECTURES.items()
        if not name.endswith(("_open", "_unfolded")) and not isinstance(shape[0], tuple)}
NETWORKS = {**WIDE, **TORCHVISION, **OWN}
# These write down a size in a forward or in an attribute of their own: the halves of a shuffle or a split, the channels of a
# window or a slice, the width of a patch, the groups of a blur; and weights that are standardised by what was left out.
STATED = {"a stated size", "shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "swin_t", "swin_small", "swin_v2_small", "vit_small",
          "vit_b_32", "generator", "wavenet", "cspresnet50", "mobilevitv2_050", "crossvit_tiny_240", "skresnet18",
          "resnetblur18", "resnetv2_50x1_bit", "nf_regnet_b0", "res2net50_14w_8s", "dpn68", "rexnet_100", "mixnet_s",
          "poolformer_s12", "edgenext_xx_small", "mobilevit_xxs", "botnet26t_256", "tresnet_m"}
# What an exporter computed with weights is no parameter of the module's, and cannot be computed again from others.
COMPUTED = {("gru and rnn", "dynamo"): "its first state", ("vit_small", "dynamo"): "its class token",
            ("crossvit_tiny_240", "dynamo"): "its class token", ("tiny_vit_5m_224", "dynamo"): "its table of biases",
            ("cait_xxs24_224", "dynamo"): "its class token", ("deit_tiny_patch16_224", "dynamo"): "its class token",
            ("pit_ti_224", "dynamo"): "its class token",
            ("xcit_nano_12_p16_224", "dynamo"): "its table of places",
            ("edgenext_xx_small", "dynamo"): "its table of places",
            ("levit_128s", "dynamo"): "its table of biases", ("efficientformer_l1", "dynamo"): "its table of biases",
            ("coatnet_nano_rw_224", "folded"): "its table of biases",
            ("coatnet_nano_rw_224", "dynamo"): "its table of biases",
            ("resnetv2_50x1_bit", "folded"): "its standardised kernels",
            ("nf_regnet_b0", "folded"): "its standardised kernels",
            ("nf_regnet_b0", "dynamo"): "its standardised kernels",
            ("resnetv2_50x1_bit", "dynamo"): "its standardised kernels"}
# The newer exporter does not say that a table is a forward's own: `adopt` has to be told that its like may be missing.
WRITTEN = {("bat_resnext26ts", "dynamo")}
FORMS = {"pt2": ".pt2", "kept": "ONNX, kept", "folded": "ONNX, folded, older exporter", "dynamo": "ONNX, folded, newer exporter"}


def network(name):
    """The module with made-up weights, and its input of two examples: an exporter takes an extent of one for fixed."""
    torch.manual_seed(0)
    shape, make = NETWORKS[name]
    model = make()
    architectures.randomize(model)
    torch.manual_seed(1)
    return model.eval(), torch.randn((2, *shape[1:]))


def export(model, x, path, form):
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        if form == "pt2":
            torch.export.save(torch.export.export(model, (x,)), path)
        elif form == "dynamo":
            torch.onnx.export(model, (x,), str(path), dynamo=True, external_data=False, verbose=False)
        else:
            kept = form == "kept"
            torch.onnx.export(
                model, (x,), str(path), dynamo=False, opset_version=17, do_constant_folding=not kept,
                training=torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL)


def tensors(result):
    if isinstance(result, torch.Tensor):
        return [result.detach()]
    return [t for value in (result.values() if isinstance(result, dict) else result) for t in tensors(value)]


def runtime(path, x):
    if path.suffix == ".pt2":
        with torch.no_grad():
            return [t.numpy() for t in tensors(torch.export.load(path).module()(x))]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})


def distance(results, expected):
    found = [float(np.abs(a.numpy() - b).max() / max(np.abs(b).max(), 1e-12)) for a, b in zip(results, expected)]
    return max(found)


def loaded(path, number):
    spec = importlib.util.spec_from_file_location(f"cut{number}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def secateur(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"secateur {arguments[0]}: {done.stderr.strip()[:400]}")
    return done.stdout


def epsilons(model):
    """What `adopt` is told of normalizations: the epsilon of most, and of each that has another."""
    found = {n: m.eps for n, m in model.named_modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)}
    usual = max(set(found.values()), key=list(found.values()).count, default=1e-5)
    said = [str(usual), *(f"{name}={value}" for name, value in found.items() if value != usual)]
    return [part for value in said for part in ("--epsilon", value)]


def check(program, name, form, folder, number):
    """A cell of the table, and the parameters before and after."""
    model, x = network(name)
    ending = "pt2" if form == "pt2" else "onnx"
    path, small, back_path = (folder / f"{part}.{ending}" for part in ("model", "small", "back"))
    cut = folder / f"cut{number}.py"
    try:
        export(model, x, path, form)
    except torch.onnx.errors.OnnxExporterError as error:
        # What an exporter to ONNX does not know is not ours.
        return f"no export: {type(error).__name__}", (0, 0)
    secateur(program, "prune", path, "-o", small, "--criterion", "l2", "--percent", 30, "--pytorch-out", cut)
    before = sum(p.numel() for p in model.parameters())
    # A state to be narrowed; the weights stay.
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9)
    loss(model(x)).backward()
    optimizer.step()
    kinds = {n: (p.dtype, p.device, p.requires_grad) for n, p in model.named_parameters()}
    script = loaded(cut, number)
    try:
        script.prune_(model, optimizer)
        script.verify(model)
    except (ValueError, AssertionError) as error:
        text = str(error)
        is_stated = name in STATED and "forward" in text
        is_computed = (name, form) in COMPUTED and "computed with its weights" in text
        assert is_stated or is_computed, f"prune_: {text[:500]}"
        # The node whose size is another now, where the file says of one.
        sizes = text.partition("the file states:\n")[2].split("\n")
        return "needs .pt2: " + (sizes[0].strip() or text.split("\n")[0].split(":")[0]), (before, before)
    assert name != "a stated size", "a size in a forward was not noticed"
    assert kinds == {n: (p.dtype, p.device, p.requires_grad) for n, p in model.named_parameters()}
    after = sum(p.numel() for p in model.parameters())
    assert after < before
    with torch.no_grad():
        narrow = distance(tensors(model(x)), runtime(small, x))
    assert narrow < TOLERANCE, f"the narrow module differs by {narrow:.1e}"
    for parameter, state in optimizer.state.items():
        for value in state.values():
            assert not isinstance(value, torch.Tensor) or value.dim() == 0 or value.shape == parameter.shape
    assert {id(p) for g in optimizer.param_groups for p in g["params"]} == {id(p) for p in model.parameters()}
    # A step of a known length: what has weights by chance may have gradients of any.
    optimizer.param_groups[0]["lr"] = 1e-2
    optimizer.zero_grad()
    loss(model(x)).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    torch.save(model.state_dict(), folder / "trained.pth")
    try:
        secateur(program, "adopt", small, folder / "trained.pth", "-o", back_path, "--no-session",
                 *epsilons(model), *(["--allow-missing"] if (name, form) in WRITTEN else []))
    except AssertionError as error:
        assert (name, form) in COMPUTED and "no tensor for" in str(error), error
        return f"{narrow:.0e}, no way back: {COMPUTED[name, form]} holds weights", (before, after)
    assert (name, form) not in COMPUTED, "what was computed with weights was not missed"
    with torch.no_grad():
        back = distance(tensors(model(x)), runtime(back_path, x))
        moved = distance(tensors(model(x)), runtime(small, x))
    assert back < TOLERANCE, f"with the trained weights the file differs by {back:.1e}"
    assert moved > back, "the step changed nothing"
    return f"{narrow:.0e}, {back:.0e}", (before, after)


def check_scores(program, folder):
    """The catalogue's example of scores, beside the program's own; and a prune by them."""
    model, _ = network("resnet18")
    x, y = torch.randn(24, 3, 64, 64), torch.randint(0, 1000, (24,))
    np.savez(folder / "data.npz", x=x.numpy(), y=y.numpy())
    path = folder / "model.onnx"
    torch.onnx.export(model, (x[:1],), str(path), dynamo=False, do_constant_folding=False, input_names=["x"],
                      training=torch.onnx.TrainingMode.PRESERVE, dynamic_axes={"x": {0: "n"}})
    layers = json.loads(secateur(program, "prunable", path, "--json"))["layers"]
    example = loaded(here.parent.parent / "Sources/Secateur/Secateur.docc/taylor_scores.py", "scores")
    found = example.taylor_scores(model, [(x[:16], y[:16]), (x[16:], y[16:])], layers)
    (folder / "scores.json").write_text(json.dumps(found))
    own = json.loads(secateur(program, "score", path, "--criterion", "taylor", "--data", folder / "data.npz", "--json"))
    assert {layer["name"] for layer in own["layers"]} <= set(found)
    worst = 0.0
    for layer in own["layers"]:
        mine, theirs = np.array(found[layer["name"]]), np.array(layer["mean"])
        worst = max(worst, float(np.abs(mine - theirs).max() / theirs.max()))
    assert worst < 1e-3, f"scores differ by {worst:.1e}"
    small = folder / "small.onnx"
    secateur(program, "prune", path, "-o", small, "--scores", folder / "scores.json", "--percent", 30)
    secateur(program, "prune", path, "-o", folder / "same.onnx", "--criterion", "taylor", "--data", folder / "data.npz",
             "--percent", 30, "--all-examples")
    same = small.read_bytes() == (folder / "same.onnx").read_bytes()
    print(f"Taylor scores of {len(own['layers'])} layers differ by {worst:.0e} of the largest; the prune is {'the same' if same else 'another'}")


def loss(result):
    """Something to learn from; outputs of a network with weights by chance may be of any size."""
    return sum((t / t.detach().abs().max().clamp(min=1e-6)).pow(2).mean() for t in live(result))


def live(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [t for value in (result.values() if isinstance(result, dict) else result) for t in live(value)]


def check_network(program, name, forms):
    """The parameters before and after, a cell for each form, and what failed."""
    cells, sizes, failures = [], (0, 0), []
    for number, form in enumerate(forms):
        with tempfile.TemporaryDirectory() as folder:
            try:
                cell, found = check(program, name, form, pathlib.Path(folder), number)
                sizes = max(sizes, found, key=lambda size: size[0] - size[1]) if sizes[0] else found
            except Exception as error:  # noqa: BLE001: every network is tried
                cell = f"FAILED: {type(error).__name__} {str(error)[:300]}"
                failures.append(f"{name}, {form}: {cell}")
        cells.append(cell)
    return {"sizes": sizes, "cells": cells, "failures": failures}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(here.parent.parent / ".build/release/secateur"))
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--forms", nargs="+", choices=list(FORMS), default=list(FORMS))
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "secateur-pytorch")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    # The fused attention of inference has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    if options.one:
        torch.set_num_threads(1)
        print("RESULT " + json.dumps(check_network(options.program, options.one, options.forms)))
        return
    if not options.only:
        with tempfile.TemporaryDirectory() as folder:
            check_scores(options.program, pathlib.Path(folder))
    lines, failures, narrow, stated = [], [], 0, 0
    command = [__file__, "--program", options.program, "--forms", *options.forms]
    for name, result, problem in network_runs.outcomes(
            options.only or list(NETWORKS), command, options.work / "results.jsonl", options.resume, options.jobs,
            lambda result: not result["failures"]):
        result = result or {"sizes": (0, 0), "cells": [problem], "failures": [f"{name}: {problem}"]}
        before, after = (size / 1e6 for size in result["sizes"])
        cells = " | ".join(result["cells"])
        print(f"{name:28} {before:6.2f} M -> {after:6.2f} M  {cells}", flush=True)
        lines.append(f"| {name} | {before:.2f} M → {after:.2f} M | {cells} |")
        failures += result["failures"]
        needs = any(cell.startswith("needs") for cell in result["cells"])
        stated += needs
        narrow += not needs and not result["failures"]
    if not options.only and options.forms == list(FORMS) and not failures:
        head = "| network | params | " + " | ".join(FORMS.values()) + " |\n" + "|---" * (2 + len(FORMS)) + "|\n"
        TABLE.write_text(WORDS + head + "\n".join(lines) + "\n")
    print(f"{len(lines)} networks: {narrow} narrowed, {stated} need .pt2, {len(failures)} failures")
    for failure in failures:
        print("FAILED", failure)
    sys.exit(1 if failures or not lines else 0)


if __name__ == "__main__":
    main()
