# SPDX-License-Identifier: MIT
"""sm draw: pictures as files."""

import os
import shutil
import subprocess

from . import draw, snapshot
from .arguments import SMALLEST_ADDRESS
from .command import Command
from .errors import SmError

KINDS = ("mt", "vmas", "pt", "rmap")


ENDINGS = (".svg", ".png")
PNG_WIDTH = 1280
CONVERTER = "rsvg-convert"		# Debian's librsvg2-bin


def write_png(text, path):
    if not shutil.which(CONVERTER):
        raise SmError(f"a PNG needs {CONVERTER}: install librsvg2-bin (tools/setup does), or draw to a FILE.svg")
    done = subprocess.run([CONVERTER, "-w", str(PNG_WIDTH), "-o", path], input=text, text=True, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise SmError(f"{CONVERTER}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


def write(text, path):
    if path.endswith(".png"):
        return write_png(text, path)
    try:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    except OSError as error:
        raise SmError(f"cannot write {path}: {error.strerror}") from None


class Draw(Command):
    """sm draw mt|vmas|pt|rmap|all [VA] [PID] FILE.svg|FILE.png [--diff]
A picture: the maple tree, the address space, a page-table walk of VA, the reverse map of the page at VA; or all four.
--diff marks what sm diff prints. Without VA: the address of the followed fault, or where the program is."""

    def run(self, arguments):
        with_diff = arguments.flag("--diff")
        kind = arguments.word("what to draw")
        if kind not in KINDS + ("all",):
            raise arguments.wrong(f"'{kind}' cannot be drawn")
        if not arguments.words or not arguments.words[-1].endswith(ENDINGS):
            raise arguments.wrong("FILE.svg or FILE.png is missing")
        path = arguments.words.pop()
        va, pid = self.numbers(arguments)
        hart = self.target.hart()
        harts = self.target.harts()
        with self.target.kernel() as kernel:
            pid = self.task_of(kernel, hart, pid).pid
            now = snapshot.take(kernel, harts)
        changes = self.followed(pid).all_changes() if with_diff else None
        va = self.default_va(hart, pid) if va is None else va
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            raise SmError(f"cannot write to folder {folder}")
        return [self.one(k, now, pid, va, changes, path if kind == k else f"{path[:-4]}-{k}{path[-4:]}")
                for k in (KINDS if kind == "all" else (kind,))]

    @staticmethod
    def numbers(arguments):
        va = pid = None
        while arguments:
            value = arguments.address("VA or PID")
            if value < SMALLEST_ADDRESS and pid is None:
                pid = value
            elif value >= SMALLEST_ADDRESS and va is None:
                va = value
            else:
                raise arguments.wrong(f"'{value:#x}' is too much")
        return va, pid

    def followed(self, pid):
        followed = self.session.follow
        if followed is None or followed.pid != pid:
            raise SmError(f"no fault of pid {pid} was followed, so there is nothing to compare with")
        return followed

    def default_va(self, hart, pid):
        """The fault's address, or where the program is."""
        followed = self.session.follow
        if followed is not None and followed.pid == pid:
            return followed.trap["addr"]
        return hart["pc"] if hart["priv"] == 0 else hart["sepc"]

    @staticmethod
    def one(kind, now, pid, va, changes, path):
        write(draw.picture(kind, now, pid, va, changes), path)
        return f"{path} ({kind})"


def register():
    Draw("draw")
