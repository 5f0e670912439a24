"""Writes the exported programs that the Swift tests read, into Tests/TestSupport/Cases/models.

    python3 -m pip install torch
    python3 Tests/CrossChecks/make_pt2_fixtures.py      # with PyTorch 2.13, and with 2.6 for the one in the older form

They hold what torch.export.save of PyTorch 2.13 writes for small modules: residual sums, grouped convolutions, a channel
shuffle, chunks, attention, a recurrent layer, an open batch, standardised weights, a part without mixed precision, buffers,
constants, tied weights and nested outputs. The places in source files that the exporter notes are left out. pt2.json holds
what PyTorch computes of each for an input.
"""
import json
import pathlib
import warnings

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "TestSupport/Cases/models"


class Pictures(nn.Module):
    """Convolutions and what stands between them; two outputs in a dictionary."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.slope = nn.PReLU(8)
        self.groups = nn.GroupNorm(2, 8)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 4, 1)
        self.head = nn.Linear(4, 5)
        self.scale = nn.Parameter(torch.randn(1, 8, 1, 1))
        self.register_buffer("mean", torch.randn(8, 1, 1))

    def forward(self, x):
        x = F.relu(self.norm(self.stem(x)), inplace=True) * self.scale - self.mean
        n, c, h, w = x.shape
        y = x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        y = self.groups(self.slope(self.grouped(y)))
        y += x
        a, b = y.chunk(2, 1)
        z = torch.cat([F.silu(b), a[:, 1:] * torch.tensor(0.5), F.hardtanh(a[:, :1])], 1)
        up = F.interpolate(self.up(F.max_pool2d(z, 2)), scale_factor=0.5)
        return {"picture": up, "class": (self.head(self.last(z).mean((2, 3))), z.amax(1))}


class Sequence(nn.Module):
    """Attention and a recurrent layer behind a convolution; two layers that share a weight."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv1d(2, 8, 2, stride=2)
        self.first = nn.LayerNorm(8)
        self.parts = nn.Linear(8, 24)
        self.merge = nn.Linear(8, 8, bias=False)
        self.again = nn.Linear(8, 8, bias=False)
        self.again.weight = self.merge.weight
        self.steps = nn.GRU(8, 4, bidirectional=True, batch_first=True)
        self.wide, self.narrow = nn.Linear(8, 12), nn.Linear(12, 3)

    def forward(self, x, mask):
        x = self.patches(x).transpose(1, 2)
        n, t, c = x.shape
        q, k, v = self.parts(self.first(x)).reshape(n, t, 3, 2, c // 6 * 2 + 2).permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.again(F.gelu(self.merge(y.transpose(1, 2).reshape(n, t, c))))
        x, _ = self.steps(x)
        return self.narrow(F.relu6(self.wide(x))).log_softmax(-1)


class Cleared(nn.Module):
    """Queries, keys and values of one layer, whose bias has no effect on keys: a part of a copy is set to zero in place."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv1d(2, 8, 2, stride=2)
        self.parts, self.last = nn.Linear(8, 24), nn.Linear(8, 3)

    def forward(self, x):
        bias = self.parts.bias.clone()
        bias[8:16].zero_()
        q, k, v = F.linear(self.patches(x).transpose(1, 2), self.parts.weight, bias).chunk(3, -1)
        return self.last(F.relu(q * k) + v)


class Standardized(nn.Conv2d):
    """Weights of mean zero and deviation one, in the shape that they had."""

    def forward(self, x):
        weight = F.batch_norm(self.weight.reshape(1, self.out_channels, -1), None, None, training=True, eps=1e-5)
        return F.conv2d(x, weight.reshape_as(self.weight), self.bias, self.stride, self.padding)


class Regions(nn.Module):
    """Standardised weights, attention among patches of a picture, and a part that is computed without mixed precision."""

    def __init__(self):
        super().__init__()
        self.stem, self.second = Standardized(3, 8, 3, padding=1), Standardized(8, 12, 3, padding=1)
        self.mix, self.last = nn.Conv2d(12, 12, 1), nn.Conv2d(12, 4, 1)

    def forward(self, x):
        x = F.relu(self.second(F.relu(self.stem(x))))
        n, c, h, w = x.shape
        patches = F.unfold(self.mix(x), (2, 2), stride=(2, 2)).reshape(n, c, 4, -1)
        with torch.autocast("cpu", enabled=False):
            shares = torch.softmax(patches.float(), -1)
            x = x + F.fold((patches * shares).reshape(n, c * 4, -1), (h, w), (2, 2), stride=(2, 2))
        y = self.last(x)
        return torch.matmul(y, torch.eye(6)) + F.relu(y).mean((2, 3), keepdim=True).expand_as(y)


def save(name, module, inputs, dynamic, **settings):
    torch.manual_seed(0)
    for tensor in module.buffers():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5)
    program = torch.export.export(module.eval(), inputs, dynamic_shapes=dynamic)
    for transform in settings.get("transforms", []):
        program = transform(program)
    for part in program.graph_module.modules():
        if isinstance(part, torch.fx.GraphModule):
            for node in part.graph.nodes:
                for place in ("stack_trace", "nn_module_stack", "torch_fn", "source_fn_stack"):
                    node.meta.pop(place, None)
    if torch.__version__ >= "2.8":
        program.example_inputs = None
    path = FOLDER / name
    torch.export.save(program, path)
    with torch.no_grad():
        outputs = torch.utils._pytree.tree_leaves(torch.export.load(path).module()(*inputs))
    print(path.name, path.stat().st_size)
    return {
        "inputs": [{"shape": list(x.shape), "elements": x.float().flatten().tolist()} for x in inputs],
        "outputs": [{"shape": list(y.shape), "elements": y.float().flatten().tolist()} for y in outputs]}


def main():
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    batch = torch.export.Dim("batch")
    pictures = (torch.randn(2, 3, 6, 6),)
    if torch.__version__ < "2.8":
        # The older form of the archive; with PyTorch 2.6.
        expected = json.loads((FOLDER / "pt2.json").read_text())
        batch = torch.export.Dim("batch", max=1024)
        expected["pictures-older"] = save("pictures-older.pt2", Pictures(), pictures, ({0: batch},))
        (FOLDER / "pt2.json").write_text(json.dumps(expected) + "\n")
        return
    expected = {
        "pictures": save("pictures.pt2", Pictures(), pictures, ({0: batch},)),
        "sequence": save(
            "sequence.pt2", Sequence(), (torch.randn(2, 2, 6), torch.zeros(3, 3)), ({0: batch}, None)),
        "pictures-decomposed": save(
            "pictures-decomposed.pt2", Pictures(), pictures, ({0: batch},),
            transforms=[lambda program: program.run_decompositions()]),
        "pictures-half": save(
            "pictures-half.pt2", Pictures().to(torch.bfloat16).to(memory_format=torch.channels_last),
            (pictures[0].to(torch.bfloat16),), None),
        "cleared": save("cleared.pt2", Cleared(), (torch.randn(2, 2, 6),), ({0: batch},)),
        "regions": save("regions.pt2", Regions(), pictures, ({0: batch},)),
    }
    older = json.loads((FOLDER / "pt2.json").read_text()).get("pictures-older")
    (FOLDER / "pt2.json").write_text(json.dumps(expected | {"pictures-older": older}) + "\n")


if __name__ == "__main__":
    main()
