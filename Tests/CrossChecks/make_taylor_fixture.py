"""Makes Tests/SessionTests/Fixtures/taylor: a small network, data, and the Taylor scores that PyTorch computes.

    pip install torch onnx numpy && python3 Tests/CrossChecks/make_taylor_fixture.py

Scores as in Molchanov et al. 2017, eq. 8: per example |mean over h, w of z * dC/dz| with C the example's own
cross entropy and z the activation after batch normalization and ReLU; mean over the examples. The batch
normalization uses its running statistics. Gradients of the parameters are written too.
"""
import json
import pathlib

import numpy as np
import torch
from torch import nn

torch.manual_seed(7)
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "SessionTests/Fixtures/taylor"
FOLDER.mkdir(parents=True, exist_ok=True)


class Network(nn.Module):
    """Every kind of point: after BN and ReLU, before a residual join, depthwise, strided, a hidden linear layer."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.dw, self.bn3 = nn.Conv2d(6, 6, 3, stride=2, padding=1, groups=6, bias=False), nn.BatchNorm2d(6)
        self.conv4 = nn.Conv2d(6, 5, 1)
        self.fc1, self.fc2 = nn.Linear(5 * 16, 7), nn.Linear(7, 4)

    def forward(self, x):
        points = {}
        a = points["conv1"] = torch.relu(self.bn1(self.conv1(x)))
        b = points["conv2"] = self.bn2(self.conv2(a))
        c = points["dw"] = torch.relu(self.bn3(self.dw(torch.relu(a + b))))
        d = points["conv4"] = torch.sigmoid(self.conv4(c))
        e = points["fc1"] = torch.relu(self.fc1(torch.flatten(d, 1)))
        for z in points.values():
            z.retain_grad()
        return self.fc2(e), points


net = Network().eval()
with torch.no_grad():
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5), module.bias.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3), module.running_var.uniform_(0.5, 1.5)
x = torch.randn(21, 2, 8, 8)
y = torch.randint(0, 4, (21,))
logits, points = net(x)
losses = nn.functional.cross_entropy(logits, y, reduction="none")
losses.sum().backward()
scores = {}
for name, z in points.items():
    terms = (z * z.grad).flatten(2).mean(2).abs() if z.dim() > 2 else (z * z.grad).abs()
    terms = terms.detach().double()
    scores[name] = {"mean": terms.mean(0).tolist(), "standard_error": (terms.std(0) / len(x) ** 0.5).tolist()}
gradients = {name: p.grad.flatten().tolist() for name, p in net.named_parameters()}
np.savez(FOLDER / "data.npz", x=x.numpy(), y=y.numpy())
json.dump(
    {"losses": losses.tolist(), "correct": int((logits.argmax(1) == y).sum()), "scores": scores, "gradients": gradients},
    open(FOLDER / "expected.json", "w"))



def logits_only(x):
    """The forward pass without the bookkeeping, for the exporter."""
    a = torch.relu(net.bn1(net.conv1(x)))
    b = net.bn2(net.conv2(a))
    c = torch.relu(net.bn3(net.dw(torch.relu(a + b))))
    e = torch.relu(net.fc1(torch.flatten(torch.sigmoid(net.conv4(c)), 1)))
    return net.fc2(e)


for parameter in net.parameters():
    parameter.requires_grad_(False)
net.forward = logits_only
torch.onnx.export(
    net, (x[:1],), str(FOLDER / "model.onnx"), dynamo=False, opset_version=17, input_names=["input"],
    output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
print("written to", FOLDER)
