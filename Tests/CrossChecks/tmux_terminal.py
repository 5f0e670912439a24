"""A terminal of tmux's, on a socket of its own, driven by keys and read as text."""
import os
import subprocess
import time


class Terminal:
    def __init__(self, columns, lines, command):
        # One that has ended may still be there for a moment.
        self.socket = f"secateur-{os.getpid()}-{time.monotonic_ns()}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines, command)

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", "-L", self.socket, *map(str, arguments)], capture_output=True, text=True, check=True)
        return done.stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def wait(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in (screen := self.text()):
            assert time.monotonic() < end, f"{text!r} did not come:\n{screen}"
            time.sleep(0.05)

    def press(self, *keys):
        """Presses keys; words that name none are typed."""
        self.tmux("send-keys", *keys)

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True)
