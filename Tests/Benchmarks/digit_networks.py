"""Two small digit classifiers, trained in a minute or two on scikit-learn's handwritten digits and written as ONNX files.

The 1,797 digits of 8×8 are drawn larger into 28×28 pixels, each time at another place and size, turned and slanted. 1,300
of them are trained on and give the calibration images; the others, drawn five times each, are the test.
"""
import numpy as np
import onnx
import torch
from sklearn.datasets import load_digits

from torch_networks import trained

EPOCHS = 100


def drawn(digits, random):
    """Each digit of 8×8 once, at a random place, size, angle and slant."""
    count = len(digits)
    angle, slant = random.uniform(-0.1, 0.1, count), random.uniform(-0.15, 0.15, count)
    scale = random.uniform(1.2, 1.4, count)
    transforms = np.zeros((count, 2, 3), np.float32)
    transforms[:, 0, 0], transforms[:, 0, 1] = scale * np.cos(angle), -scale * np.sin(angle) + slant
    transforms[:, 1, 0], transforms[:, 1, 1] = scale * np.sin(angle), scale * np.cos(angle)
    transforms[:, :, 2] = random.uniform(-0.1, 0.1, (count, 2))
    grid = torch.nn.functional.affine_grid(torch.from_numpy(transforms), (count, 1, 28, 28), align_corners=False)
    images = torch.from_numpy(digits[:, None].astype(np.float32) / 16)
    return torch.nn.functional.grid_sample(images, grid, align_corners=False).numpy()


def data():
    """Training digits of 8×8 with their labels, and the test as drawn."""
    digits, labels = load_digits(return_X_y=True)
    digits, labels = digits.reshape(-1, 8, 8), labels.astype(np.int64)
    order = np.random.default_rng(0).permutation(len(digits))
    train, test = order[:1300], np.repeat(order[1300:], 5)
    return (digits[train], labels[train]), (drawn(digits[test], np.random.default_rng(1)), labels[test])


class Plain(torch.nn.Sequential):
    """Two convolutions and a linear layer of 128 units: 95 % of the parameters, 10 % of the multiply-accumulates."""

    def __init__(self):
        nn = torch.nn
        super().__init__(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10))


class Inverted(torch.nn.Module):
    """A block that widens, filters each channel by itself, narrows, and adds what came in where sizes are the same."""

    def __init__(self, channels, made, stride):
        nn = torch.nn
        super().__init__()
        wide = 4 * channels
        self.adds = stride == 1 and channels == made
        self.body = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU(),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU(),
            nn.Conv2d(wide, made, 1, bias=False), nn.BatchNorm2d(made))

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class Mobile(torch.nn.Sequential):
    """Residual blocks with depthwise convolutions."""

    def __init__(self):
        nn = torch.nn
        super().__init__(
            nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            Inverted(16, 16, 1), Inverted(16, 32, 2), Inverted(32, 32, 1), Inverted(32, 32, 1),
            nn.Conv2d(32, 96, 1, bias=False), nn.BatchNorm2d(96), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))


def made(name, path):
    """Trains a network and writes it."""
    (digits, labels), _ = data()
    torch.manual_seed(0)
    network = {"digits-plain": Plain, "digits-mobile": Mobile}[name]()
    # Every digit four times an epoch.
    network = trained(
        network, np.tile(digits, (4, 1, 1)), np.tile(labels, 4), epochs=EPOCHS // 4, seed=0, rate=2e-3, augment=drawn)
    exported = torch.onnx.export(
        network, (torch.zeros(2, 1, 28, 28),), dynamo=True, input_names=["input"], output_names=["output"],
        dynamic_shapes=({0: torch.export.Dim("batch")},))
    onnx.save(exported.model_proto, path)
