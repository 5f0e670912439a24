"""Small MXNet networks: between them every operator and form that secateur reads.

Each entry of NETWORKS makes a symbol and says the shape of its input `data`.
"""
import json
import os

# MXNet's own kernels: those of oneDNN refuse a few forms.
os.environ.setdefault("MXNET_MKLDNN_ENABLED", "0")
os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")

import mxnet as mx
import numpy as np

sym = mx.sym


def conv(x, name, filters, kernel=(3, 3), stride=(1, 1), pad=(1, 1), **more):
    return sym.Convolution(x, name=name, num_filter=filters, kernel=kernel, stride=stride, pad=pad, **more)


def norm(x, name, **more):
    return sym.BatchNorm(x, name=name, fix_gamma=more.pop("fix_gamma", False), eps=2e-5, **more)


def relu(x, name):
    return sym.Activation(x, act_type="relu", name=name)


def head(x, classes=5, name="fc"):
    x = sym.Pooling(x, global_pool=True, pool_type="avg", kernel=(1, 1), name=name + "_pool")
    x = sym.FullyConnected(sym.Flatten(x), num_hidden=classes, name=name)
    return sym.SoftmaxOutput(x, name="softmax")


def resnet(inner=(4, 6)):
    """Two residual units as the model zoo's ResNet v2 has them, the second with a strided shortcut.

    `inner` are the widths of the units' first convolutions, which nothing else is tied to.
    """
    x = sym.var("data")
    x = sym.BatchNorm(x, name="bn_data", fix_gamma=True, eps=2e-5)
    x = conv(x, "conv0", 8, no_bias=True)
    for unit, (filters, stride) in enumerate([(8, 1), (12, 2)], 1):
        name = f"stage{unit}_unit1"
        a = relu(norm(x, name + "_bn1"), name + "_relu1")
        y = conv(a, name + "_conv1", inner[unit - 1], (1, 1), pad=(0, 0), no_bias=True)
        y = relu(norm(y, name + "_bn2"), name + "_relu2")
        y = conv(y, name + "_conv2", filters, stride=(stride, stride), no_bias=True)
        short = x if stride == 1 else conv(a, name + "_sc", filters, (1, 1), (stride, stride), (0, 0), no_bias=True)
        x = sym.elemwise_add(y, short, name=name + "_plus")
    x = relu(norm(x, "bn1"), "relu1")
    return head(x)


def vgg():
    x = sym.var("data")
    for i, filters in enumerate((8, 12)):
        x = sym.LeakyReLU(conv(x, f"conv{i}", filters), act_type="leaky", slope=0.1, name=f"leaky{i}")
        x = sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="max", pooling_convention="full", name=f"pool{i}")
    x = sym.FullyConnected(x, num_hidden=16, name="fc1")
    x = sym.Dropout(relu(x, "relu1"), p=0.5, name="drop")
    return sym.softmax(sym.FullyConnected(x, num_hidden=5, name="fc2"), name="prob")


def activations():
    x = sym.var("data")
    parts = []
    for i, kind in enumerate(["relu", "sigmoid", "tanh", "softrelu", "softsign"]):
        parts.append(sym.Activation(conv(x, f"a{i}", 4), act_type=kind))
    for i, kind in enumerate(["leaky", "prelu", "elu", "selu", "gelu", "rrelu"]):
        made = sym.LeakyReLU(conv(x, f"l{i}", 4), act_type=kind, name=f"leaky{i}")
        parts.append(made[0] if kind == "rrelu" else made)
    parts.append(sym.hard_sigmoid(conv(x, "h", 4)))
    return head(conv(sym.add_n(*parts, name="sum"), "last", 6))


def poolings():
    x = conv(sym.var("data"), "conv0", 6)
    parts = [
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="avg", pooling_convention="full", pad=(1, 1)),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="avg", pooling_convention="full", count_include_pad=False, pad=(1, 1)),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="avg", pad=(1, 1)),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="avg", pad=(1, 1), count_include_pad=False),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="max", pad=(1, 1)),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="sum", pad=(1, 1)),
        sym.Pooling(x, kernel=(3, 3), stride=(2, 2), pool_type="lp", p_value=2, pad=(1, 1)),
    ]
    parts = [sym.Pooling(p, global_pool=True, kernel=(1, 1), pool_type=kind, p_value=2)
             for p, kind in zip(parts, ["avg", "max", "sum", "avg", "max", "avg", "lp"])]
    x = sym.Concat(*parts, dim=1, name="join")
    return sym.FullyConnected(x, num_hidden=5, name="fc")


def uneven_pooling():
    """Windows that do not divide the picture: 9 with kernel 2 and stride 2, rounded up."""
    x = conv(sym.var("data"), "conv0", 6)
    a = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", pooling_convention="full")
    b = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", pooling_convention="full")
    return head(conv(a + b, "conv1", 6))


def unet():
    x = sym.var("data")
    a = relu(norm(conv(x, "down0", 6), "bn0"), "r0")
    b = relu(conv(a, "down1", 8, stride=(2, 2)), "r1")
    up = sym.Deconvolution(b, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=6, no_bias=False, name="up0")
    near = sym.UpSampling(b, scale=2, sample_type="nearest", name="near")
    smooth = sym.UpSampling(b, sym.var("smooth_weight"), scale=2, sample_type="bilinear", num_filter=8, num_args=2, name="smooth")
    target = sym.Deconvolution(b, kernel=(3, 3), stride=(2, 2), target_shape=(8, 8), num_filter=4, name="target")
    x = sym.concat(a, up, near, smooth, target, dim=1)
    x = sym.Crop(sym.Pad(x, mode="edge", pad_width=(0, 0, 0, 0, 1, 1, 1, 1)), a, num_args=2, offset=(1, 1))
    x = conv(x, "mix", 6)
    return sym.SoftmaxOutput(conv(x, "seg", 3, (1, 1), pad=(0, 0)), multi_output=True, name="softmax")


def mobile():
    """Depthwise convolutions, a squeeze and excitation, an inverted residual, a shuffle."""
    x = relu(norm(conv(sym.var("data"), "conv0", 8, no_bias=True), "bn0"), "r0")
    y = sym.clip(norm(conv(x, "dw", 8, num_group=8, no_bias=True), "bn1"), 0, 6)
    s = sym.mean(y, axis=(2, 3), keepdims=True)
    s = sym.sigmoid(conv(sym.relu(conv(s, "se1", 4, (1, 1), pad=(0, 0))), "se2", 8, (1, 1), pad=(0, 0)))
    y = conv(sym.broadcast_mul(y, s), "project", 8, (1, 1), pad=(0, 0))
    x = x + y
    return head(relu(conv(x, "last", 6), "r1"))


def shuffle():
    """ShuffleNet v2's unit: split, branch, concat, channel shuffle by Reshape codes."""
    x = relu(conv(sym.var("data"), "conv0", 8), "r0")
    for i in range(2):
        left, right = sym.SliceChannel(x, num_outputs=2, axis=1, name=f"split{i}")
        right = relu(conv(right, f"b{i}_1", 4, (1, 1), pad=(0, 0)), f"b{i}_r1")
        right = conv(right, f"b{i}_dw", 4, num_group=4)
        right = relu(conv(right, f"b{i}_2", 4, (1, 1), pad=(0, 0)), f"b{i}_r2")
        x = sym.Concat(left, right, dim=1, name=f"cat{i}")
        x = sym.Reshape(x, shape=(0, -4, 2, -1, -2), name=f"apart{i}")
        x = sym.SwapAxis(x, dim1=1, dim2=2, name=f"swap{i}")
        x = sym.Reshape(x, shape=(0, -3, -2), name=f"joint{i}")
    return head(conv(x, "last", 6))


def slices():
    x = conv(sym.var("data"), "conv0", 12)
    a = sym.slice_axis(x, axis=1, begin=0, end=4, name="front")
    b = sym.slice_axis(x, axis=1, begin=-6, end=None, name="back")
    c = sym.slice(x, begin=(None, 3, None, None), end=(None, 9, None, None), name="middle")
    d = sym.split_v2(x, (3, 7), axis=1)
    y = sym.concat(sym.relu(a), conv(b, "cb", 5), sym.tanh(c), d[1], d[0] * 2, dim=1)
    y = sym.slice_axis(y, axis=2, begin=1, end=-1)
    return head(conv(y, "last", 6))


def arithmetic():
    data = sym.var("data")
    x = conv(data, "conv0", 6)
    y = conv(data, "conv1", 6)
    z = (x + 1.5) * 0.5 - (2 - y) / 3 + 1 / (sym.abs(x) + 1) + sym.square(y) + sym.sqrt(sym.square(x) + 1)
    z = sym.maximum(z, sym.broadcast_add(x, y)) - sym.broadcast_div(x, 1 + sym.exp(-y)) + sym.broadcast_sub(y, x * y)
    z = sym.broadcast_add(z, sym.var("shift_bias", shape=(1, 6, 1, 1)), name="shifted")
    z = sym.LRN(z, nsize=3, name="lrn")
    z = sym.L2Normalization(z, mode="channel") + sym.L2Normalization(z, mode="instance") + sym.L2Normalization(z, mode="spatial")
    return head(conv(z, "last", 6))


def shapes():
    x = conv(sym.var("data"), "conv0", 8)
    y = sym.space_to_depth(x, block_size=2, name="s2d")
    y = sym.depth_to_space(conv(y, "deep", 16), block_size=2, name="d2s")
    y = sym.transpose(sym.transpose(y, axes=(0, 2, 3, 1)), axes=(0, 3, 1, 2))
    y = sym.squeeze(sym.expand_dims(y, axis=2), axis=2)
    p = sym.sum(y, axis=(2, 3)) + sym.max(y, axis=(2, 3)) - sym.min(y, axis=(0, 1), exclude=True)
    p = sym.Reshape(p, shape=(-1, 4), name="flat")
    p = sym.FullyConnected(p, num_hidden=6, name="fc0", flatten=False)
    q = sym.Reshape(sym.Pooling(y, kernel=(2, 2), stride=(2, 2), pool_type="max"), shape=(0, -1), name="all")
    q = sym.FullyConnected(q, num_hidden=6, name="fc1", no_bias=True)
    return sym.log_softmax(sym.FullyConnected(p + q, num_hidden=5, name="fc2"))


def normalizations():
    x = conv(sym.var("data"), "conv0", 6)
    x = sym.BatchNorm(x, name="fixed", fix_gamma=True)
    x = sym.InstanceNorm(x, name="instance")
    x = conv(x, "conv1", 6, num_group=2)
    x = sym.FullyConnected(x, num_hidden=8, name="fc0")
    x = sym.LayerNorm(x, name="layer")
    return sym.LogisticRegressionOutput(sym.FullyConnected(x, num_hidden=3, name="fc1"), name="logistic")


def channels_last():
    """The layout of training with tensor cores: channels behind everything else, in convolutions, norms, poolings."""
    x = conv(sym.var("data"), "conv0", 6, layout="NHWC", no_bias=True)
    x = relu(norm(x, "bn0", axis=3), "r0")
    y = relu(norm(conv(x, "conv1", 8, layout="NHWC"), "bn1", axis=-1), "r1")
    y = conv(y, "conv2", 6, (1, 1), pad=(0, 0), layout="NHWC")
    x = sym.Pooling(x + y, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pool_type="max", layout="NHWC", name="pool0")
    x = sym.Deconvolution(x, kernel=(2, 2), stride=(2, 2), num_filter=5, layout="NHWC", no_bias=False, name="up")
    a = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="avg", layout="NHWC", name="pool1")
    x = sym.concat(a, sym.slice(x, begin=(None, None, None, None), end=(None, None, None, None), step=(1, 2, 2, 1)), dim=3)
    x = norm(x, "bn2", axis=3, fix_gamma=True)
    p = sym.Pooling(x, kernel=(1, 1), global_pool=True, pool_type="avg", layout="NHWC", name="pool2")
    q = sym.FullyConnected(sym.Flatten(x), num_hidden=7, name="fc0")
    return sym.FullyConnected(sym.concat(sym.Flatten(p), q, dim=1), num_hidden=5, name="fc1")


def sequence():
    """Convolutions over one axis; `same` poolings, which MXNet has there only, and only with three pads of 0."""
    x = relu(norm(conv(sym.var("data"), "conv0", 8, (3,), (1,), (1,)), "bn0"), "r0")
    a = sym.Pooling(x, kernel=(3,), stride=(2,), pad=(0, 0, 0), pool_type="max", pooling_convention="same", name="max")
    b = sym.Pooling(x, kernel=(3,), stride=(2,), pad=(0, 0, 0), pool_type="avg", pooling_convention="same", name="avg")
    x = conv(a + b, "conv1", 6, (3,), (1,), (1,))
    x = sym.Pooling(x, kernel=(2,), stride=(3,), pad=(0, 0, 0), pool_type="max", pooling_convention="same", name="far")
    return sym.FullyConnected(x, num_hidden=5, name="fc")


def digits():
    """Pictures of 28×28 in ten classes: small enough to train in a test, a fixed scale among the norms."""
    x = conv(sym.var("data"), "conv0", 8, stride=(2, 2), no_bias=True)
    x = relu(norm(x, "bn0", fix_gamma=True), "r0")
    x = relu(norm(conv(x, "conv1", 12, stride=(2, 2), no_bias=True), "bn1"), "r1")
    return head(relu(conv(x, "conv2", 8), "r2"), 10)


NETWORKS = {
    "resnet": (resnet, (2, 3, 8, 8)), "vgg": (vgg, (2, 3, 13, 13)), "activations": (activations, (2, 3, 8, 8)),
    "poolings": (poolings, (2, 3, 9, 9)), "uneven_pooling": (uneven_pooling, (2, 3, 9, 9)),
    "unet": (unet, (2, 3, 8, 8)), "mobile": (mobile, (2, 3, 8, 8)), "shuffle": (shuffle, (2, 3, 8, 8)),
    "slices": (slices, (2, 3, 8, 8)), "arithmetic": (arithmetic, (2, 3, 8, 8)), "shapes": (shapes, (2, 3, 8, 8)),
    "normalizations": (normalizations, (2, 3, 8, 8)), "channels_last": (channels_last, (2, 8, 8, 3)),
    "sequence": (sequence, (2, 3, 11)), "digits": (digits, (2, 1, 28, 28)),
}


def arrays(symbol, shape, seed=5):
    """Parameters and statistics for an input shape: `(arg, aux)` by name, weights scaled to keep variances."""
    random = np.random.RandomState(seed)
    labels = [n for n in symbol.list_arguments() if n.endswith("_label")]
    arg_shapes, _, aux_shapes = symbol.infer_shape(data=shape)
    arg, aux = {}, {}
    for name, shape in zip(symbol.list_arguments(), arg_shapes):
        if name == "data" or name in labels:
            continue
        if name.endswith("gamma"):
            value = random.uniform(0.5, 1.5, shape)
        elif name.endswith(("bias", "beta")):
            value = random.normal(0, 0.2, shape)
        else:
            value = random.normal(0, 1, shape) / np.sqrt(max(1, np.prod(shape[1:])))
        arg[name] = mx.nd.array(value.astype(np.float32))
    for name, shape in zip(symbol.list_auxiliary_states(), aux_shapes):
        value = random.uniform(0.5, 2, shape) if name.endswith("var") else random.normal(0, 0.3, shape)
        aux[name] = mx.nd.array(value.astype(np.float32))
    return arg, aux


def planar(symbol, arg):
    """The same network with the channels of convolutions behind the batch: MXNet has the other layout on GPUs only."""
    text = json.loads(symbol.tojson())
    arg, nodes, place = dict(arg), [], {}
    for number, node in enumerate(text["nodes"]):
        inputs = [[place[entry[0]], *entry[1:]] for entry in node["inputs"]]
        node = {**node, "inputs": inputs}
        moves = node["op"] in ("Convolution", "Deconvolution") and node["attrs"].get("layout") == "NHWC"
        if moves:
            weight = nodes[inputs[1][0]]["name"]
            arg[weight] = mx.nd.transpose(arg[weight], (0, 3, 1, 2))
            nodes.append({"op": "transpose", "name": node["name"] + "_before", "attrs": {"axes": "(0, 3, 1, 2)"}, "inputs": [inputs[0]]})
            node["attrs"] = {key: value for key, value in node["attrs"].items() if key != "layout"}
            node["inputs"] = [[len(nodes) - 1, 0, 0], *inputs[1:]]
        nodes.append(node)
        if moves:
            nodes.append({"op": "transpose", "name": node["name"] + "_behind", "attrs": {"axes": "(0, 2, 3, 1)"}, "inputs": [[len(nodes) - 1, 0, 0]]})
        place[number] = len(nodes) - 1
    text["nodes"] = nodes
    text["arg_nodes"] = [i for i, node in enumerate(nodes) if node["op"] == "null"]
    text["heads"] = [[place[head[0]], *head[1:]] for head in text["heads"]]
    del text["node_row_ptr"]
    return mx.sym.load_json(json.dumps(text)), arg


def outputs(symbol, arg, aux, data):
    """What MXNet computes for `data`."""
    symbol, argument = planar(symbol, arg)
    shapes = {name: a.shape for name, a in argument.items()}
    executor = symbol.simple_bind(mx.cpu(), grad_req="null", data=data.shape, **shapes)
    executor.copy_params_from(argument, aux, allow_extra_params=True)
    return [o.asnumpy() for o in executor.forward(is_train=False, data=mx.nd.array(data))]
