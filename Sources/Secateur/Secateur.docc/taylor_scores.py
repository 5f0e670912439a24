"""Taylor scores (Molchanov et al. 2017, eq. 8) of a PyTorch model, on its own device, for `secateur prune --scores`.

    secateur prunable resnet18.onnx --json > prunable.json
    python3 taylor_scores.py                   # after `model` and `batches` at the end are yours
    secateur prune resnet18.onnx -o small.onnx --scores scores.json --keep-macs 50%

A score is the mean over the examples of |sum of z * dL/dz| / (H * W), z being what a kernel gives behind the normalization
and the activation that follow as modules. Behind a rectifier, leaky or not, the sum is what it is before.
"""
import json

import torch
from torch import nn

ACTIVATIONS = (nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish, nn.Sigmoid, nn.Hardsigmoid, nn.ELU, nn.Tanh)


def points(model, layers):
    """By layer: the module whose output is scored, the layer itself or what follows it directly."""
    leaves = [(name, module) for name, module in model.named_modules() if not list(module.children())]
    names = [name for name, _ in leaves]
    found = {}
    for layer in layers:
        if layer["name"] not in names:
            continue
        place = names.index(layer["name"])
        point = leaves[place][1]
        for _, module in leaves[place + 1:]:
            normalizes = isinstance(module, nn.modules.batchnorm._BatchNorm) and module.num_features == layer["channels"]
            if not normalizes and not isinstance(module, ACTIVATIONS):
                break
            point = module
            if not normalizes:
                break
        found[layer["name"]] = point
    return found


def taylor_scores(model, batches, layers, loss=nn.functional.cross_entropy):
    """By layer the mean score of each kernel, over batches of (input, target)."""
    kept, sums, examples = {}, {}, 0

    def keep(name):
        def hook(module, inputs, output):
            # A block may use its activation again, behind other layers.
            if name in kept:
                return None
            output.retain_grad()
            kept[name] = output
            # What comes next may write over it.
            return output.clone()
        return hook

    model.eval()
    hooks = [module.register_forward_hook(keep(name)) for name, module in points(model, layers).items()]
    for inputs, targets in batches:
        model.zero_grad()
        kept.clear()
        loss(model(inputs), targets, reduction="sum").backward()
        for name, z in kept.items():
            terms = (z * z.grad).detach().double()
            terms = terms.flatten(2).mean(2) if terms.dim() > 2 else terms
            sums[name] = sums.get(name, 0) + terms.abs().sum(0).cpu()
        examples += len(inputs)
    for hook in hooks:
        hook.remove()
    return {name: (total / examples).tolist() for name, total in sums.items()}


if __name__ == "__main__":
    from mine import batches, model

    layers = json.load(open("prunable.json"))["layers"]
    json.dump(taylor_scores(model, batches, layers), open("scores.json", "w"))
