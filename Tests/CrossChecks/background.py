#!/usr/bin/env python3
"""Plays terminals that say what colour is behind their text, on a pseudo-terminal.

The program asks by OSC 11 and DA1. It must take the look that suits the answer, whenever the answer comes and however a slow line
tears it apart, and never take a byte of it for a key or leave one for the shell. Run it with the program and a model:

    python3 background.py .build/debug/secateur SampleModels/reference.onnx
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import tempfile
import termios
import time

LIGHT = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\"
DARK = b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07"
ATTRIBUTES = b"\x1b[?64;1;9;15;22c"
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
# The background of the theme "paper" in 256 colours.
PAPER = re.compile(rb"48;5;(?:230|231|15)m|\x1b\[107m")


class Terminal:
    """The program on a pseudo-terminal."""

    def __init__(self, program, model, variables, theme=None):
        self.home = tempfile.TemporaryDirectory()
        if theme:
            folder = os.path.join(self.home.name, ".config/secateur")
            os.makedirs(folder)
            with open(os.path.join(folder, "theme"), "w") as file:
                file.write(theme + "\n")
        self.main, self.other = pty.openpty()
        fcntl.ioctl(self.main, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM", "TMUX")}
        environment |= {"HOME": self.home.name, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | variables
        self.output = b""
        self.process = os.fork()
        if self.process == 0:
            os.setsid()
            fcntl.ioctl(self.other, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(self.other, number)
            os.execve(program, [program, model, "--no-session"], environment)

    def read(self, seconds, until=None):
        """Collects what is written, until something is in it or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (until and re.search(until, self.output)):
            if select.select([self.main], [], [], 0.02)[0]:
                try:
                    self.output += os.read(self.main, 65536)
                except OSError:
                    break
        return bool(until) and bool(re.search(until, self.output))

    def send(self, data):
        os.write(self.main, data)

    def leave(self):
        """Leaves by q, and gives what the shell would read."""
        self.send(b"q")
        end = time.monotonic() + 15
        while time.monotonic() < end and os.waitpid(self.process, os.WNOHANG) == (0, 0):
            self.read(0.05)
        settings = termios.tcgetattr(self.other)
        settings[3] &= ~termios.ICANON
        termios.tcsetattr(self.other, termios.TCSANOW, settings)
        left = struct.unpack("i", fcntl.ioctl(self.other, termios.FIONREAD, b"\0\0\0\0"))[0]
        return os.read(self.other, left) if left else b""


def check(name, program, model, parts, light, asked=True, variables={}, theme=None, silence=1.0):
    """Answers with parts, each behind a pause, and looks at what came of it."""
    terminal = Terminal(program, model, variables, theme)
    problems = []
    # The first picture waits a moment for an answer, not longer.
    if terminal.read(20, re.escape(QUESTION) if asked else b"LAYER") != True:
        problems.append("it never asked" if asked else "no picture came")
    if not asked and QUESTION in terminal.output:
        problems.append("it asked")
    for pause, data in parts:
        terminal.read(pause)
        terminal.send(data)
    if not terminal.read(20, b"LAYER"):
        problems.append("no picture came")
    terminal.read(silence)
    if light is not None and bool(PAPER.search(terminal.output)) != light:
        problems.append("the look is the wrong one")
    # A byte of an answer taken for a key would say so, or change a percentage.
    for trace in (b"is not bound", b"does nothing", b"percent", b"Pasted", b"counts"):
        if trace in terminal.output:
            problems.append(f"a byte was taken for a key: {trace.decode()}")
    if b"rgb:" in terminal.output.replace(QUESTION, b""):
        problems.append("the answer stands on the screen")
    left = terminal.leave()
    if left:
        problems.append(f"the shell would read {left!r}")
    if b"\x1b[23;2t" not in terminal.output and asked:
        problems.append("the title is not given back")
    print(("ok    " if not problems else "FAULT ") + name + "".join("\n      " + text for text in problems))
    return not problems


def torn(data, pause):
    """An answer a byte at a time."""
    return [(pause, bytes([byte])) for byte in data]


def main():
    program, model = (os.path.abspath(path) for path in sys.argv[1:3])
    cases = [
        ("a light one answers at once", [(0, LIGHT + ATTRIBUTES)], True, {}),
        ("a dark one answers at once", [(0, DARK + ATTRIBUTES)], False, {}),
        ("a light one answers after a second", [(1, LIGHT), (0.1, ATTRIBUTES)], True, {}),
        ("a light one answers after six seconds", [(6, LIGHT + ATTRIBUTES)], True, {}),
        ("a line gives a byte every 20 ms", torn(LIGHT + ATTRIBUTES, 0.02), True, {}),
        ("a line gives a byte every 120 ms", torn(LIGHT + ATTRIBUTES, 0.12), True, {}),
        ("the Escape comes long before the rest, late", [(5, LIGHT[:1]), (0.25, LIGHT[1:]), (0.1, ATTRIBUTES)], True, {}),
        ("it is torn in its first letters, late", [(5, LIGHT[:3]), (0.2, LIGHT[3:]), (0, ATTRIBUTES)], True, {}),
        ("only what it can do is answered", [(0, ATTRIBUTES)], False, {}),
        ("nothing is answered", [], False, {}),
        # For two seconds what is pressed can belong to it.
        ("an answer without an end", [(0, LIGHT[:12])], False, {"silence": 3.0}),
        ("an answer that is none", [(0, b"\x1b]11;red and blue\x07" + ATTRIBUTES)], False, {}),
        ("keys come before the answer", [(0, b"jk"), (0.3, LIGHT + ATTRIBUTES)], True, {}),
        ("NO_COLOR", [], None, {"asked": False, "variables": {"NO_COLOR": "1"}}),
        ("the Linux console", [], None, {"asked": False, "variables": {"TERM": "linux"}}),
        ("a VT100", [], None, {"asked": False, "variables": {"TERM": "vt100"}}),
        ("a theme that was chosen", [], False, {"asked": False, "theme": "dusk"}),
    ]
    results = [check(name, program, model, parts, light, **more) for name, parts, light, more in cases]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
