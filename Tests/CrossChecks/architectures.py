"""The practice set: architectures of torchvision and timm and networks of our own, with random weights.

`ARCHITECTURES` maps a name to (exporter, input shape, a function that makes the module). Pictures are as small as
the network allows, so that the whole set is quick. `randomize` gives what starts as zeros and ones values of its
own: many an untrained network forwards zeros otherwise, and exporters merge tensors that are equal.
"""
import functools

import torch
from torch import nn
from torch.nn import functional as F


@functools.cache
def torchvision_models():
    """torchvision's wheel lacks its operator library beside the CPU build of PyTorch."""
    global library  # as long as it lives, its definitions do
    library = torch.library.Library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torchvision.models


def tv(name, **settings):
    def make():
        models = torchvision_models()
        for part in (models, models.segmentation, models.video):
            if hasattr(part, name):
                return getattr(part, name)(weights=None, **settings)
        raise AttributeError(name)

    return make


def timm_model(name, width):
    def make():
        torchvision_models()
        import timm

        try:
            return timm.create_model(name, pretrained=False, exportable=True, img_size=width)
        except TypeError:  # purely convolutional: any size will do
            return timm.create_model(name, pretrained=False, exportable=True)

    return make


def segmentation(name):
    return tv(name, weights_backbone=None, num_classes=5)


class UNet(nn.Module):
    """Encoder and decoder with concatenated skips and transposed convolutions."""

    def __init__(self, widths=(16, 32, 64)):
        super().__init__()
        self.down, self.up, self.merge = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        previous = 3
        for width in widths:
            self.down.append(double(previous, width))
            previous = width
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(previous, width, 2, stride=2))
            self.merge.append(double(2 * width, width))
            previous = width
        self.head = nn.Conv2d(previous, 2, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for up, merge, skip in zip(self.up, self.merge, reversed(skips[:-1])):
            x = merge(torch.cat([skip, up(x)], 1))
        return self.head(x)


def double(a, b):
    return nn.Sequential(
        nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(),
        nn.Conv2d(b, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU())


class Pyramid(nn.Module):
    """Feature pyramid with one head shared by all levels and two outputs a level."""

    def __init__(self, width=32):
        super().__init__()
        self.stem = double(3, 16)
        self.stages = nn.ModuleList([double(16, 32), double(32, 48), double(48, 64)])
        self.lateral = nn.ModuleList([nn.Conv2d(c, width, 1) for c in (32, 48, 64)])
        self.smooth = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(3)])
        self.tower = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(8, width), nn.ReLU())
        self.boxes, self.classes = nn.Conv2d(width, 4, 1), nn.Conv2d(width, 6, 1)

    def forward(self, x):
        x, levels = self.stem(x), []
        for stage, lateral in zip(self.stages, self.lateral):
            x = stage(F.max_pool2d(x, 2))
            levels.append((x, lateral))
        top, outputs = None, []
        for (level, lateral), smooth in reversed(list(zip(levels, self.smooth))):
            here = lateral(level)
            top = here if top is None else here + F.interpolate(top, scale_factor=2.0, mode="nearest")
            features = self.tower(smooth(top))
            boxes = self.boxes(features).flatten(2).transpose(1, 2)
            outputs += [boxes, self.classes(features).flatten(2).transpose(1, 2)]
        return torch.cat(outputs[0::2], 1), torch.cat(outputs[1::2], 1)


class SuperResolution(nn.Module):
    """Residual blocks, then two pixel shuffles."""

    def __init__(self, width=32):
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList([
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width), nn.Conv2d(width, width, 3, padding=1))
            for _ in range(3)])
        self.tail = nn.Sequential(
            nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU(width),
            nn.Conv2d(width, 4 * 24, 3, padding=1), nn.PixelShuffle(2), nn.LeakyReLU(0.1), nn.Conv2d(24, 3, 3, padding=1))

    def forward(self, x):
        x = self.head(x)
        y = x
        for block in self.blocks:
            y = y + block(y)
        return self.tail(x + y)


class Generator(nn.Module):
    """A latent vector to a picture by transposed convolutions."""

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(32, 64 * 4 * 4)
        self.body = nn.Sequential(
            nn.BatchNorm2d(64), nn.ReLU(),
            nn.ConvTranspose2d(64, 48, 4, 2, 1), nn.BatchNorm2d(48), nn.ReLU(),
            nn.ConvTranspose2d(48, 32, 4, 2, 1, groups=2), nn.InstanceNorm2d(32, affine=True), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(32, 3, 4, 2, 1), nn.Tanh())

    def forward(self, z):
        return self.body(self.project(z).view(-1, 64, 4, 4))


class Recognizer(nn.Module):
    """Convolutional features read as a sequence by a recurrent layer (text recognition)."""

    def __init__(self, cell):
        super().__init__()
        self.features = nn.Sequential(double(1, 24), nn.MaxPool2d(2), double(24, 48), nn.MaxPool2d(2), double(48, 64))
        self.rnn = cell(64, 32, bidirectional=True, batch_first=True)
        self.head = nn.Linear(64, 11)

    def forward(self, x):
        features = self.features(x).mean(2).transpose(1, 2)
        return self.head(self.rnn(features)[0])


class Siamese(nn.Module):
    """Two pictures through the same convolutions, compared."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(double(3, 16), nn.MaxPool2d(2), double(16, 32), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 2))

    def forward(self, a, b):
        return self.head((self.features(a) - self.features(b)).abs())


class MultiTask(nn.Module):
    """One trunk and three outputs, one of which is used inside as well."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(double(3, 24), nn.MaxPool2d(2), double(24, 32))
        self.mask = nn.Conv2d(32, 4, 1)
        self.depth = nn.Sequential(nn.Conv2d(32 + 4, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 1))
        self.label = nn.Linear(32, 10)

    def forward(self, x):
        x = self.trunk(x)
        mask = self.mask(x)
        return mask, self.depth(torch.cat([x, mask.softmax(1)], 1)), self.label(x.mean((2, 3)))


class Attention(nn.Module):
    """Convolutional stem, two transformer blocks written with `nn.MultiheadAttention`, and a classifier."""

    def __init__(self, width=48, heads=4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 8, stride=8)
        self.blocks = nn.ModuleList([
            nn.ModuleList([
                nn.LayerNorm(width), nn.MultiheadAttention(width, heads, batch_first=True), nn.LayerNorm(width),
                nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))])
            for _ in range(2)])
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        for first, attention, second, mlp in self.blocks:
            y = first(x)
            x = x + attention(y, y, y, need_weights=False)[0]
            x = x + mlp(second(x))
        return self.head(x.mean(1))


class Autoencoder3D(nn.Module):
    """A volume to itself, with skips."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv3d(1, 12, 3, padding=1), nn.BatchNorm3d(12), nn.ReLU())
        self.second = nn.Sequential(nn.Conv3d(12, 24, 3, stride=2, padding=1), nn.BatchNorm3d(24), nn.ReLU())
        self.up = nn.ConvTranspose3d(24, 12, 2, stride=2)
        self.last = nn.Conv3d(24, 1, 3, padding=1)

    def forward(self, x):
        a = self.first(x)
        return self.last(torch.cat([a, self.up(self.second(a))], 1))


class WaveNet(nn.Module):
    """Gated 1-D convolutions with residual and skip sums."""

    def __init__(self, width=24, layers=4):
        super().__init__()
        self.head = nn.Conv1d(1, width, 1)
        self.gates = nn.ModuleList([nn.Conv1d(width, 2 * width, 3, padding=2**i, dilation=2**i) for i in range(layers)])
        self.outs = nn.ModuleList([nn.Conv1d(width, 2 * width, 1) for _ in range(layers)])
        self.tail = nn.Conv1d(width, 4, 1)

    def forward(self, x):
        x, skips = self.head(x), 0
        for gate, out in zip(self.gates, self.outs):
            a, b = gate(x).chunk(2, 1)
            residual, skip = out(torch.tanh(a) * torch.sigmoid(b)).chunk(2, 1)
            x, skips = x + residual, skips + skip
        return self.tail(F.relu(skips))


def swin_v2():
    models = torchvision_models()
    from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformerBlockV2

    return models.SwinTransformer(
        [4, 4], 48, [2, 2], [2, 4], [4, 4], num_classes=10, block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)


# In the default opset of the second exporter GroupNorm is written out; opset 21 has an operator for it.
LEGACY, DYNAMO, DYNAMO_21 = "legacy", "dynamo", "dynamo, opset 21"
# Without constant folding, scales and sizes are computed by the graph; with an open batch, indices are too.
UNFOLDED, DYNAMO_OPEN = "legacy, not folded", "dynamo, open batch"
S, M = (1, 3, 64, 64), (1, 3, 96, 96)

ARCHITECTURES = {
    # torchvision: classification
    "alexnet": (LEGACY, (1, 3, 224, 224), tv("alexnet", num_classes=10)),
    "vgg11_bn": (DYNAMO, S, tv("vgg11_bn", num_classes=10)),
    "resnet18": (LEGACY, S, tv("resnet18")),
    "resnet50": (DYNAMO, S, tv("resnet50")),
    "resnext50_32x4d": (LEGACY, S, tv("resnext50_32x4d")),
    "densenet121": (LEGACY, S, tv("densenet121")),
    "googlenet": (LEGACY, S, tv("googlenet", aux_logits=False, init_weights=False)),
    "inception_v3": (DYNAMO, M, tv("inception_v3", aux_logits=False, init_weights=False)),
    "squeezenet1_1": (LEGACY, S, tv("squeezenet1_1")),
    "mobilenet_v2": (DYNAMO, S, tv("mobilenet_v2")),
    "mobilenet_v3_small": (LEGACY, S, tv("mobilenet_v3_small")),
    "shufflenet_v2_x1_0": (DYNAMO, S, tv("shufflenet_v2_x1_0")),
    "shufflenet_v2_x0_5": (LEGACY, S, tv("shufflenet_v2_x0_5")),
    "efficientnet_b0": (LEGACY, S, tv("efficientnet_b0")),
    "efficientnet_v2_s": (DYNAMO, S, tv("efficientnet_v2_s")),
    "regnet_y_400mf": (DYNAMO, S, tv("regnet_y_400mf")),
    "convnext_tiny": (DYNAMO, S, tv("convnext_tiny")),
    "vit_small": (LEGACY, S, lambda: torchvision_models().VisionTransformer(64, 16, 4, 4, 96, 192, num_classes=10)),
    "swin_small": (DYNAMO, S, lambda: torchvision_models().SwinTransformer([4, 4], 48, [2, 2, 2], [2, 4, 8], [4, 4], num_classes=10)),
    "swin_v2_small": (LEGACY, S, lambda: swin_v2()),
    # torchvision: segmentation and video
    "fcn_resnet50": (LEGACY, S, segmentation("fcn_resnet50")),
    "deeplabv3_mobilenet_v3_large": (DYNAMO, S, segmentation("deeplabv3_mobilenet_v3_large")),
    "lraspp_mobilenet_v3_large": (LEGACY, S, segmentation("lraspp_mobilenet_v3_large")),
    "r3d_18": (LEGACY, (1, 3, 4, 32, 32), tv("r3d_18", num_classes=10)),
    "mc3_18": (DYNAMO, (1, 3, 4, 32, 32), tv("mc3_18", num_classes=10)),
    # networks of our own
    "unet": (LEGACY, S, UNet),
    "pyramid": (DYNAMO, S, Pyramid),
    "super_resolution": (LEGACY, (1, 3, 24, 24), SuperResolution),
    "generator": (DYNAMO, (1, 32), Generator),
    "lstm_recognizer": (LEGACY, (1, 1, 32, 64), lambda: Recognizer(nn.LSTM)),
    "gru_recognizer": (DYNAMO, (1, 1, 32, 64), lambda: Recognizer(nn.GRU)),
    "siamese": (LEGACY, ((1, 3, 32, 32), (1, 3, 32, 32)), Siamese),
    "multi_task": (DYNAMO, S, MultiTask),
    "attention": (LEGACY, S, Attention),
    "autoencoder_3d": (DYNAMO, (1, 1, 8, 16, 16), Autoencoder3D),
    "wavenet": (LEGACY, (1, 1, 128), WaveNet),
    # the same otherwise exported
    "convnext_tiny_open": (DYNAMO_OPEN, S, tv("convnext_tiny")),
    "swin_small_open": (DYNAMO_OPEN, S, lambda: torchvision_models().SwinTransformer([4, 4], 48, [2, 2, 2], [2, 4, 8], [4, 4], num_classes=10)),
    "deeplabv3_mobilenet_v3_large_unfolded": (UNFOLDED, S, segmentation("deeplabv3_mobilenet_v3_large")),
    "lraspp_mobilenet_v3_large_unfolded": (UNFOLDED, S, segmentation("lraspp_mobilenet_v3_large")),
    "unet_unfolded": (UNFOLDED, S, UNet),
    "pyramid_unfolded": (UNFOLDED, S, Pyramid),
    "attention_unfolded": (UNFOLDED, S, Attention),
    "lstm_recognizer_unfolded": (UNFOLDED, (1, 1, 32, 64), lambda: Recognizer(nn.LSTM)),
}

# timm: pictures of a width, and the architectures that take them, by exporter.
TIMM = [
    (DYNAMO, 64, """
        cspresnet50 seresnext26d_32x4d mobilenetv4_conv_small fastvit_t8         gcresnext26ts convnextv2_atto xcit_nano_12_p16_224 tiny_vit_5m_224
        mobilevitv2_050 efficientvit_b0 repvit_m0_9         resnest14d """),
    (DYNAMO_21, 64, """
        resnet50_gn """),
    (DYNAMO, 240, """
        crossvit_tiny_240"""),
    (DYNAMO, 256, """
        bat_resnext26ts"""),
    (LEGACY, 64, """
        seresnet18 ecaresnet26t skresnet18 resnetblur18 resnetv2_50x1_bit nf_regnet_b0
        res2net50_14w_8s ghostnet_050 hrnet_w18_small dla34 repvgg_a0 mobileone_s0 hardcorenas_a
        tf_efficientnet_lite0 fbnetc_100 selecsls42b dpn68 rexnet_100 mixnet_s
        poolformer_s12 edgenext_xx_small mobilevit_xxs gernet_s cait_xxs24_224
        deit_tiny_patch16_224 coatnet_nano_rw_224 pit_ti_224 botnet26t_256 tresnet_m ese_vovnet19b_dw
        levit_128s"""),
    (LEGACY, 224, """
        efficientformer_l1"""),
]
for _exporter, _width, _names in TIMM:
    for _name in _names.split():
        ARCHITECTURES[_name] = (_exporter, (1, 3, _width, _width), timm_model(_name, _width))
for _name, _exporter in {"convnextv2_atto": DYNAMO_OPEN, "hrnet_w18_small": UNFOLDED, "ghostnet_050": UNFOLDED}.items():
    _ending = "open" if _exporter == DYNAMO_OPEN else "unfolded"
    ARCHITECTURES[f"{_name}_{_ending}"] = (_exporter, S, timm_model(_name, 64))


def randomize(model):
    """Gives what starts as all ones or all zeros values of its own: scales, shifts, layer scales, statistics."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if not tensor.is_floating_point() or tensor.numel() == 0 or tensor.min() != tensor.max():
                continue
            if tensor.numel() == 1:
                if tensor.item() == 0:
                    tensor.fill_(0.7)
            elif tensor.flatten()[0] == 1:
                tensor.uniform_(0.5, 1.5, generator=generator)
            else:
                tensor.normal_(0, 0.1, generator=generator)
