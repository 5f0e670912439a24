#!/usr/bin/env python3
"""How far the outputs of networks without classes move at a share of the multiply-accumulates.

    pip install numpy onnxruntime pillow
    pip install --no-deps rapidocr-onnxruntime==1.4.4 ddddocr==1.6.1
    swift build -c release --product secateur
    python3 Tests/Benchmarks/output_error.py [--networks segments] [--keep 80 60 40 25] [--ways measured]

The networks are the upsampler that ships with the project, PP-OCRv4's text detector, which says of each pixel whether it is text
(*segments*), and a YOLOX that finds characters (*boxes*), as PyPI has them. Pictures without labels are pruned with: pages of
drawn words, or small pictures of clothes. Others judge: the error is Σ(y − y₀)² / Σ(y₀ − mean)², where y₀ are the original's
outputs. Beside it stands what a user would notice: the overlap of the pixels that are text, the boxes that stay, the
signal-to-noise ratio of the enlarged pictures.
"""
import argparse
import dataclasses
import gzip
import importlib.util
import pathlib
import tempfile
from collections.abc import Callable

import numpy as np
import onnxruntime
from PIL import Image, ImageDraw, ImageFont

from prune_command import prune
from recogniser import ROOT, system_fonts, words

JUDGED = 100
WAYS = {
    "measured": (),
    "measured, refitted only": ("--recover", "refit"),
    "ranked": ("--criterion", "output-energy", "--allocate", "ranked", "--recover", "refit,distil"),
    "ranked, refitted only": ("--criterion", "output-energy", "--allocate", "ranked", "--recover", "refit"),
}


def page(generator, texts, fonts, height, width):
    """Words in some places of a page with a tint and a gradient: [H, W, 3] from 0 to 255."""
    paper, ink = generator.integers(150, 256, 3), generator.integers(0, 100, 3)
    if generator.integers(2):
        paper, ink = ink, paper
    image = Image.new("RGB", (width, height), tuple(map(int, paper)))
    draw = ImageDraw.Draw(image)
    for _ in range(generator.integers(1, 7)):
        font = ImageFont.truetype(fonts[generator.integers(len(fonts))], int(generator.integers(14, 15 + height // 5)))
        place = int(generator.integers(-10, width * 3 // 4)), int(generator.integers(-5, height * 5 // 6))
        draw.text(place, texts[generator.integers(len(texts))], font=font, fill=tuple(map(int, ink)))
    slope = generator.uniform(0.8, 1.2, 2)
    light = np.linspace(*slope, width)[None, :, None]
    return np.clip(np.asarray(image) * light + generator.normal(0, 4, (height, width, 3)), 0, 255)


def pages(count, seed, fonts, height, width):
    generator = np.random.default_rng(seed)
    texts = words(seed)
    return np.stack([page(generator, texts, fonts, height, width) for _ in range(count)]).transpose(0, 3, 1, 2)


def clothes(count, seed, _):
    """Fashion-MNIST's pictures, halved: [N, 1, 14, 14]. The first judge, the others are pruned with."""
    file = ROOT / "SampleModels/fashion-mnist" / f"{'t10k' if seed else 'train'}-images-idx3-ubyte.gz"
    pixels = np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8, offset=16).reshape(-1, 1, 28, 28)[:count]
    return pixels.reshape(-1, 1, 14, 2, 14, 2).mean((3, 5)) / 255


def pixels_that_stay(outputs, wanted):
    """The intersection over the union of the pixels that are text."""
    text, before = outputs[0] > 0.3, wanted[0] > 0.3
    return f"{(text & before).sum() / max(1, (text | before).sum()):.1%} of the text's pixels overlap"


def boxes_that_stay(outputs, wanted):
    """Of the places where the original finds a character, the share where the other does, with the same box by half."""
    (here, there), found = (outputs[0], wanted[0]), wanted[0][..., 4] > 0.4
    low = np.maximum(here[..., :2] - np.exp(here[..., 2:4]) / 2, there[..., :2] - np.exp(there[..., 2:4]) / 2)
    high = np.minimum(here[..., :2] + np.exp(here[..., 2:4]) / 2, there[..., :2] + np.exp(there[..., 2:4]) / 2)
    both = np.prod(np.maximum(high - low, 0), axis=-1)
    union = np.exp(here[..., 2:4].sum(-1)) + np.exp(there[..., 2:4].sum(-1)) - both
    stays = found & (here[..., 4] > 0.4) & (both > 0.5 * union)
    return f"{stays.sum() / max(1, found.sum()):.1%} of {found.sum()} places with a box stay"


def signal_to_noise(outputs, wanted):
    return f"{10 * np.log10(1 / np.mean((outputs[0] - wanted[0]) ** 2)):.1f} dB from the original's"


@dataclasses.dataclass(frozen=True)
class Subject:
    """A network, its pictures, and what a user sees of its outputs."""

    model: pathlib.Path
    pictures: Callable
    seen: Callable
    options: tuple = ()


def subjects():
    """The networks by name; those whose package is not there are left out."""
    found = {"upsampler": Subject(ROOT / "SampleModels/upsampler.onnx", clothes, signal_to_noise)}
    # The packages themselves need more to be imported than their files are needed for.
    if package := importlib.util.find_spec("rapidocr_onnxruntime"):
        found["segments"] = Subject(
            next(pathlib.Path(package.origin).parent.glob("models/*det_infer.onnx")),
            lambda *arguments: pages(*arguments, 160, 320) / 127.5 - 1, pixels_that_stay, ("--input", "1x3x160x320"))
    if package := importlib.util.find_spec("ddddocr"):
        found["boxes"] = Subject(
            pathlib.Path(package.origin).parent / "common_det.onnx",
            lambda *arguments: pages(*arguments, 416, 416), boxes_that_stay)
    return found


def computed(model, pictures):
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    fed = session.get_inputs()[0]
    step = fed.shape[0] if isinstance(fed.shape[0], int) else 10
    parts = [session.run(None, {fed.name: pictures[start:start + step]}) for start in range(0, len(pictures), step)]
    return [np.concatenate(values) for values in zip(*parts)]


def error(outputs, wanted):
    return float(np.mean([((y - y0) ** 2).sum() / ((y0 - y0.mean()) ** 2).sum() for y, y0 in zip(outputs, wanted)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/secateur")
    parser.add_argument("--networks", nargs="+")
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--keep", nargs="+", type=int, default=[80, 60, 40, 25], help="shares of the multiply-accumulates")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--fonts", default="/usr/share/fonts")
    args = parser.parse_args()
    fonts = system_fonts(args.fonts)
    found = subjects()
    if missing := set(args.networks or ()) - set(found):
        parser.error(f"no {' and no '.join(sorted(missing))}; there are: {', '.join(found)}")
    for name in args.networks or found:
        subject = found[name]
        judged = subject.pictures(JUDGED, 1, fonts).astype(np.float32)
        wanted = computed(subject.model, judged)
        with tempfile.TemporaryDirectory() as folder:
            # A copy has no file beside it that attaches data.
            data, model, small = (pathlib.Path(folder) / file for file in ("pictures.npz", "model.onnx", "small.onnx"))
            model.write_bytes(subject.model.read_bytes())
            np.savez(data, x=subject.pictures(args.images, 0, fonts).astype(np.float32))
            for way in args.ways:
                for keep in args.keep:
                    _, seconds = prune(args.program, model, small, "--data", data, "--loss", "output-energy",
                                       "--keep-macs", f"{keep}%", *subject.options, *WAYS[way])
                    outputs = computed(small, judged)
                    print(f"{name}, {way}, {keep} %: error {error(outputs, wanted):.4f}, {subject.seen(outputs, wanted)}, "
                          f"{seconds:.0f} s", flush=True)
                    small.unlink()


if __name__ == "__main__":
    main()
