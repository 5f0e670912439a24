#!/usr/bin/env python3
"""Compares Sources/Formats/ONNX/Schema/onnx.proto with the messages of the `onnx` package.

Every message, enum, field and oneof must have the same name, number, type, label and packing, and every
reserved number and name must be reserved. Needs `protoc` and `pip install onnx`. Exit status 1 if anything differs.
"""

import pathlib
import subprocess
import sys
import tempfile

import onnx
import onnx.onnx_ml_pb2
from google.protobuf import descriptor_pb2

SCHEMA = pathlib.Path(__file__).parents[2] / "Sources/Formats/ONNX/Schema"


def ours():
    with tempfile.NamedTemporaryFile(suffix=".desc") as file:
        subprocess.run(
            ["protoc", f"--proto_path={SCHEMA}", f"--descriptor_set_out={file.name}", "onnx.proto"], check=True)
        files = descriptor_pb2.FileDescriptorSet()
        files.ParseFromString(pathlib.Path(file.name).read_bytes())
    return files.file[0]


def theirs():
    file = descriptor_pb2.FileDescriptorProto()
    onnx.onnx_ml_pb2.DESCRIPTOR.CopyToProto(file)
    # Packed numbers of a fixed width are encoded as bytes are, and read as such.
    for message in file.message_type:
        for field in message.field:
            if message.name == "TensorProto" and field.name in ("float_data", "double_data"):
                field.type, field.label = field.TYPE_BYTES, field.LABEL_OPTIONAL
                field.options.ClearField("packed")
    return file


def facts(file):
    """Everything that decides the wire format, as {path: fact}."""
    found = {"syntax": file.syntax or "proto2", "package": file.package}

    def enum(path, value):
        for case in value.value:
            found[f"{path}.{case.name}"] = case.number

    def message(path, value):
        found[path] = "message"
        for kind in value.enum_type:
            enum(f"{path}.{kind.name}", kind)
        for nested in value.nested_type:
            message(f"{path}.{nested.name}", nested)
        for field in value.field:
            oneof = value.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
            found[f"{path}.{field.name}"] = (
                field.number, field.label, field.type, field.type_name, oneof, field.options.packed,
                field.default_value)
        numbers = {number for span in value.reserved_range for number in range(span.start, span.end)}
        found[f"{path} reserved"] = (sorted(numbers), sorted(value.reserved_name))

    for kind in file.enum_type:
        enum(kind.name, kind)
    for value in file.message_type:
        message(value.name, value)
    return found


def main():
    mine, reference = facts(ours()), facts(theirs())
    differing = [key for key in sorted(mine.keys() | reference.keys()) if mine.get(key) != reference.get(key)]
    for key in differing:
        print(f"{key}: ours {mine.get(key)}, onnx {onnx.__version__} has {reference.get(key)}")
    print(f"{len(reference)} facts compared with onnx {onnx.__version__}, {len(differing)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
