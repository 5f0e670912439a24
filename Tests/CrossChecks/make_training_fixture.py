"""Makes what PyTorch computes for the tests of training.

    pip install torch onnx numpy && python3 Tests/CrossChecks/make_training_fixture.py

Tests/TrainingTests/Fixtures/rules.json: parameters after steps of its optimisers, factors of its learning-rate
schedulers, losses with the gradients of their sum over the examples, and a clipped gradient.
Tests/SessionTests/Fixtures/training: a small network with batch normalization in training mode, data, the losses of 20
steps, the gradients of the first and the weights after the last.
"""
import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler as schedulers

TESTS = pathlib.Path(__file__).resolve().parents[1]
torch.manual_seed(11)


def numbers(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().double().flatten().tolist()]


def optimizers():
    start, slopes = torch.randn(6), torch.randn(8, 6)
    rules = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0, weight_decay=0.05),
        "sgd momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
        "sgd nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
        "adam": lambda p: torch.optim.Adam(p, lr=0.1, weight_decay=0.05),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.05),
    }
    results = {}
    for name, make in rules.items():
        parameter = start.clone().requires_grad_(True)
        optimizer = make([parameter])
        results[name] = []
        for slope in slopes:
            parameter.grad = slope.clone()
            optimizer.step()
            results[name].append(numbers(parameter))
    return {"start": numbers(start), "gradients": [numbers(slope) for slope in slopes], "results": results}


def schedules():
    epochs = 12

    def factors(*makes):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        made = [make(optimizer) for make in makes]
        chained = schedulers.ChainedScheduler(made)
        found = []
        for _ in range(epochs):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            chained.step()
        return found

    courses = {
        "step": lambda o: schedulers.StepLR(o, 4, 0.3),
        "multistep": lambda o: schedulers.MultiStepLR(o, [3, 7], 0.2),
        "exponential": lambda o: schedulers.ExponentialLR(o, 0.8),
        "cosine": lambda o: schedulers.CosineAnnealingLR(o, epochs),
        "polynomial": lambda o: schedulers.PolynomialLR(o, epochs, 2),
    }
    found = {name: factors(make) for name, make in courses.items()}
    found["cosine floor"] = factors(lambda o: schedulers.CosineAnnealingLR(o, epochs, 0.1))
    for name, make in courses.items():
        found[f"{name} warm"] = factors(lambda o: schedulers.LinearLR(o, 0.1, 1.0, 4), make)
    return found


def losses():
    found = {}

    def add(name, output, per_example, **more):
        output = output.clone().requires_grad_(True)
        values = per_example(output)
        values.sum().backward()
        found[name] = {"shape": list(output.shape), "output": numbers(output), "losses": numbers(values),
                       "gradient": numbers(output.grad), **more}

    logits, labels = 3 * torch.randn(4, 5), torch.tensor([1, 0, 4, 2])
    for smoothing in (0.0, 0.1):
        add(f"cross-entropy {smoothing}", logits,
            lambda y: F.cross_entropy(y, labels, reduction="none", label_smoothing=smoothing), labels=labels.tolist())
    maps = torch.randint(0, 3, (2, 4, 3))
    maps[1, 0, 2] = maps[1, 3, 1] = 255
    add("maps", torch.randn(2, 3, 4, 3),
        lambda y: torch.stack([F.cross_entropy(y[n:n + 1], maps[n:n + 1], ignore_index=255) for n in range(2)]),
        labels=maps.flatten().tolist())
    values, targets = torch.randn(3, 2, 4), torch.randn(3, 2, 4)

    def mean(term):
        return lambda y: term(y).flatten(1).mean(1)

    add("mse", values, mean(lambda y: F.mse_loss(y, targets, reduction="none")), targets=numbers(targets))
    add("l1", values, mean(lambda y: F.l1_loss(y, targets, reduction="none")), targets=numbers(targets))
    add("charbonnier", values, mean(lambda y: ((y - targets) ** 2 + 1e-6).sqrt()), targets=numbers(targets))
    answers = torch.rand(3, 2, 4)
    add("bce", 4 * values, mean(lambda y: F.binary_cross_entropy_with_logits(y, answers, reduction="none")),
        targets=numbers(answers))
    teacher, t = 3 * torch.randn(4, 5), 3.0
    add("distillation", logits,
        lambda y: F.kl_div(F.log_softmax(y / t, 1), F.softmax(teacher / t, 1), reduction="none").sum(1) * t * t,
        targets=numbers(teacher), temperature=t)
    return found


def clipping():
    parameters = [torch.zeros(4, requires_grad=True), torch.zeros(3, requires_grad=True)]
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    before = [numbers(parameter.grad) for parameter in parameters]
    norm = torch.nn.utils.clip_grad_norm_(parameters, 0.7)
    return {"norm": float(norm), "limit": 0.7, "before": before, "after": [numbers(p.grad) for p in parameters]}


class Network(nn.Module):
    """Batch normalization, a residual join, a depthwise and a transposed convolution, PReLU and a hidden layer."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.dw, self.bn3 = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8, bias=False), nn.BatchNorm2d(8)
        self.up, self.slope = nn.ConvTranspose2d(8, 6, 2, stride=2), nn.PReLU(6)
        self.fc1, self.fc2 = nn.Linear(6 * 16, 9), nn.Linear(9, 4)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(x + self.bn2(self.conv2(x)))
        x = self.slope(self.up(F.hardswish(self.bn3(self.dw(x)))))
        x = F.avg_pool2d(x, 2)
        return self.fc2(torch.tanh(self.fc1(torch.flatten(x, 1))))


def curve(folder):
    folder.mkdir(parents=True, exist_ok=True)
    net = Network()
    x = torch.randn(40, 2, 8, 8)
    y = torch.randint(0, 4, (40,))
    # Classes that can be learned.
    x += 0.7 * torch.randn(4, 2, 8, 8)[y]
    np.savez(folder / "data.npz", x=x.numpy(), y=y.numpy())
    net.train()
    # Exporting in this mode moves the running statistics: here and in the file they are put back.
    state = {name: value.clone() for name, value in net.state_dict().items()}
    torch.onnx.export(
        net, (x[:2],), str(folder / "model.onnx"), dynamo=False, opset_version=17, input_names=["input"],
        output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    net.load_state_dict(state)
    evaluation(folder / "model.onnx", state)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)
    found, gradients = [], {}
    for step in range(20):
        part = slice(step % 5 * 8, step % 5 * 8 + 8)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[part]), y[part], label_smoothing=0.1)
        loss.backward()
        if step == 0:
            gradients = {name: numbers(p.grad) for name, p in net.named_parameters()}
        optimizer.step()
        found.append(loss.item())
    net.eval()
    after = {name: numbers(value) for name, value in net.state_dict().items() if value.is_floating_point()}
    json.dump({"losses": found, "gradients": gradients, "after": after, "logits": numbers(net(x[:8]))},
              open(folder / "expected.json", "w"))


def evaluation(path, state):
    """Normalizations as files for inference have them: whether they train is the plan's to say."""
    import onnx

    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if "running" in tensor.name:
            tensor.CopyFrom(onnx.numpy_helper.from_array(state[tensor.name].numpy(), tensor.name))
    for node in model.graph.node:
        if node.op_type == "BatchNormalization":
            del node.output[1:]
            for attribute in node.attribute:
                if attribute.name == "training_mode":
                    attribute.i = 0
    onnx.save(model, path)


rules = TESTS / "TrainingTests/Fixtures"
rules.mkdir(parents=True, exist_ok=True)
json.dump({"optimizers": optimizers(), "schedules": schedules(), "losses": losses(), "clipping": clipping()},
          open(rules / "rules.json", "w"))
curve(TESTS / "SessionTests/Fixtures/training")
