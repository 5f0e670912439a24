#!/usr/bin/env python3
"""Makes what other programs save of tensors, for `TensorFilesTests` to read.

    python3 -m pip install numpy torch safetensors
    python3 Tests/CrossChecks/make_tensor_fixtures.py
"""
import collections
import json
import pathlib
import pickle
import zipfile

import numpy as np
import safetensors.torch
import torch
from torch import nn

folder = pathlib.Path(__file__).resolve().parent.parent / "TensorFilesTests/Fixtures"


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    return {
        "plain": base,
        "turned": base.T,
        "every second": base[1::2, ::3],
        "repeated": base[:1, :2].expand(3, 2),
        "half": base[0].half(),
        "bfloat": base[0].bfloat16(),
        "double": base[0].double(),
        "long": torch.tensor([-1, 2**40]),
        "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "truth": torch.tensor([True, False]),
        "scalar": torch.tensor(1.5),
        "empty": torch.zeros(0, 3),
    }


def main():
    torch.manual_seed(3)
    model = nn.Sequential(nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.randn(2, 2, 4, 4)).sum().backward()
    optimizer.step()
    torch.save(tensors(), folder / "types.pt")
    torch.save(model.state_dict(), folder / "state.pth")
    torch.save({"epoch": 3, "best": 0.5, "state_dict": {f"module.{k}": v for k, v in model.state_dict().items()},
                "optimizer": optimizer.state_dict(), "arch": "small"}, folder / "checkpoint.pt")
    torch.save(dict(model.named_parameters()), folder / "parameters.pt", pickle_protocol=4)
    torch.save(model, folder / "module.pt")
    torch.save(model.state_dict(), folder / "older.pth", _use_new_zipfile_serialization=False)
    plain = {name: tensor.contiguous().clone() for name, tensor in tensors().items()}
    safetensors.torch.save_file(plain, folder / "types.safetensors", metadata={"made": "here"})
    arrays = {name: tensor.numpy() for name, tensor in plain.items() if name != "bfloat"}
    np.savez_compressed(folder / "types.npz", **arrays)

    class Evil:
        def __reduce__(self):
            import os
            return os.system, ("touch was-run",)

    with zipfile.ZipFile(folder / "evil.pt", "w") as archive:
        archive.writestr("evil/data.pkl", pickle.dumps(collections.OrderedDict(weight=Evil()), protocol=2))
        archive.writestr("evil/version", "3\n")
    expected = {name: [list(tensor.shape), str(tensor.dtype).removeprefix("torch."), tensor.double().flatten().tolist()]
                for name, tensor in tensors().items()}
    (folder / "types.json").write_text(json.dumps(expected))
    (folder / "state.json").write_text(json.dumps({k: v.double().flatten().tolist() for k, v in model.state_dict().items()}))


if __name__ == "__main__":
    main()
