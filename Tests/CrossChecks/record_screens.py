#!/usr/bin/env python3
"""Records the terminal program: an animated picture of a first session, and still pictures of its screens.

    apt-get install tmux
    swift build -c release --product secateur
    python3 Tests/CrossChecks/record_screens.py [--program .build/release/secateur] [--only tour]

tmux drives the program with keys, and what stands on its screen becomes SVG. `.assets/tour.svg` is what the README shows, and
the pictures in the documentation are made from the same keys, so that both show the program as it is.
"""
import argparse
import dataclasses
import html
import pathlib
import re
import shutil
import tempfile
import time

import tmux_terminal

ROOT = pathlib.Path(__file__).resolve().parents[2]
PICTURES = ROOT / "Sources/Secateur/Secateur.docc"
CELL = 8.4, 17.0
PAPER, INK = "#16181d", "#d4d7dd"
BASE = ["#2b2f38", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
        "#6b7280", "#ef8b92", "#b0d894", "#f0d197", "#85c3f5", "#d79be8", "#7fcbd5", "#ffffff"]

# What is pressed, what has to stand on the screen before it goes on, and for how long it is shown, in seconds.
TOUR = [
    ("", "scoring", 1.5), ("j", "", 0.5), ("j", "", 0.5), ("j", "", 0.8), ("]", "", 0.9), ("]", "→", 1.4),
    ("z", "", 0.5), ("z", "", 1.0), ("t", "Target for the whole network", 1.2), *[("Left", "", 0.12)] * 10, ("", "", 1.6),
    ("Enter", "Proposed", 2.0), ("P", "It becomes a new iteration", 1.8), ("y", "Accuracy fell", 2.5), ("b", "Win back", 1.6),
    ("Enter", "Accuracy rose", 3.5), ("g", "Go to", 1.2), ("4", "ITERATION", 2.5), ("Space", "Do", 1.5), ("Escape", "", 0.4),
    ("w", "Write", 2.5), ("Escape", "", 1.5),
]
# By name: columns, lines, keys with what has to come, all on the residual sample.
STILLS = {
    "screen-layers": (140, 40, [("j", ""), ("j", ""), ("]", ""), ("]", "→")]),
    "screen-target": (110, 32, [("t", "Target for the whole network"), ("Left", ""), ("PageDown", "")]),
    "screen-palette": (110, 32, [(":", ""), ("s", ""), ("c", "")]),
    "screen-histogram": (110, 32, [("j", ""), ("#", "Scores of")]),
    "screen-shapes": (110, 32, [("]", ""), ("g", "Go to"), ("3", "TENSOR")]),
}


class Screen(tmux_terminal.Terminal):
    """A terminal in which the program runs, in true colour."""

    def __init__(self, program, columns, lines, folder):
        for name in ["residual.onnx", "residual.yaml", "fashion-mnist"]:
            target = folder / name
            if not target.exists():
                target.symlink_to(ROOT / "SampleModels" / name)
        (folder / "home").mkdir(exist_ok=True)
        super().__init__(
            columns, lines,
            f"env -u NO_COLOR HOME={folder}/home LC_ALL=C.UTF-8 COLORTERM=truecolor TERM=tmux-256color bash --norc --noprofile")
        self.tmux("set-option", "-g", "status", "off")
        self.tmux("set-option", "-as", "terminal-features", ",*:RGB")
        self.press(f"cd {folder}; clear; {program} --no-session residual.onnx", "Enter")
        self.wait("LAYER")

    def rows(self):
        return self.tmux("capture-pane", "-p", "-e").split("\n")

    def type(self, key):
        """Presses a key that is a name or a character, and leaves time for what it does."""
        self.press(*(["-l", key] if len(key) == 1 else [key]))
        time.sleep(0.15)


@dataclasses.dataclass(frozen=True)
class Style:
    ink: str = INK
    paper: str = PAPER
    bold: bool = False
    dim: bool = False
    underlined: bool = False
    reversed: bool = False

    def changed(self, codes):
        """The style behind `ESC [ codes m`."""
        style, codes = self, codes or [0]
        while codes:
            code, codes = codes[0], codes[1:]
            changes = {0: vars(Style()), 1: {"bold": True}, 2: {"dim": True}, 4: {"underlined": True}, 7: {"reversed": True},
                       22: {"bold": False, "dim": False}, 24: {"underlined": False}, 27: {"reversed": False},
                       39: {"ink": INK}, 49: {"paper": PAPER}}.get(code, {})
            for first, name in ((30, "ink"), (40, "paper")):
                if code - first in range(8):
                    changes = {name: BASE[code - first]}
                elif code - first - 60 in range(8):
                    changes = {name: BASE[code - first - 52]}
                elif code == first + 8 and codes[:1] == [5]:
                    changes, codes = {name: colour(codes[1])}, codes[2:]
                elif code == first + 8 and codes[:1] == [2]:
                    changes, codes = {name: "#%02x%02x%02x" % tuple(codes[1:4])}, codes[4:]
            style = dataclasses.replace(style, **changes)
        return style


def colour(number):
    """A colour of the 256: sixteen of its own, a cube, greys."""
    if number < 16:
        return BASE[number]
    if number >= 232:
        return "#" + "%02x" % (8 + 10 * (number - 232)) * 3
    steps = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#%02x%02x%02x" % (steps[number // 36], steps[number // 6 % 6], steps[number % 6])


def runs(line):
    """Stretches of a line in one style: the column, the text, the style."""
    style, column, found = Style(), 0, []
    for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
        if part.startswith("\x1b["):
            style = style.changed([int(code or 0) for code in re.split("[;:]", part[2:-1])])
        elif part:
            found.append((column, part, style))
            column += len(part)
    return found


def drawn(line, row, classes):
    """A line as SVG; `classes` gathers the inks, so that each is written once."""
    (width, height), papers, inks = CELL, "", ""
    for column, text, style in runs(line):
        ink, paper = (style.paper, style.ink) if style.reversed else (style.ink, style.paper)
        x, y = column * width, row * height
        if paper != PAPER:
            papers += f'<path d="M{x:.1f} {y:.0f}h{len(text) * width:.1f}v{height:.0f}h-{len(text) * width:.1f}z" fill="{paper}"/>'
        # A stretch that begins with spaces begins where they end.
        shown = text.lstrip(" ")
        if shown.rstrip(" "):
            rule = f"fill:{ink}" + ";font-weight:bold" * style.bold + ";opacity:.62" * style.dim + ";text-decoration:underline" * style.underlined
            name = classes.setdefault(rule, f"c{len(classes)}")
            inks += f'<tspan x="{x + (len(text) - len(shown)) * width:.1f}" class="{name}">{html.escape(shown.rstrip(" "))}</tspan>'
    return papers + (f'<text y="{row * height + 13:.0f}">{inks}</text>' if inks else "")


def picture(frames, columns, lines, title):
    """Frames, each with the seconds that it stays, as SVG: a line stands in it once for each time it comes."""
    width, height, frame = columns * CELL[0] + 24, lines * CELL[1] + 24, 12
    total = sum(seconds for _, seconds in frames)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">'
            f'<title>{html.escape(title)}</title>STYLES<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>'
            f'<g transform="translate({frame} {frame})">')
    if len(frames) > 1:
        head += f'<animate id="loop" attributeName="opacity" from="1" to="1" begin="0s;loop.end" dur="{total:.2f}s"/>'
    body, classes = [], {}
    for row in range(lines):
        start, at = 0.0, 0.0
        contents = [(frame[row] if row < len(frame) else "", seconds) for frame, seconds in frames]
        for number, (content, seconds) in enumerate(contents):
            at += seconds
            if number + 1 < len(contents) and contents[number + 1][0] == content:
                continue
            piece = drawn(content, row, classes)
            if piece and (start, at) == (0.0, total):
                body.append(piece)
            elif piece:
                # A viewer that does not move shows the first frame.
                hidden = "" if start == 0 else ' visibility="hidden"'
                first = f'<set attributeName="visibility" to="hidden" begin="loop.begin+{at:.2f}s" dur="{total - at:.2f}s"/>'
                later = f'<set attributeName="visibility" to="visible" begin="loop.begin+{start:.2f}s" dur="{at - start:.2f}s"/>'
                body.append(f"<g{hidden}>{first if start == 0 else later}{piece}</g>")
            start = at
    styles = "".join(f".{name}{{{rule}}}" for rule, name in classes.items())
    return head.replace("STYLES", f"<style>{styles}</style>") + "\n".join(body) + "</g></svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/secateur", type=pathlib.Path)
    parser.add_argument("--only", choices=["tour", *STILLS])
    arguments = parser.parse_args()
    if not shutil.which("tmux"):
        raise SystemExit("tmux is not installed")
    program = arguments.program.resolve()
    for name, (columns, lines, keys) in {"tour": (110, 32, None), **STILLS}.items():
        if arguments.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory(prefix="secateur-record-", ignore_cleanup_errors=True) as folder:
            terminal = Screen(program, columns, lines, pathlib.Path(folder))
            try:
                if keys is None:
                    frames = []
                    for key, text, seconds in TOUR:
                        if key:
                            terminal.type(key)
                        if text:
                            terminal.wait(text)
                        # What moves by itself is caught a few times a second.
                        end = time.monotonic() + seconds
                        while (left := end - time.monotonic()) > 0.01:
                            frames.append((terminal.rows(), min(0.5, left)))
                            time.sleep(min(0.5, left))
                    path, text = ROOT / ".assets/tour.svg", picture(frames, columns, lines, "A first session of secateur")
                else:
                    # Accuracy is measured first, and scores have to mean something.
                    terminal.wait("scoring")
                    time.sleep(6)
                    for key, text in keys:
                        terminal.type(key)
                        if text:
                            terminal.wait(text)
                    time.sleep(0.5)
                    path = PICTURES / f"{name}.svg"
                    text = picture([(terminal.rows(), 1)], columns, lines, f"secateur: {name.removeprefix('screen-')}")
            finally:
                terminal.close()
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {len(text) // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
