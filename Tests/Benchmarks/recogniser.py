#!/usr/bin/env python3
"""Texts that a pruned text recogniser still reads as the original does.

    pip install numpy onnxruntime pillow
    pip install --no-deps rapidocr-onnxruntime==1.4.4
    swift build -c release --product secateur
    python3 Tests/Benchmarks/recogniser.py [--keep 80 60 40] [--images 256] [--option=--effort=high] [--fonts FOLDER]

The network is PP-OCRv4's mobile recogniser as PyPI's rapidocr-onnxruntime has it. Words of Python's own documentation are drawn in
fonts of the system, some hundred without labels to prune with, others to judge by: a text counts where the pruned network reads
just what the original reads.
"""
import argparse
import importlib.util
import pathlib
import pydoc_data.topics
import re
import sys
import tempfile

import numpy as np
import onnxruntime
from PIL import Image, ImageDraw, ImageFont

from prune_command import prune

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH, JUDGED = 160, 200


def picture(text, font, generator):
    """A word in black on white or the like: [3, 48, WIDTH] from -1 to 1."""
    paper, ink = sorted(generator.integers(0, 256, 2), reverse=bool(generator.integers(2)))
    if abs(int(paper) - int(ink)) < 100:
        paper, ink = 240, 20
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (right - left + 12, bottom - top + 12), int(paper))
    ImageDraw.Draw(image).text((6 - left, 6 - top), text, font=font, fill=int(ink))
    width = min(WIDTH, max(8, round(image.width * 48 / image.height)))
    # What is left of the line has the network's own padding, zeros.
    x = np.zeros((3, 48, WIDTH), np.float32)
    x[:, :, :width] = np.asarray(image.resize((width, 48), Image.BILINEAR), np.float32) / 127.5 - 1
    return x + generator.normal(0, 0.02, x.shape).astype(np.float32) * (x != 0)


def words(seed):
    """The words with even places for pruning, by an even seed, and the others for judging."""
    found = {word for topic in pydoc_data.topics.topics.values() for word in re.findall(r"[A-Za-z]{3,11}", topic)}
    return sorted(found)[seed % 2::2]


def system_fonts(folder):
    fonts = sorted(str(path) for path in pathlib.Path(folder).rglob("*.ttf") if "Math" not in path.name)
    return fonts or sys.exit(f"there are no fonts in {folder}")


def pictures(count, seed, fonts):
    generator = np.random.default_rng(seed)
    texts = words(seed)
    chosen = [texts[i] for i in generator.permutation(len(texts))[:count]]

    def changed(word):
        kind = generator.integers(4)
        return [word, word.upper(), word.capitalize(), f"{word[:7]}{generator.integers(1000)}"][kind]
    return np.stack([picture(changed(word), ImageFont.truetype(fonts[generator.integers(len(fonts))], 40), generator)
                     for word in chosen])


def read(model, inputs):
    """What the network reads: the likeliest class a position, repetitions and blanks left out."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    name, texts = session.get_inputs()[0].name, []
    for start in range(0, len(inputs), 20):
        for line in session.run(None, {name: inputs[start:start + 20]})[0].argmax(-1):
            texts.append(tuple(c for i, c in enumerate(line) if c and (i == 0 or line[i - 1] != c)))
    return texts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/secateur")
    parser.add_argument("--keep", nargs="+", type=int, default=[80, 60, 40], help="shares of the multiply-accumulates")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--option", action="append", default=[], help="more for `secateur prune`")
    parser.add_argument("--fonts", default="/usr/share/fonts")
    args = parser.parse_args()
    # The package itself needs more to be imported than its files are needed for.
    package = pathlib.Path(importlib.util.find_spec("rapidocr_onnxruntime").origin).parent
    model = next(package.glob("models/*rec_infer.onnx"))
    fonts = system_fonts(args.fonts)
    judged = pictures(JUDGED, 1, fonts)
    wanted = read(model, judged)
    print(f"{model.name}: {len({text for text in wanted if text})} different texts of {JUDGED}")
    with tempfile.TemporaryDirectory() as name:
        data, small = pathlib.Path(name) / "words.npz", pathlib.Path(name) / "small.onnx"
        np.savez(data, x=pictures(args.images, 0, fonts))
        for keep in args.keep:
            _, seconds = prune(args.program, model, small, "--data", data, "--loss", "output-energy", "--keep-macs", f"{keep}%",
                               "--input", f"1x3x48x{WIDTH}", *args.option)
            same = sum(one == other for one, other in zip(read(small, judged), wanted))
            print(f"{keep:3d} %: {same / JUDGED:.1%} of the texts stay, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
