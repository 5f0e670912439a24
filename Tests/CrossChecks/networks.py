"""Architectures as exporters write them, with random weights, built from onnx alone.

Each function returns an onnx.ModelProto. Widths are small so that a whole run takes seconds; the structure
(residual joins, concatenations, depthwise and grouped convolutions, shuffles, gates) is the real one.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Build:
    def __init__(self, name, seed, folded=False, opset=17):
        self.name, self.folded, self.opset = name, folded, opset
        self.rng = np.random.default_rng(seed)
        self.nodes, self.initializers, self.channels, self.count = [], [], {}, 0

    def input(self, shape):
        self.inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch"] + shape)]
        self.channels["input"] = shape[0]
        return "input"

    def weight(self, name, shape, scale=None):
        fan = int(np.prod(shape[1:])) or 1
        scale = np.sqrt(2 / fan) if scale is None else scale
        return self.constant(name, (self.rng.standard_normal(shape) * scale).astype(np.float32))

    def constant(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, channels=None, outputs=1, **attributes):
        self.count += 1
        names = [f"{op.lower()}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"/{op}_{self.count}", **attributes))
        for out in names:
            self.channels[out] = channels if channels is not None else self.channels.get(inputs[0])
        return names[0] if outputs == 1 else names

    def conv(self, name, x, k, e=3, s=1, g=1, pad=None, bias=False):
        c = self.channels[x]
        pad = e // 2 if pad is None else pad
        operands = [x, self.weight(f"{name}.weight", (k, c // g, e, e))]
        if bias or self.folded:
            operands.append(self.weight(f"{name}.bias", (k,), 0.1))
        return self.node("Conv", operands, k, kernel_shape=[e, e], strides=[s, s], pads=[pad] * 4, group=g)

    def bn(self, name, x):
        if self.folded:
            return x
        c = self.channels[x]
        operands = [x]
        for part, array in [("weight", self.rng.uniform(0.5, 1.5, c)), ("bias", self.rng.standard_normal(c) * 0.1),
                            ("running_mean", self.rng.standard_normal(c) * 0.1), ("running_var", self.rng.uniform(0.5, 1.5, c))]:
            operands.append(self.constant(f"{name}.{part}", array.astype(np.float32)))
        return self.node("BatchNormalization", operands, c, epsilon=1e-5)

    def cbr(self, name, x, k, e=3, s=1, g=1, act="Relu"):
        y = self.bn(f"{name}.bn", self.conv(f"{name}.conv", x, k, e, s, g))
        if act == "Relu6":
            if "six" not in [i.name for i in self.initializers]:
                self.constant("zero", np.float32(0)), self.constant("six", np.float32(6))
            return self.node("Clip", [y, "zero", "six"])
        return self.node(act, [y]) if act else y

    def gemm(self, name, x, features, k):
        return self.node("Gemm", [x, self.weight(f"{name}.weight", (k, features)), self.weight(f"{name}.bias", (k,), 0.1)], k, transB=1)

    def classify(self, x, classes=10):
        c = self.channels[x]
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])], c, axis=1)
        return self.finish(self.gemm("fc", x, c, classes), ["batch", classes])

    def finish(self, y, shape):
        outputs = [helper.make_tensor_value_info(y, TensorProto.FLOAT, shape)]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="networks.py")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return model


def resnet(folded=False, opset=17, groups=1):
    b = Build("resnet", 1, folded, opset)
    x = b.node("MaxPool", [b.cbr("stem", b.input([3, 64, 64]), 16, 7, 2)], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for stage, width in enumerate([16, 32, 64]):
        for block in range(2):
            n, s = f"layer{stage}.{block}", 2 if stage and not block else 1
            y = b.cbr(f"{n}.a", x, width, 3, s)
            y = b.cbr(f"{n}.b", y, width, 3, 1, groups, act=None)
            if s > 1 or b.channels[x] != width:
                x = b.cbr(f"{n}.down", x, width, 1, s, act=None)
            x = b.node("Relu", [b.node("Add", [y, x])])
    return b.classify(x)


def bottleneck(folded=False):
    b = Build("bottleneck", 2, folded)
    x = b.cbr("stem", b.input([3, 32, 32]), 16)
    for stage, width in enumerate([8, 16]):
        for block in range(2):
            n, s = f"layer{stage}.{block}", 2 if stage and not block else 1
            y = b.cbr(f"{n}.a", x, width, 1)
            y = b.cbr(f"{n}.b", y, width, 3, s, 4)
            y = b.cbr(f"{n}.c", y, width * 4, 1, act=None)
            if s > 1 or b.channels[x] != width * 4:
                x = b.cbr(f"{n}.down", x, width * 4, 1, s, act=None)
            x = b.node("Relu", [b.node("Add", [y, x])])
    return b.classify(x)


def vgg(folded=False):
    b = Build("vgg", 3, folded)
    x = b.input([3, 32, 32])
    for stage, width in enumerate([16, 32, 48]):
        for i in range(2):
            x = b.cbr(f"features.{stage}.{i}", x, width)
        x = b.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
    c = b.channels[x]
    x = b.node("Flatten", [x], c * 16, axis=1)
    x = b.node("Relu", [b.gemm("classifier.0", x, c * 16, 64)])
    x = b.node("Dropout", [x])
    return b.finish(b.gemm("classifier.1", x, 64, 10), ["batch", 10])


def densenet(folded=False):
    """Batch normalization stands before the convolution here, behind concatenations."""
    b = Build("densenet", 4, False)
    x = b.conv("stem", b.input([3, 32, 32]), 16)
    for block in range(2):
        for layer in range(3):
            n = f"block{block}.{layer}"
            y = b.node("Relu", [b.bn(f"{n}.bn1", x)])
            y = b.conv(f"{n}.conv1", y, 32, 1)
            y = b.conv(f"{n}.conv2", b.node("Relu", [b.bn(f"{n}.bn2", y)]), 8)
            x = b.node("Concat", [x, y], b.channels[x] + 8, axis=1)
        x = b.node("Relu", [b.bn(f"transition{block}.bn", x)])
        x = b.conv(f"transition{block}.conv", x, b.channels[x] // 2, 1)
        x = b.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
    return b.classify(b.node("Relu", [b.bn("last", x)]))


def squeezenet(folded=False):
    b = Build("squeezenet", 5, True)
    x = b.node("Relu", [b.conv("stem", b.input([3, 47, 47]), 16, 3, 2, pad=0)])
    x = b.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    for i, (s, e) in enumerate([(8, 16), (12, 24)]):
        q = b.node("Relu", [b.conv(f"fire{i}.squeeze", x, s, 1)])
        a = b.node("Relu", [b.conv(f"fire{i}.expand1x1", q, e, 1)])
        c = b.node("Relu", [b.conv(f"fire{i}.expand3x3", q, e, 3)])
        x = b.node("Concat", [a, c], 2 * e, axis=1)
    x = b.node("Relu", [b.conv("classifier", x, 10, 1)])
    x = b.node("Flatten", [b.node("GlobalAveragePool", [x])], 10, axis=1)
    return b.finish(x, ["batch", 10])


def mobilenetv2(folded=False):
    b = Build("mobilenetv2", 6, folded)
    x = b.cbr("stem", b.input([3, 48, 48]), 16, 3, 2, act="Relu6")
    for i, (t, c, s) in enumerate([(1, 8, 1), (4, 16, 2), (4, 16, 1), (4, 24, 2), (4, 24, 1)]):
        n, wide = f"features.{i}", b.channels[x] * t
        y = b.cbr(f"{n}.expand", x, wide, 1, act="Relu6") if t > 1 else x
        y = b.cbr(f"{n}.depthwise", y, wide, 3, s, wide, act="Relu6")
        y = b.cbr(f"{n}.project", y, c, 1, act=None)
        x = b.node("Add", [x, y]) if s == 1 and b.channels[x] == c else y
    return b.classify(b.cbr("head", x, 64, 1, act="Relu6"))


def shufflenet(folded=False):
    b = Build("shufflenet", 7, folded)
    x = b.cbr("stem", b.input([3, 32, 32]), 16)
    b.constant("halves", np.array([8, 8], np.int64))
    for i in range(2):
        left, right = b.node("Split", [x, "halves"], 8, outputs=2, axis=1)
        y = b.cbr(f"b{i}.a", right, 8, 1)
        y = b.cbr(f"b{i}.dw", y, 8, 3, 1, 8, act=None)
        y = b.cbr(f"b{i}.b", y, 8, 1)
        x = b.node("Concat", [left, y], 16, axis=1)
        x = b.node("Reshape", [x, b.constant(f"to_groups{i}", np.array([0, 2, 8, 32, 32], np.int64))])
        x = b.node("Transpose", [x], perm=[0, 2, 1, 3, 4])
        x = b.node("Reshape", [x, b.constant(f"back{i}", np.array([0, -1, 32, 32], np.int64))], 16)
    return b.classify(b.cbr("head", x, 24, 1))


def gated(folded=False):
    """Squeeze-and-excitation, PRelu, transposed convolution, pixel shuffle, a shape-computed split."""
    b = Build("gated", 8, folded)
    x = b.cbr("stem", b.input([3, 16, 16]), 16)
    g = b.node("GlobalAveragePool", [x])
    g = b.node("Relu", [b.conv("se.reduce", g, 6, 1, bias=True)])
    g = b.node("Sigmoid", [b.conv("se.expand", g, 16, 1, bias=True)])
    x = b.node("Mul", [x, g])
    x = b.conv("mix", x, 24)
    x = b.node("PRelu", [x, b.weight("slope", (24, 1, 1), 0.2)])
    shape = b.node("Shape", [x])
    half = b.node("Div", [b.node("Gather", [shape, b.constant("one", np.array([1], np.int64))]), b.constant("two", np.array([2], np.int64))])
    zero, end = b.constant("start", np.array([0], np.int64)), b.constant("end", np.array([2**31], np.int64))
    axis = b.constant("axis", np.array([1], np.int64))
    a = b.node("Slice", [x, zero, half, axis], 12)
    c = b.node("Slice", [x, half, end, axis], 12)
    x = b.node("Add", [b.conv("left", a, 16), b.conv("right", c, 16)])
    up = b.node("ConvTranspose", [x, b.weight("up.weight", (16, 12, 4, 4), 0.1), b.weight("up.bias", (12,), 0.1)], 12,
                kernel_shape=[4, 4], strides=[2, 2], pads=[1] * 4)
    sh = b.node("DepthToSpace", [b.conv("expand", x, 32)], 8, blocksize=2, mode="CRD")
    x = b.node("Concat", [up, sh], 20, axis=1)
    y = b.conv("tail", x, 3)
    return b.finish(y, ["batch", 3, 32, 32])


def shared_identity(folded=False):
    """Equal biases behind Identity, as torch's legacy exporter shares them: cut one, and the other must not break."""
    b = Build("shared_identity", 9, False)
    x = b.input([3, 16, 16])
    bias = b.constant("conv0.bias", np.zeros(16, np.float32))
    for i in range(3):
        operand = b.node("Identity", [bias]) if i else bias
        w = b.weight(f"conv{i}.weight", (16, b.channels[x], 3, 3))
        x = b.node("Relu", [b.node("Conv", [x, w, operand], 16, kernel_shape=[3, 3], pads=[1] * 4)])
    return b.classify(x)


NETWORKS = {
    "resnet-bn": lambda: resnet(), "resnet-folded": lambda: resnet(True), "resnet-opset9": lambda: resnet(opset=9),
    "resnet-opset22": lambda: resnet(opset=22), "resnext": lambda: resnet(groups=4), "bottleneck": lambda: bottleneck(),
    "vgg-bn": lambda: vgg(), "vgg-folded": lambda: vgg(True), "densenet": densenet, "squeezenet": squeezenet,
    "mobilenetv2-bn": lambda: mobilenetv2(), "mobilenetv2-folded": lambda: mobilenetv2(True),
    "shufflenet": shufflenet, "gated": gated, "shared-identity": shared_identity,
}

if __name__ == "__main__":
    import pathlib, sys
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in NETWORKS.items():
        onnx.save(make(), folder / f"{name}.onnx")
        print(folder / f"{name}.onnx")
