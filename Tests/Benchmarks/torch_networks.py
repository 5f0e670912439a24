"""Networks of ONNX files as PyTorch modules, what Torch-Pruning leaves of them, and their accuracy and training."""
import copy

import numpy as np
import onnx
import onnxruntime
import torch
import torch_pruning
from onnx import numpy_helper

# The share of a layer that Torch-Pruning's global ranking may take at most. Its result is the best of these.
CAPS = (1.0, 0.9)
# A result that has at least this share of the multiply-accumulates that it may have is near enough.
NEAR = 0.98


class Rebuilt(torch.nn.Module):
    """The nodes of an ONNX file in order, batch normalizations that follow a convolution folded into it."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        constants |= {n.output[0]: numpy_helper.to_array(onnx.helper.get_attribute_value(n.attribute[0]))
                      for n in graph.node if n.op_type == "Constant"}
        self.steps, self.layers = [], torch.nn.ModuleDict()
        # By value: the convolution that made it, as long as nothing else did.
        makers, names = {}, {}
        for number, node in enumerate(n for n in graph.node if n.op_type not in ("Constant", "Identity")):
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            given = [constants[i].copy() if i in constants else None for i in node.input]
            inputs = [names.get(i, i) for i in node.input if i and i not in constants]
            if node.op_type == "BatchNormalization" and inputs[0] in makers:
                _folded(makers[inputs[0]], given[1:], attributes.get("epsilon", 1e-5))
                names[node.output[0]] = inputs[0]
                continue
            layer = _layer(node.op_type, given, attributes)
            if layer is not None:
                self.layers[str(number)] = layer
            if node.op_type == "Conv":
                makers[node.output[0]] = layer
            if node.op_type == "Clip":
                attributes = dict(zip(("min", "max"), (float(value) for value in given[1:])))
            if node.op_type in ("ReduceMean", "Gather", "Reshape") and len(given) > 1:
                attributes["given"] = given[1].tolist()
            self.steps.append((str(number), node.op_type, attributes, inputs, node.output[0]))
        self.input, self.output = graph.input[0].name, names.get(graph.output[0].name, graph.output[0].name)
        self.eval()

    def forward(self, x):
        values = {self.input: x}
        for number, operator, attributes, inputs, output in self.steps:
            arguments = [values[name] for name in inputs]
            values[output] = (
                self.layers[number](arguments[0]) if number in self.layers else _computed(operator, arguments, attributes))
        return values[self.output]


def _layer(operator, given, attributes):
    """The module of a node that has weights, else nothing."""
    if operator == "Conv":
        weights, groups = torch.from_numpy(given[1]), attributes.get("group", 1)
        layer = torch.nn.Conv2d(
            weights.shape[1] * groups, weights.shape[0], tuple(weights.shape[2:]), attributes.get("strides", [1, 1]),
            attributes.get("pads", [0, 0])[:2], groups=groups)
        layer.weight.data = weights
        layer.bias.data = torch.from_numpy(given[2]) if len(given) > 2 else torch.zeros(len(weights))
        return layer
    if operator == "Gemm":
        weights = torch.from_numpy(given[1])
        weights = weights if attributes.get("transB", 0) else weights.T.contiguous()
        layer = torch.nn.Linear(weights.shape[1], weights.shape[0])
        layer.weight.data, layer.bias.data = weights, torch.from_numpy(given[2])
        return layer
    return None


def _folded(convolution, given, epsilon):
    scale, shift, mean, variance = (torch.from_numpy(array) for array in given)
    factor = scale / (variance + epsilon).sqrt()
    convolution.weight.data = convolution.weight.data * factor[:, None, None, None]
    convolution.bias.data = (convolution.bias.data - mean) * factor + shift


def _computed(operator, arguments, attributes):
    x = arguments[0]
    if operator == "Relu":
        return torch.relu(x)
    if operator == "Clip":
        return x.clamp(attributes["min"], attributes["max"])
    if operator == "Add":
        return x + arguments[1]
    if operator == "Concat":
        return torch.cat(arguments, attributes["axis"])
    if operator == "GlobalAveragePool":
        return x.mean((2, 3), keepdim=True)
    if operator == "ReduceMean":
        return x.mean(attributes.get("given", attributes.get("axes")), keepdim=bool(attributes.get("keepdims", 1)))
    if operator == "MaxPool":
        return torch.nn.functional.max_pool2d(x, attributes["kernel_shape"], attributes["strides"])
    if operator in ("Flatten", "Reshape"):
        return x.flatten(1)
    if operator == "Gather":
        return x.index_select(attributes["axis"], torch.tensor(attributes["given"]))
    raise SystemExit(f"a network holds {operator}, which torch_networks.py does not know")


def rebuilt(path, examples):
    """The network as a module, checked to compute what onnxruntime computes."""
    network = Rebuilt(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: examples[:32]})[0]
    with torch.no_grad():
        difference = np.abs(network(torch.from_numpy(examples[:32])).numpy() - expected).max()
    if difference > 1e-4 * max(1, np.abs(expected).max()):
        raise SystemExit(f"{path}: rebuilt, it differs by {difference}")
    return network


def macs(network, shape):
    """Multiply-accumulates of convolutions and linear layers for one example."""
    total = 0

    def count(layer, inputs, output):
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel() if layer.weight.dim() == 4 else layer.weight.numel()

    hooks = [layer.register_forward_hook(count) for layer in network.layers.values()]
    with torch.no_grad():
        network(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()
    return total


def accuracy(network, examples, labels):
    right = 0
    with torch.no_grad():
        for start in range(0, len(examples), 500):
            outputs = network(torch.from_numpy(examples[start:start + 500]))
            right += int((outputs.argmax(1).numpy() == labels[start:start + 500]).sum())
    return right / len(examples)


def torch_pruned(whole, criterion, scope, share, calibration, test):
    """Torch-Pruning's network with at most this share of the multiply-accumulates, its ratio found by bisection.

    Taylor's gradients are those of the mean cross-entropy over all calibration examples, which are labelled for it. The
    linear layer that makes the outputs stays. A global ranking may empty layers; of several caps that keep it from that
    the one with the best accuracy on 2,000 of the *test* images counts, which favours it. None where it cannot get there.
    """
    shape = calibration[0].shape[1:]
    budget = share * macs(whole, shape)
    if criterion == "taylor":
        whole.zero_grad()
        for start in range(0, len(calibration[0]), 128):
            x, y = (torch.from_numpy(array[start:start + 128]) for array in calibration)
            loss = torch.nn.functional.cross_entropy(whole(x), y, reduction="sum")
            (loss / len(calibration[0])).backward()

    def pruned(ratio, cap):
        network = copy.deepcopy(whole)
        for mine, original in zip(network.parameters(), whole.parameters()):
            mine.grad = None if original.grad is None else original.grad.clone()
        importance = (torch_pruning.importance.GroupTaylorImportance() if criterion == "taylor"
                      else torch_pruning.importance.GroupMagnitudeImportance(p=2))
        last = [layer for layer in network.layers.values() if isinstance(layer, torch.nn.Linear)][-1]
        torch_pruning.pruner.BasePruner(
            network, torch.zeros(1, *shape), importance=importance, pruning_ratio=ratio,
            global_pruning=scope == "global", max_pruning_ratio=cap, ignored_layers=[last]).step()
        network.zero_grad()
        return network

    candidates = []
    for cap in CAPS if scope == "global" else (0.999,):
        low, high, best = 0.0, 1.0, None
        for _ in range(10):
            ratio = (low + high) / 2
            network = pruned(ratio, cap)
            used = macs(network, shape) / budget
            if used <= 1:
                best, high = network, ratio
            else:
                low = ratio
            if NEAR <= used <= 1:
                break
        if best is not None:
            candidates.append(best)
    few = [array[:2000] for array in test]
    return max(candidates, key=lambda network: accuracy(network, *few), default=None)


def trained(network, examples, labels, *, epochs, seed, rate=1e-3, batch=64, augment=None):
    """The network after some epochs with Adam, its rate falling to nothing."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network.train()
    steps = epochs * (len(examples) // batch)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for _ in range(epochs):
        order = random.permutation(len(examples))
        for start in range(0, len(order) - batch + 1, batch):
            part = order[start:start + batch]
            x = augment(examples[part], random) if augment else examples[part]
            loss = torch.nn.functional.cross_entropy(network(torch.from_numpy(x)), torch.from_numpy(labels[part]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()
