"""Networks that leave the number and the size of their inputs open, for open_sizes.py.

`NETWORKS` maps a name to (a function that makes the module, the shape to prune at, its open axes, other shapes).
"""
import torch
from torch import nn
from torch.nn import functional as F

from architectures import SuperResolution, UNet, double, segmentation, tv


class Decoder(nn.Module):
    """Features brought to the size of a skip, a gate spread over the picture, attention over all positions with its
    channels shuffled before and normalised in groups behind, and a pixel shuffle written as views."""

    def __init__(self):
        super().__init__()
        self.skip, self.deep, self.merge = double(3, 16), double(16, 24), double(40, 16)
        self.gate = nn.Conv2d(16, 16, 1)
        self.q, self.k, self.v = nn.Conv2d(16, 8, 1), nn.Conv2d(16, 8, 1), nn.Conv2d(16, 16, 1)
        self.norm = nn.GroupNorm(4, 16)
        self.wide, self.last = nn.Conv2d(16, 4 * 12, 3, padding=1), nn.Conv2d(12, 2, 1)

    def forward(self, x):
        skip = self.skip(x)
        deep = F.interpolate(self.deep(F.max_pool2d(skip, 2)), size=skip.shape[2:], mode="bilinear", align_corners=False)
        y = self.merge(torch.cat([skip, deep], 1))
        y = y * torch.sigmoid(self.gate(y.mean((2, 3), keepdim=True))).expand_as(y)
        n, _, h, w = y.shape
        y = y.view(n, 2, 8, h, w).transpose(1, 2).reshape(n, 16, h, w)
        q, k, v = (layer(y).flatten(2) for layer in (self.q, self.k, self.v))
        mixed = v @ (q.transpose(1, 2) @ k / 8**0.5).softmax(-1).transpose(1, 2)
        y = self.wide(F.relu(self.norm(mixed.view(n, 16, h, w) + y)))
        y = y.view(n, 12, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, 12, 2 * h, 2 * w)
        return self.last(F.relu(y))


class TextLine(nn.Module):
    """Reads lines of one height: columns of channels and rows become a sequence."""

    def __init__(self, cell=nn.LSTM):
        super().__init__()
        self.features = nn.Sequential(double(1, 16), nn.MaxPool2d(2), double(16, 24), nn.MaxPool2d(2, (2, 1), (0, 1)))
        self.project, self.rnn, self.head = nn.Linear(24 * 4, 20), cell(20, 12, bidirectional=True), nn.Linear(24, 11)

    def forward(self, x):
        y = self.features(x)
        n, c, h, w = y.shape
        y = self.project(y.permute(3, 0, 1, 2).reshape(w, n, c * h))
        return self.head(self.rnn(F.relu(y))[0])


class FlatLine(nn.Module):
    """The same with the sequence and the batch as one axis, and a convolution behind that takes them apart."""

    def __init__(self):
        super().__init__()
        self.features, self.project, self.last = double(1, 16), nn.Linear(16 * 8, 12), nn.Conv2d(12, 5, 1)

    def forward(self, x):
        y = self.features(x)
        n, c, h, w = y.shape
        y = F.relu(self.project(y.permute(0, 3, 1, 2).reshape(-1, c * h)))
        return self.last(y.view(n, w, 1, 12).permute(0, 3, 2, 1))


class Windows(nn.Module):
    """Attention within windows of four by four, as Swin has it, over pictures of any size that windows fill."""

    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads, self.stem, self.norm = heads, nn.Conv2d(3, width, 3, padding=1), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.head = nn.Conv2d(width, 3, 1)

    def forward(self, x):
        x = self.stem(x).permute(0, 2, 3, 1)
        n, h, w, c = x.shape
        y = self.norm(x).view(n, h // 4, 4, w // 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, c)
        q, k, v = self.qkv(y).reshape(y.shape[0], 16, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = ((q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
        y = self.proj(y.transpose(1, 2).reshape(-1, 16, c))
        y = y.view(n, h // 4, w // 4, 4, 4, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        x = x + y
        return self.head((x + self.mlp(x)).permute(0, 3, 1, 2))


class Pooled(nn.Module):
    """A head over pools of fixed size, with attention pooling and a context that is spread over the picture."""

    def __init__(self):
        super().__init__()
        self.stem, self.score, self.context = double(3, 16), nn.Conv2d(16, 1, 1), nn.Conv2d(16, 12, 1)
        self.mix, self.head = double(28, 20), nn.Linear(20, 5)

    def forward(self, x):
        y = self.stem(x)
        weights = self.score(y).flatten(2).softmax(-1)
        pooled = (y.flatten(2) @ weights.transpose(1, 2)).unsqueeze(-1)
        context = F.relu(self.context(pooled)).repeat(1, 1, y.shape[2], y.shape[3])
        y = self.mix(torch.cat([y, context], 1))
        return self.head(F.adaptive_avg_pool2d(y, 1).flatten(1))


class Indexed(nn.Module):
    """Channels and examples picked by indices that are computed from shapes."""

    def __init__(self):
        super().__init__()
        self.stem, self.mid, self.last = double(3, 16), double(16, 12), nn.Conv2d(12, 4, 1)

    def forward(self, x):
        y = self.stem(x)
        y = y[:, torch.arange(y.shape[1], device=x.device)]
        y = self.mid(y[torch.arange(y.shape[0], device=x.device)])
        y = y.index_select(3, torch.arange(y.shape[3] // 2, device=x.device) * 2)
        return self.last(y[:, :, : y.shape[2] // 2] / (y.shape[1] * y.shape[3]) ** 0.5)


class Strided(nn.Module):
    """A flattened map of which every example's channels are found by arithmetic on indices."""

    def __init__(self):
        super().__init__()
        self.stem, self.head = double(3, 16), nn.Linear(16, 5)

    def forward(self, x):
        y = self.stem(x).mean((2, 3))
        places = torch.arange(y.shape[0]).unsqueeze(1) * 16 + torch.arange(16)
        return self.head(torch.relu(y.reshape(-1)[places]))


class Detector(nn.Module):
    """A one-stage detector: slices of the picture as channels, a pyramid by interpolation, boxes on computed grids."""

    def __init__(self, anchors=2, outputs=7):
        super().__init__()
        self.anchors, self.outputs = anchors, outputs
        self.focus, self.down = double(12, 16), nn.Sequential(nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU(), double(24, 24))
        self.merge = double(40, 20)
        self.heads = nn.ModuleList([nn.Conv2d(c, anchors * outputs, 1) for c in (20, 24)])

    def forward(self, x):
        x = torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)
        high = self.focus(x)
        low = self.down(high)
        high = self.merge(torch.cat([high, F.interpolate(low, scale_factor=2.0)], 1))
        found = []
        for y, head in zip((high, low), self.heads):
            n, _, h, w = y.shape
            y = head(y).view(n, self.anchors, self.outputs, h, w).permute(0, 1, 3, 4, 2)
            rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            grid = torch.stack([columns, rows], 2).view(1, 1, h, w, 2).float()
            xy, rest = y[..., :2].sigmoid() * 2 + grid, y[..., 2:].sigmoid()
            found.append(torch.cat([xy, rest], 4).reshape(n, -1, self.outputs))
        return torch.cat(found, 1)


class Positions(nn.Module):
    """Patches with learned positions that are stretched to the picture, and attention over them."""

    def __init__(self, width=16, heads=2):
        super().__init__()
        self.heads, self.patch = heads, nn.Conv2d(3, width, 4, 4)
        self.places = nn.Parameter(torch.randn(1, width, 4, 4))
        self.norm, self.qkv, self.proj = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp, self.head = nn.Sequential(nn.Linear(width, 40), nn.GELU(), nn.Linear(40, width)), nn.Linear(width, 5)

    def forward(self, x):
        x = self.patch(x)
        x = x + F.interpolate(self.places, size=x.shape[2:], mode="bilinear", align_corners=False)
        x = x.flatten(2).transpose(1, 2)
        n, length, c = x.shape
        q, k, v = self.qkv(self.norm(x)).view(n, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = ((q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5).softmax(-1) @ v
        x = x + self.proj(y.transpose(1, 2).reshape(n, length, c))
        return self.head((x + self.mlp(x)).mean(1))


class Atrous(nn.Module):
    """Parallel convolutions and a pooled branch, brought back to the size of the picture."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU())
        self.branches = nn.ModuleList([nn.Conv2d(16, 12, 3, padding=d, dilation=d) for d in (1, 2)])
        self.pool, self.mix, self.head = nn.Conv2d(16, 12, 1), double(36, 20), nn.Conv2d(20, 3, 1)

    def forward(self, x):
        y = self.stem(x)
        pooled = F.relu(self.pool(F.adaptive_avg_pool2d(y, 1)))
        pooled = F.interpolate(pooled, size=y.shape[-2:], mode="bilinear", align_corners=False)
        y = self.mix(torch.cat([F.relu(b(y)) for b in self.branches] + [pooled], 1))
        return F.interpolate(self.head(y), size=x.shape[-2:], mode="bilinear", align_corners=False)


class Padded(nn.Module):
    """Pictures padded to a multiple of eight and cut back, as restoration networks do."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 16, 3, 2, 1), nn.Conv2d(16, 4 * 3, 3, padding=1)

    def forward(self, x):
        h, w = x.shape[2], x.shape[3]
        y = F.pad(x, (0, (8 - w % 8) % 8, 0, (8 - h % 8) % 8))
        y = F.pixel_shuffle(self.c(F.relu(self.b(F.relu(self.a(y))))), 2)
        return y[:, :, :h, :w]


class ConvNeXt(nn.Module):
    """Blocks and head of torchvision's ConvNeXt, narrow."""

    def __init__(self):
        super().__init__()
        import architectures

        models = architectures.torchvision_models()
        config = models.convnext.CNBlockConfig
        self.body = models.convnext.ConvNeXt([config(16, 24, 1), config(24, None, 1)], num_classes=5)

    def forward(self, x):
        return self.body(x)


class Grouped(nn.Module):
    """Channels shuffled by their own count, split, and joined the other way round."""

    def __init__(self):
        super().__init__()
        self.stem, self.mid, self.last = double(3, 16), nn.Conv2d(16, 16, 3, padding=1, groups=2), nn.Conv2d(16, 4, 1)

    def forward(self, x):
        y = self.mid(self.stem(x))
        n, c, h, w = y.shape
        y = F.relu(y.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w))
        a, b = y.chunk(2, 1)
        return self.last(torch.cat([b, a], 1))


BATCH, WIDTH, PICTURE = {0: "n"}, {0: "n", 3: "w"}, {0: "n", 2: "h", 3: "w"}


def pictures(width, step=8):
    """The shape of a square picture, and two others."""
    return (1, 3, width, width), PICTURE, [(2, 3, width + step, width + 2 * step), (1, 3, width - step, 2 * width)]


LINES = (1, 1, 16, 24), WIDTH, [(2, 1, 16, 40), (1, 1, 16, 12)]
# The file leaves the height open too, although one height alone is right.
ANY_LINES = (1, 1, 16, 24), PICTURE, [(2, 1, 16, 40), (1, 1, 16, 12)]
EXAMPLES = (1, 3, 16, 16), BATCH, [(2, 3, 16, 16), (3, 3, 16, 16)]
SHORT_LINES = (1, 1, 8, 20), PICTURE, [(2, 1, 8, 32), (1, 1, 8, 7)]

NETWORKS = {
    "fcn_resnet50": (segmentation("fcn_resnet50"), *pictures(64)),
    "unet": (UNet, *pictures(32)),
    "super_resolution": (SuperResolution, *pictures(24)),
    "shufflenet_v2_x0_5": (tv("shufflenet_v2_x0_5"), *pictures(64)),
    "decoder": (Decoder, *pictures(16)),
    "text_line": (TextLine, *LINES),
    "text_line_any": (TextLine, *ANY_LINES),
    "flat_line": (FlatLine, *SHORT_LINES),
    "windows": (Windows, *pictures(16)),
    "windows_batch": (Windows, *EXAMPLES),
    "pooled": (Pooled, *pictures(16)),
    "indexed": (Indexed, *pictures(16)),
    "strided": (Strided, *EXAMPLES),
    "detector": (Detector, *pictures(16)),
    "positions": (Positions, *pictures(16)),
    "atrous": (Atrous, *pictures(16)),
    "padded": (Padded, *pictures(16, 3)),
    "convnext": (ConvNeXt, *EXAMPLES),
    "grouped": (Grouped, *pictures(16)),
}

# The second exporter wants the one height that is right written down.
NOT_BY_DYNAMO = {"flat_line"}
