"""The networks of against_rivals.py, at the sizes that they are used at, with random weights.

`NETWORKS` maps a name to a `Network`. Those that are not torchvision's or timm's are written here after what was
published of them, or come from the practice set (Tests/CrossChecks/architectures.py).
"""
import dataclasses
import pathlib
import sys
import typing

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "CrossChecks"))

from architectures import DYNAMO_OPEN, LEGACY, WaveNet, double, randomize, segmentation, torchvision_models, tv


@dataclasses.dataclass(frozen=True)
class Network:
    """A network to measure: how it is made, the shape of an example, and what is asked of it."""

    make: typing.Callable[[], nn.Module]
    shape: tuple[int, ...]
    exporter: str = LEGACY
    # Batches that stand for all others.
    batches: tuple[int, ...] = ()
    # Examples of the largest batch that is scored and trained: what lies in between is kept in memory.
    most: int = 32

    def model(self):
        """The same weights in every process."""
        torch.manual_seed(0)
        model = self.make().eval()
        randomize(model)
        for module in model.modules():
            # Exports leave nothing out; so all sides do the same work.
            if type(module).__name__ in ("Dropout", "StochasticDepth"):
                module.p = 0.0
        return model


def timm_network(name, **settings):
    def make():
        torchvision_models()
        import timm

        return timm.create_model(name, pretrained=False, **settings)

    return make


def convolution(a, b, size=3, stride=1, groups=1, activation=nn.ReLU):
    """A convolution that keeps the size of the picture, normalized and activated."""
    return nn.Sequential(
        nn.Conv2d(a, b, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(b), activation())


def reference():
    def block(a, b, size, padding):
        return [nn.Conv2d(a, b, size, padding=padding), nn.BatchNorm2d(b), nn.ReLU()]

    return nn.Sequential(
        *block(1, 20, 5, 0), *block(20, 20, 3, 1), *block(20, 20, 3, 1), nn.Flatten(), nn.Linear(11520, 10))


def swish_convolution(a, b, size=1, stride=1):
    return convolution(a, b, size, stride, activation=nn.SiLU)


class Bottleneck(nn.Module):
    def __init__(self, width, adds):
        super().__init__()
        self.body = nn.Sequential(swish_convolution(width, width, 3), swish_convolution(width, width, 3))
        self.adds = adds

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class C2f(nn.Module):
    """Half of the channels pass a row of bottlenecks, and all that comes out on the way is joined."""

    def __init__(self, a, b, count, adds):
        super().__init__()
        self.first = swish_convolution(a, b)
        self.blocks = nn.ModuleList([Bottleneck(b // 2, adds) for _ in range(count)])
        self.last = swish_convolution((2 + count) * b // 2, b)

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.last(torch.cat(parts, 1))


class SPPF(nn.Module):
    """The same pool three times over, and all of it joined."""

    def __init__(self, width):
        super().__init__()
        self.first, self.pool, self.last = (
            swish_convolution(width, width // 2), nn.MaxPool2d(5, 1, 2), swish_convolution(2 * width, width))

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.last(torch.cat(parts, 1))


class BoxDecoder(nn.Module):
    """Distances to a box's four sides as expectations over `levels` values, from anchors to centres and sizes."""

    def __init__(self, width, strides, levels):
        super().__init__()
        self.levels = levels
        self.expectation = nn.Conv2d(levels, 1, 1, bias=False).requires_grad_(False)
        self.expectation.weight.data[:] = torch.arange(levels).view(1, levels, 1, 1)
        grids = [torch.arange(width // stride) + 0.5 for stride in strides]
        anchors = [torch.stack(torch.meshgrid(grid, grid, indexing="xy")).flatten(1) for grid in grids]
        self.register_buffer("anchors", torch.cat(anchors, 1))
        self.register_buffer("strides", torch.cat(
            [torch.full((1, (width // stride) ** 2), float(stride)) for stride in strides], 1))

    def forward(self, x):
        n, _, count = x.shape
        x = self.expectation(x.view(n, 4, self.levels, count).transpose(1, 2).softmax(1)).view(n, 4, count)
        near, far = x.chunk(2, 1)
        near, far = self.anchors - near, self.anchors + far
        return torch.cat([(near + far) / 2, far - near], 1) * self.strides


class YOLOv8n(nn.Module):
    """The detector of that name in its smallest form, with boxes decoded, before non-maximum suppression."""

    def __init__(self, width=320, classes=80, levels=16):
        super().__init__()
        c = swish_convolution
        self.stages = nn.ModuleList([
            nn.Sequential(c(3, 16, 3, 2), c(16, 32, 3, 2), C2f(32, 32, 1, True), c(32, 64, 3, 2), C2f(64, 64, 2, True)),
            nn.Sequential(c(64, 128, 3, 2), C2f(128, 128, 2, True)),
            nn.Sequential(c(128, 256, 3, 2), C2f(256, 256, 1, True), SPPF(256))])
        self.up = nn.Upsample(scale_factor=2.0, mode="nearest")
        self.tops = nn.ModuleList([C2f(384, 128, 1, False), C2f(192, 64, 1, False)])
        self.downs = nn.ModuleList([c(64, 64, 3, 2), c(128, 128, 3, 2)])
        self.bottoms = nn.ModuleList([C2f(192, 128, 1, False), C2f(384, 256, 1, False)])
        self.boxes = nn.ModuleList([self.head(a, 64, 4 * levels) for a in (64, 128, 256)])
        self.labels = nn.ModuleList([self.head(a, 80, classes) for a in (64, 128, 256)])
        self.decoder, self.parts = BoxDecoder(width, (8, 16, 32), levels), [4 * levels, classes]

    @staticmethod
    def head(a, width, b):
        return nn.Sequential(swish_convolution(a, width, 3), swish_convolution(width, width, 3), nn.Conv2d(width, b, 1))

    def forward(self, x):
        small = self.stages[0](x)
        middle = self.stages[1](small)
        large = self.stages[2](middle)
        middle = self.tops[0](torch.cat([self.up(large), middle], 1))
        small = self.tops[1](torch.cat([self.up(middle), small], 1))
        middle = self.bottoms[0](torch.cat([self.downs[0](small), middle], 1))
        large = self.bottoms[1](torch.cat([self.downs[1](middle), large], 1))
        maps = [
            torch.cat([boxes(level), labels(level)], 1).flatten(2)
            for boxes, labels, level in zip(self.boxes, self.labels, (small, middle, large))]
        boxes, labels = torch.cat(maps, 2).split(self.parts, 1)
        return torch.cat([self.decoder(boxes), labels.sigmoid()], 1)


class BilinearUNet(nn.Module):
    """The U-Net whose decoder enlarges bilinearly."""

    def __init__(self, widths=(32, 64, 128, 256, 256)):
        super().__init__()
        self.down = nn.ModuleList([double(a, b) for a, b in zip((3, *widths), widths)])
        self.pool, self.up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.merge = nn.ModuleList()
        previous = widths[-1]
        for width in reversed(widths[:-1]):
            self.merge.append(double(previous + width, width))
            previous = width
        self.head = nn.Conv2d(previous, 2, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(self.pool(x) if level else x)
            skips.append(x)
        for merge, skip in zip(self.merge, reversed(skips[:-1])):
            x = merge(torch.cat([skip, self.up(x)], 1))
        return self.head(x)


class ChannelNorm(nn.Module):
    """Layer normalization over the channels, written out."""

    def __init__(self, width, epsilon=1e-6):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.epsilon = epsilon

    def forward(self, x):
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        y = (x - mean) / (variance + self.epsilon).sqrt()
        return self.weight.view(1, -1, 1, 1) * y + self.bias.view(1, -1, 1, 1)


class SimpleGate(nn.Module):
    def forward(self, x):
        a, b = x.chunk(2, 1)
        return a * b


class NAFBlock(nn.Module):
    """A gated depthwise convolution with simplified channel attention, then a gated pair of 1×1 convolutions."""

    def __init__(self, width):
        super().__init__()
        self.norms = nn.ModuleList([ChannelNorm(width), ChannelNorm(width)])
        self.gate = SimpleGate()
        self.wide = nn.Sequential(
            nn.Conv2d(width, 2 * width, 1), nn.Conv2d(2 * width, 2 * width, 3, padding=1, groups=2 * width))
        self.attention = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(width, width, 1))
        self.narrow = nn.Conv2d(width, width, 1)
        self.feed = nn.Sequential(nn.Conv2d(width, 2 * width, 1), SimpleGate(), nn.Conv2d(width, width, 1))
        self.beta, self.gamma = (nn.Parameter(torch.zeros(1, width, 1, 1)) for _ in range(2))

    def forward(self, x):
        y = self.gate(self.wide(self.norms[0](x)))
        x = x + self.narrow(y * self.attention(y)) * self.beta
        return x + self.feed(self.norms[1](x)) * self.gamma


class NAFNet(nn.Module):
    """Restores pictures without an activation function; a U of gated blocks with pixel shuffles."""

    def __init__(self, width=32, encoders=(2, 2, 4, 8), middle=12, decoders=(2, 2, 2, 2)):
        super().__init__()
        self.first, self.last = nn.Conv2d(3, width, 3, padding=1), nn.Conv2d(width, 3, 3, padding=1)
        self.encoders, self.downs, self.ups, self.decoders = (nn.ModuleList() for _ in range(4))
        for count in encoders:
            self.encoders.append(self.row(width, count))
            self.downs.append(nn.Conv2d(width, 2 * width, 2, 2))
            width *= 2
        self.middle = self.row(width, middle)
        for count in decoders:
            self.ups.append(nn.Sequential(nn.Conv2d(width, 2 * width, 1, bias=False), nn.PixelShuffle(2)))
            width //= 2
            self.decoders.append(self.row(width, count))

    @staticmethod
    def row(width, count):
        return nn.Sequential(*[NAFBlock(width) for _ in range(count)])

    def forward(self, picture):
        x, skips = self.first(picture), []
        for encoder, down in zip(self.encoders, self.downs):
            x = encoder(x)
            skips.append(x)
            x = down(x)
        x = self.middle(x)
        for up, decoder, skip in zip(self.ups, self.decoders, reversed(skips)):
            x = decoder(up(x) + skip)
        return self.last(x) + picture


class Detector(nn.Module):
    """A feature pyramid over ResNet-18, with towers for boxes and classes that all levels share."""

    def __init__(self, width=128, classes=20, anchors=3):
        super().__init__()
        body = torchvision_models().resnet18(weights=None)
        self.stem = nn.Sequential(body.conv1, body.bn1, nn.ReLU(), body.maxpool, body.layer1)
        self.stages = nn.ModuleList([body.layer2, body.layer3, body.layer4])
        self.lateral = nn.ModuleList([nn.Conv2d(c, width, 1) for c in (128, 256, 512)])
        self.smooth = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(3)])
        self.boxes, self.labels = self.tower(width, 4 * anchors), self.tower(width, classes * anchors)
        self.classes = classes

    @staticmethod
    def tower(width, outputs):
        return nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, outputs, 3, padding=1))

    def forward(self, x):
        x, levels = self.stem(x), []
        for stage, lateral in zip(self.stages, self.lateral):
            x = stage(x)
            levels.append(lateral(x))
        for place in (1, 0):
            levels[place] = levels[place] + F.interpolate(levels[place + 1], scale_factor=2.0, mode="nearest")
        levels = [smooth(level) for smooth, level in zip(self.smooth, levels)]
        boxes = torch.cat([self.boxes(level).permute(0, 2, 3, 1).flatten(1) for level in levels], 1)
        labels = torch.cat([self.labels(level).permute(0, 2, 3, 1).flatten(1) for level in levels], 1)
        return boxes.unflatten(1, (-1, 4)), labels.unflatten(1, (-1, self.classes)).sigmoid()


class EDSR(nn.Module):
    """Super-resolution by residual blocks without normalization and a pixel shuffle."""

    def __init__(self, width=64, count=16, scale=2):
        super().__init__()

        def layer(a, b):
            return nn.Conv2d(a, b, 3, padding=1)

        self.head = layer(3, width)
        self.blocks = nn.ModuleList([
            nn.Sequential(layer(width, width), nn.ReLU(), layer(width, width)) for _ in range(count)])
        self.body = layer(width, width)
        self.tail = nn.Sequential(layer(width, width * scale**2), nn.PixelShuffle(scale), layer(width, 3))

    def forward(self, x):
        x = self.head(x)
        y = x
        for block in self.blocks:
            y = y + 0.1 * block(y)
        return self.tail(x + self.body(y))


class CRNN(nn.Module):
    """Reads a line of text: convolutions to a row of features, two recurrent layers, a label a column."""

    def __init__(self, labels=37, hidden=256):
        super().__init__()
        self.features = nn.Sequential(
            convolution(1, 64), nn.MaxPool2d(2), convolution(64, 128), nn.MaxPool2d(2),
            convolution(128, 256), convolution(256, 256), nn.MaxPool2d((2, 1)),
            convolution(256, 512), convolution(512, 512), nn.MaxPool2d((2, 1)),
            nn.Conv2d(512, 512, 2, bias=False), nn.BatchNorm2d(512), nn.ReLU())
        self.rnn = nn.LSTM(512, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, labels)

    def forward(self, x):
        return self.head(self.rnn(self.features(x).squeeze(2).transpose(1, 2))[0])


class WrittenHardSwish(nn.Module):
    """As exporters write it out that know no operator for it."""

    def forward(self, x):
        return x * torch.clip(x + 3.0, 0.0, 6.0) / 6.0


class WrittenSqueeze(nn.Module):
    """Squeeze and excitation with a written-out hard sigmoid."""

    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)

    def forward(self, x):
        gate = self.up(F.relu(self.down(x.mean((2, 3), keepdim=True))))
        return x * (torch.clip(gate + 3.0, 0.0, 6.0) / 6.0)


class Inverted(nn.Module):
    """An inverted residual of MobileNetV3."""

    def __init__(self, a, wide, b, size, squeezes, activation, stride):
        super().__init__()
        self.adds = a == b and stride == 1
        self.body = nn.Sequential(
            convolution(a, wide, 1, activation=activation),
            convolution(wide, wide, size, stride, wide, activation),
            WrittenSqueeze(wide) if squeezes else nn.Identity(),
            convolution(wide, b, 1, activation=nn.Identity))

    def forward(self, x):
        return x + self.body(x) if self.adds else self.body(x)


class MobileRecognizer(nn.Module):
    """Reads a line of text on a telephone: MobileNetV3-small at half its width, strides along the height only, one
    small recurrent layer, and as many labels as a large alphabet has."""

    def __init__(self, labels=6625, hidden=48):
        super().__init__()
        swish, tall = WrittenHardSwish, (2, 1)
        self.features = nn.Sequential(
            convolution(3, 8, 3, 2, activation=swish),
            Inverted(8, 8, 8, 3, True, nn.ReLU, 1),
            Inverted(8, 40, 16, 3, False, nn.ReLU, tall), Inverted(16, 48, 16, 3, False, nn.ReLU, 1),
            Inverted(16, 48, 24, 5, True, swish, tall), Inverted(24, 120, 24, 5, True, swish, 1),
            Inverted(24, 120, 24, 5, True, swish, 1), Inverted(24, 64, 24, 5, True, swish, 1),
            Inverted(24, 72, 24, 5, True, swish, 1), Inverted(24, 144, 48, 5, True, swish, tall),
            Inverted(48, 288, 48, 5, True, swish, 1), Inverted(48, 288, 48, 5, True, swish, 1),
            convolution(48, 288, 1, activation=swish), nn.MaxPool2d(2, 2))
        self.rnn = nn.LSTM(288, hidden, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * hidden, labels)

    def forward(self, x):
        features = self.features(x).mean(2).transpose(1, 2)
        return self.head(self.rnn(features)[0]).softmax(2)


class SoundBlock(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(a, b, 3, stride, 1, bias=False), nn.BatchNorm1d(b), nn.ReLU(),
            nn.Conv1d(b, b, 3, 1, 1, bias=False), nn.BatchNorm1d(b))
        self.shortcut = nn.Identity() if (a, stride) == (b, 1) else nn.Sequential(
            nn.Conv1d(a, b, 1, stride, bias=False), nn.BatchNorm1d(b))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def sound_resnet(widths=(64, 128, 256, 512), labels=35):
    """ResNet-18 over the samples of a sound."""
    layers = [nn.Conv1d(1, widths[0], 80, 4, 38), nn.BatchNorm1d(widths[0]), nn.ReLU(), nn.MaxPool1d(4)]
    previous = widths[0]
    for width in widths:
        layers += [SoundBlock(previous, width, 1 if width == widths[0] else 2), SoundBlock(width, width, 1)]
        previous = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(previous, labels))


PICTURE = (3, 224, 224)

NETWORKS = {
    # classification by convolutions
    "resnet18": Network(tv("resnet18"), PICTURE),
    "resnet50": Network(tv("resnet50"), PICTURE),
    "vgg11_bn": Network(tv("vgg11_bn"), PICTURE),
    "mobilenet_v2": Network(tv("mobilenet_v2"), PICTURE),
    "reference": Network(reference, (1, 28, 28), batches=(128,), most=128),
    "convnext_tiny": Network(tv("convnext_tiny"), PICTURE),
    "fastvit_t8": Network(timm_network("fastvit_t8"), PICTURE),
    "efficientnet_b0": Network(tv("efficientnet_b0"), PICTURE),
    "mobilenet_v3_large": Network(tv("mobilenet_v3_large"), PICTURE),
    "shufflenet_v2_x1_0": Network(tv("shufflenet_v2_x1_0"), PICTURE),
    "densenet121": Network(tv("densenet121"), PICTURE),
    "regnet_y_400mf": Network(tv("regnet_y_400mf"), PICTURE),
    "ghostnet_100": Network(timm_network("ghostnet_100"), PICTURE),
    "repvgg_a0": Network(timm_network("repvgg_a0"), PICTURE),
    "hrnet_w18_small": Network(timm_network("hrnet_w18_small"), PICTURE),
    "inception_v3": Network(tv("inception_v3", aux_logits=False, init_weights=False), (3, 299, 299)),
    # with attention, or products of matrices alone
    "vit_small": Network(timm_network("vit_small_patch16_224"), PICTURE),
    "deit_tiny": Network(timm_network("deit_tiny_patch16_224"), PICTURE),
    "swin_t": Network(timm_network("swin_tiny_patch4_window7_224"), PICTURE),
    "mixer_s16": Network(timm_network("mixer_s16_224"), PICTURE),
    "mobilevit_s": Network(timm_network("mobilevit_s"), (3, 256, 256), most=16),
    "efficientformer_l1": Network(timm_network("efficientformer_l1"), PICTURE),
    # detection, segmentation, restoration
    "yolov8n": Network(YOLOv8n, (3, 320, 320)),
    "detector": Network(Detector, (3, 256, 256)),
    "deeplabv3_mobilenet_v3": Network(segmentation("deeplabv3_mobilenet_v3_large"), (3, 256, 256)),
    "unet_bilinear": Network(BilinearUNet, (3, 128, 128)),
    "nafnet": Network(NAFNet, (3, 64, 64)),
    "edsr": Network(EDSR, (3, 48, 48)),
    # text, sound, video
    "crnn": Network(CRNN, (1, 32, 128)),
    "mobile_recognizer": Network(MobileRecognizer, (3, 32, 320)),
    "wavenet": Network(lambda: WaveNet(width=64, layers=10), (1, 4096)),
    "sound_resnet": Network(sound_resnet, (1, 16000)),
    "r3d_18": Network(tv("r3d_18", num_classes=400), (3, 8, 112, 112)),
}
