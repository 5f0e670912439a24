#!/usr/bin/env python3
"""Writes the small models of Tests/FormatsTests/Fixtures with the `onnx` package (1.23), always the same bytes.

Elements count up in eighths, so that the tests can say what they must read.
"""

import pathlib

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parents[1] / "FormatsTests" / "Fixtures"


def counting(*shape, dtype=np.float32):
    return (np.arange(np.prod(shape, dtype=int)) / 8).reshape(shape).astype(dtype)


def initializer(name, array):
    return numpy_helper.from_array(np.ascontiguousarray(array), name)


def save(model, name, **options):
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / name, **options)


def small_network(weight=initializer, element=TensorProto.FLOAT):
    """Conv, BN, ReLU, pooling, Gemm; with everything around it that a copy must keep."""
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight", "conv.bias"], ["conv"], pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3], doc_string="the first layer"),
        helper.make_node("BatchNormalization", ["conv", "bn.scale", "bn.shift", "bn.mean", "bn.variance"],
                         ["normalized"], name="bn", epsilon=1e-3),
        helper.make_node("Relu", ["normalized"], ["activated"]),
        helper.make_node("Marker", ["activated"], ["marked"], domain="example.custom", strength=3,
                         notes=["kept", "as", "is"]),
        helper.make_node("GlobalAveragePool", ["activated"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"], axis=1),
        helper.make_node("Gemm", ["features", "fc.weight", "fc.bias"], ["scores"], name="fc", transB=1),
    ]
    graph = helper.make_graph(
        nodes, "small",
        [helper.make_tensor_value_info("image", element, ["batch", 2, 8, 8])],
        [helper.make_tensor_value_info("scores", element, ["batch", 3]),
         helper.make_tensor_value_info("marked", element, ["batch", 4, 8, 8])],
        [weight("conv.weight", counting(4, 2, 3, 3)), weight("conv.bias", counting(4)),
         weight("bn.scale", counting(4)), weight("bn.shift", counting(4)), weight("bn.mean", counting(4)),
         weight("bn.variance", counting(4)), weight("fc.weight", counting(3, 4)), weight("fc.bias", counting(3))],
        doc_string="a small network",
        value_info=[helper.make_tensor_value_info("conv", element, ["batch", 4, 8, 8]),
                    helper.make_tensor_value_info("features", element, ["batch", 4])])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("example.custom", 2)],
        producer_name="fixtures", ir_version=8, doc_string="the model")
    helper.set_model_props(model, {"labels": "a,b,c", "preprocessing": "none"})
    return model


def typed(name, array):
    """An initializer in the typed field."""
    code = helper.np_dtype_to_tensor_dtype(array.dtype)
    return helper.make_tensor(name, code, array.shape, array.flatten().tolist())


TYPES = {
    "float32": np.float32, "float64": np.float64, "float16": np.float16, "bfloat16": ml_dtypes.bfloat16,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64, "bool": np.bool_,
}


def element_types():
    """Each element type as raw data and in its typed field: 0, 1, 2, 3 (false, true, … for bool)."""
    tensors, outputs, nodes = [], [], []
    for name, dtype in TYPES.items():
        values = (np.arange(4) % 2 if name == "bool" else np.arange(4)).astype(dtype)
        for form, make in (("raw", initializer), ("typed", typed)):
            tensors.append(make(f"{name}.{form}", values.reshape(2, 2)))
            nodes.append(helper.make_node("Identity", [f"{name}.{form}"], [f"{name}.{form}.out"]))
            outputs.append(helper.make_tensor_value_info(
                f"{name}.{form}.out", helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), [2, 2]))
    tensors.append(helper.make_tensor("words", TensorProto.STRING, [2], [b"one", b"two"]))
    nodes.append(helper.make_node("Identity", ["words"], ["words.out"]))
    outputs.append(helper.make_tensor_value_info("words.out", TensorProto.STRING, [2]))
    graph = helper.make_graph(nodes, "types", [], outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def constants():
    """`Constant` in all its forms."""
    sparse = helper.make_sparse_tensor(
        helper.make_tensor("sparse.values", TensorProto.FLOAT, [2], [1.5, 2.5]),
        helper.make_tensor("sparse.indices", TensorProto.INT64, [2], [1, 5]), [2, 3])
    coordinates = helper.make_sparse_tensor(
        helper.make_tensor("initial", TensorProto.FLOAT, [2], [1.5, 2.5]),
        helper.make_tensor("initial.indices", TensorProto.INT64, [2, 2], [0, 1, 1, 2]), [2, 3])
    forms = {
        "tensor": {"value": initializer("", counting(2, 3))}, "float": {"value_float": 0.5},
        "floats": {"value_floats": [0.5, 1.5]}, "int": {"value_int": 7}, "ints": {"value_ints": [7, 8, 9]},
        "string": {"value_string": "text"}, "sparse": {"sparse_value": sparse},
    }
    nodes = [helper.make_node("Constant", [], [name], **form) for name, form in forms.items()]
    outputs = [helper.make_tensor_value_info("kept", TensorProto.FLOAT, [2, 3])]
    nodes.append(helper.make_node("Sum", ["tensor", "float", "sparse", "initial"], ["sum"]))
    nodes.append(helper.make_node("Gather", ["ints", "int"], ["unused"]))
    nodes.append(helper.make_node("Identity", ["sum"], ["kept"]))
    graph = helper.make_graph(nodes, "constants", [], outputs, sparse_initializer=[coordinates])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


def functions():
    """A function with an attribute of the caller's and one with a default, called by another, twice."""
    opset = [helper.make_opsetid("", 18)]
    scaled = helper.make_function(
        "example", "Scaled", ["x", "w"], ["y"],
        [helper.make_node("Conv", ["x", "w"], ["inner"], name="conv"), helper.make_node("Elu", ["inner"], ["y"])],
        opset, attributes=["group"], attribute_protos=[helper.make_attribute("alpha", 0.25)])
    for node, attribute, kind in ((0, "group", onnx.AttributeProto.INT), (1, "alpha", onnx.AttributeProto.FLOAT)):
        reference = scaled.node[node].attribute.add()
        reference.name, reference.ref_attr_name, reference.type = attribute, attribute, kind
    twice = helper.make_function(
        "example", "Twice", ["x", "w"], ["y", "x"],
        [helper.make_node("Scaled", ["x", "w"], ["once"], domain="example", group=1),
         helper.make_node("Scaled", ["once", "w"], ["y"], domain="example", group=2, alpha=0.75)],
        opset + [helper.make_opsetid("example", 1)])
    graph = helper.make_graph(
        [helper.make_node("Twice", ["image", "weight"], ["made", "same"], name="both", domain="example"),
         helper.make_node("Relu", ["made"], ["out"], name="last")], "functions",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 2, 4, 4])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 2, 4, 4]),
         helper.make_tensor_value_info("same", TensorProto.FLOAT, [1, 2, 4, 4])],
        [initializer("weight", counting(2, 2, 1, 1))])
    return helper.make_model(graph, functions=[scaled, twice], ir_version=10,
                             opset_imports=opset + [helper.make_opsetid("example", 1)])


def branches():
    """An `If` whose bodies read values from around them, one of them through a body in between."""
    inner = helper.make_graph(
        [helper.make_node("Add", ["hidden", "shift"], ["inner.out"])], "inner", [],
        [helper.make_tensor_value_info("inner.out", TensorProto.FLOAT, [2])])
    then = helper.make_graph(
        [helper.make_node("If", ["flag"], ["then.out"], then_branch=inner, else_branch=inner)], "then", [],
        [helper.make_tensor_value_info("then.out", TensorProto.FLOAT, [2])])
    otherwise = helper.make_graph(
        [helper.make_node("Mul", ["hidden", "factor"], ["else.out"])], "else", [],
        [helper.make_tensor_value_info("else.out", TensorProto.FLOAT, [2])],
        [initializer("factor", counting(2))])
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["hidden"]),
         helper.make_node("If", ["flag"], ["y"], name="choice", then_branch=then, else_branch=otherwise)],
        "branches",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2]),
         helper.make_tensor_value_info("flag", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
        [initializer("shift", counting(2))])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)


def first_versions():
    """The third version of the format: initializers are inputs."""
    model = small_network()
    del model.graph.node[3], model.graph.output[1], model.opset_import[1]
    for tensor in model.graph.initializer:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    model.ir_version = 3
    model.opset_import[0].version = 8
    return model


def half(name, array):
    return initializer(name, array.astype(np.float16))


def half_typed(name, array):
    return typed(name, array.astype(ml_dtypes.bfloat16))


def main():
    FOLDER.mkdir(exist_ok=True)
    # onnx appends to external data that are there already.
    (FOLDER / "small-external.data").unlink(missing_ok=True)
    save(small_network(), "small.onnx")
    save(small_network(weight=typed), "small-typed.onnx")
    save(small_network(half, TensorProto.FLOAT16), "small-float16.onnx")
    save(small_network(half_typed, TensorProto.BFLOAT16), "small-bfloat16.onnx")
    save(small_network(), "small-external.onnx", save_as_external_data=True, location="small-external.data",
         size_threshold=0)
    save(element_types(), "element-types.onnx")
    save(constants(), "constants.onnx")
    save(functions(), "functions.onnx")
    save(branches(), "branches.onnx")
    save(first_versions(), "first-versions.onnx")


if __name__ == "__main__":
    main()
